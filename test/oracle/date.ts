/**
 * Dates in the oracle. R4: search.html#date. Times are counted in half units of 100 ns, so that a point ends before the next time
 * begins; ranges are half-open. A time with a fraction of a second is a point, everything coarser an interval.
 */
import { isObject, listOf, textOf, type Json } from './json.ts';
import type { Typed } from './expression.ts';
import { BadQuery, prefixOf, type Matcher, type Reading } from './values.ts';

export interface Interval {
  readonly low: bigint;
  readonly high: bigint;
}

const perMillisecond = 20_000n;
/** Beyond every year that can be written. */
const infinite = 10n ** 30n;

const form = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

/** A time without zone is in UTC, as the server's default is. */
export function intervalOf(text: string): Interval | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, year = '', month, day, hour, minute, second, fraction, zone = 'Z'] = match;
  // Years are moved by 400, a whole number of cycles of the calendar, and back: Date takes two digits for the 1900s.
  const cycle = 12_622_780_800_000n;
  const time = (y: number, m: number, d: number, h = 0, min = 0, s = 0): bigint => BigInt(Date.UTC(y + 400, m, d, h, min, s)) - cycle;
  const [y, m, d, h, min, s] = [Number(year), Number(month ?? 1) - 1, Number(day ?? 1), Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)];
  const check = new Date(Date.UTC(y + 400, m, d));
  if (check.getUTCMonth() !== m || check.getUTCDate() !== d || h > 23 || min > 59 || s > 60) return undefined;
  const offset = zone === 'Z' ? 0n : BigInt((zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))) * 60_000);
  const start = time(y, m, d, h, min, s);
  const low = (start - offset) * perMillisecond;
  if (fraction !== undefined) {
    const point = low + BigInt(fraction.slice(0, 7).padEnd(7, '0')) * 2n;
    return { low: point, high: point + 1n };
  }
  const end =
    second !== undefined ? time(y, m, d, h, min, s + 1)
    : minute !== undefined ? time(y, m, d, h, min + 1)
    : day !== undefined ? time(y, m, d + 1)
    : month !== undefined ? time(y, m + 1, 1)
    : time(y + 1, 0, 1);
  return { low, high: (end - offset) * perMillisecond };
}

/** A missing end is open; Timing is what lies between its first event or bound and its last. */
export function prepareDate({ type, value }: Typed): Interval[] {
  if (typeof value === 'string') return one(intervalOf(value));
  if (type === 'Period') return one(period(value));
  if (type !== 'Timing' || !isObject(value)) return [];
  const times = [...listOf(value, 'event').flatMap((event) => (typeof event === 'string' ? one(intervalOf(event)) : [])), ...one(period((isObject(value['repeat']) ? value['repeat'] : {})['boundsPeriod']))];
  return times.length === 0 ? [] : [{ low: least(times.map(({ low }) => low)), high: most(times.map(({ high }) => high)) }];
}

const one = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);
const least = (all: readonly bigint[]): bigint => all.reduce((a, b) => (a < b ? a : b));
const most = (all: readonly bigint[]): bigint => all.reduce((a, b) => (a > b ? a : b));

function period(value: Json | undefined): Interval | undefined {
  const [start, end] = [textOf(value, 'start'), textOf(value, 'end')].map((text) => (text === undefined ? undefined : intervalOf(text)));
  return start === undefined && end === undefined ? undefined : { low: start?.low ?? -infinite, high: end?.high ?? infinite };
}

export function dateMatcher(text: string, { now, approximate }: Reading): Matcher<Interval> {
  // A plus sign of a zone arrives as a space where a client did not encode it.
  const [prefix, rest] = prefixOf(text.replace(' ', '+'));
  const asked = intervalOf(rest);
  if (asked === undefined) throw new BadQuery(`"${text}" is no date`);
  const { low, high } = asked;
  const within: Matcher<Interval> = (value) => value.low >= low && value.high <= high;
  switch (prefix) {
    case 'eq': return within;
    case 'ne': return (value) => !within(value);
    case 'gt': return (value) => value.high > high;
    case 'lt': return (value) => value.low < low;
    case 'ge': return (value) => value.high > high || within(value);
    case 'le': return (value) => value.low < low || within(value);
    case 'sa': return (value) => value.low >= high;
    case 'eb': return (value) => value.high <= low;
    case 'ap': {
      const margin = marginOf(asked, now, approximate);
      return (value) => value.low < high + margin && value.high > low - margin;
    }
  }
}

/** A tenth of the time from now, which R4 recommends; the server's now is a moment later. */
function marginOf({ low, high }: Interval, now: Date, approximate: Reading['approximate']): bigint {
  const distances = [low, high].map((end) => BigInt(now.getTime()) * perMillisecond - end).map((distance) => (distance < 0n ? -distance : distance));
  return approximate === 'narrow' ? least(distances) / 10n : most(distances) / 10n + 600_000n * perMillisecond;
}
