/** Search parameters of type date. R4: search.html#date. */
import { badValue } from '../../fhir/outcome.ts';
import type { TypedValue } from '../../fhir/fhirpath/compile.ts';
import { isObject, type JsonValue } from '../../fhir/json/value.ts';
import type { Condition } from '../condition.ts';
import type { IndexedParameter, IndexSettings } from '../parameter.ts';
import { rangeTests } from '../ranges.ts';
import type { IndexSink } from '../rows.ts';
import { splitPrefix } from '../values.ts';
import { offsetOf } from './time-zone.ts';

/**
 * Half-open, in ticks of 50 ns since 1970-01-01T00:00:00Z. FHIR times are told apart by 100 ns, so that a point (one tick) ends before
 * the next time begins: a day then has something behind its last 100 ns, and a point has nothing behind itself.
 */
export interface TickRange {
  readonly low: bigint;
  readonly high: bigint;
}

/** Open ends. */
export const earliest = -(2n ** 63n);
export const latest = 2n ** 63n - 1n;

const ticksPerMillisecond = 20_000n;
const ticksPer100Nanoseconds = 2n;

/** @returns the first whole millisecond since 1970 that is not before the ticks: points in milliseconds compare by it as by the ticks */
export const millisecondsUp = (ticks: bigint): number => Number(ticks / ticksPerMillisecond) + (ticks > 0n && ticks % ticksPerMillisecond !== 0n ? 1 : 0);

/** @returns the last whole millisecond since 1970 that is not behind the ticks */
export const millisecondsDown = (ticks: bigint): number => Number(ticks / ticksPerMillisecond) - (ticks < 0n && ticks % ticksPerMillisecond !== 0n ? 1 : 0);

const form = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

/**
 * The range of a date, dateTime or instant, of any precision. A fraction of a second makes it a point of one tick; digits behind
 * the seventh are cut off.
 * @returns undefined where the text is none, or names no day of the calendar
 */
export function ticksOf(text: string, timeZone: string): TickRange | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const fields = [Number(year), Number(month ?? 1), Number(day ?? 1), Number(hour ?? 0), Number(minute ?? 0), Number(second ?? 0)] as const;
  const [y, m, d, h, min, s] = fields;
  // 24:00 is no time of FHIR; second 60 is a leap second.
  if (m < 1 || m > 12 || d < 1 || d > daysOf(y, m) || h > 23 || min > 59 || s > 60) return undefined;
  const local = utc(y, m, d, h, min, s);
  const low = at(local, zone, timeZone);
  if (fraction !== undefined) {
    const point = low + BigInt(fraction.slice(0, 7).padEnd(7, '0')) * ticksPer100Nanoseconds;
    return { low: point, high: point + 1n };
  }
  const end =
    second !== undefined ? local + 1000
    : minute !== undefined ? local + 60_000
    : day !== undefined ? utc(y, m, d + 1, 0, 0, 0)
    : month !== undefined ? utc(y, m + 1, 1, 0, 0, 0)
    : utc(y + 1, 1, 1, 0, 0, 0);
  return { low, high: at(end, zone, timeZone) };
}

/** Milliseconds since 1970; unlike Date.UTC also right for the years 0 to 99. */
function utc(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  if (year > 99) return Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return date.getTime();
}

const daysOf = (year: number, month: number): number =>
  month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

function at(local: number, zone: string | undefined, timeZone: string): bigint {
  const offset = zone === undefined ? offsetOf(timeZone, local) : zone === 'Z' ? 0 : minutesOf(zone) * 60_000;
  return BigInt(local - offset) * ticksPerMillisecond;
}

const minutesOf = (zone: string): number => (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6)));

/**
 * The value of a parameter that is a date without prefix. A plus sign that arrived as a space is read as plus.
 * @throws FhirError 400 naming parameter and value
 */
export function parseDateRange(name: string, value: string, timeZone: string): TickRange {
  const range = ticksOf(value.replace(' ', '+'), timeZone);
  if (range === undefined) throw badValue(`"${name}" is "${value}", which is no date or time`);
  return range;
}

/** Writes the rows of a parameter's values; what has no date form is passed over. */
export function indexDate(parameter: IndexedParameter, values: readonly TypedValue[], sink: IndexSink, { timeZone }: IndexSettings): void {
  for (const value of values) {
    const range = valueRange(value, timeZone);
    if (range !== undefined) sink.date(parameter.id, range.low, range.high);
  }
}

/** @returns the range of a date, time, Period or Timing; undefined where the value has no such form */
export function valueRange({ type, value }: TypedValue, timeZone: string): TickRange | undefined {
  if (typeof value === 'string') return ticksOf(value, timeZone);
  if (type === 'Period') return periodRange(value, timeZone);
  if (type === 'Timing' && isObject(value)) {
    const { event, repeat } = value;
    const ranges = Array.isArray(event) ? event.flatMap((time) => (typeof time === 'string' ? ticksOf(time, timeZone) ?? [] : [])) : [];
    const bounds = isObject(repeat) ? periodRange(repeat['boundsPeriod'], timeZone) : undefined;
    if (bounds !== undefined) ranges.push(bounds);
    if (ranges.length === 0) return undefined;
    return { low: ranges.map(({ low }) => low).reduce((a, b) => (a < b ? a : b)), high: ranges.map(({ high }) => high).reduce((a, b) => (a > b ? a : b)) };
  }
  return undefined;
}

/** A missing end is open (datatypes.html#Period). */
function periodRange(value: JsonValue | undefined, timeZone: string): TickRange | undefined {
  if (!isObject(value)) return undefined;
  const [start, end] = [value['start'], value['end']].map((text) => (typeof text === 'string' ? ticksOf(text, timeZone) : undefined));
  if (start === undefined && end === undefined) return undefined;
  return { low: start?.low ?? earliest, high: end?.high ?? latest };
}

/**
 * @param value one alternative of the parameter: `ge2020-01`
 * @throws FhirError 400 naming parameter and value
 */
export function matchDate(parameter: IndexedParameter, value: string, { timeZone }: IndexSettings, now: Date): Condition {
  return { kind: 'date', param: parameter.id, any: dateTests(parameter.code, value, timeZone, now) };
}

/** The tests of `[prefix]date`; `ap` is within a tenth of the time from now (search.html#prefix). */
export function dateTests(name: string, value: string, timeZone: string, now: Date): ReturnType<typeof rangeTests<bigint>> {
  const { prefix, rest } = splitPrefix(value);
  const { low, high } = parseDateRange(name, rest, timeZone);
  const distance = BigInt(now.getTime()) * ticksPerMillisecond - low;
  const margin = (distance < 0n ? -distance : distance) / 10n;
  return rangeTests(prefix, low, high, { low: low - margin, high: high + margin });
}
