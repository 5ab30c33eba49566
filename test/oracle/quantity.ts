/**
 * Numbers and quantities in the oracle. R4: search.html#number, search.html#quantity. A stored number is exact; a number asked for
 * has a precision for `eq` and `ne` only. Comparators and Ranges are intervals.
 */
import { absolute, compare, exact, negated, plus, precision, times, type Exact } from './decimal.ts';
import { Decimal, isObject, textOf, type Json } from './json.ts';
import type { Typed } from './expression.ts';
import { canonicalUnit, ucum } from './ucum.ts';
import { BadQuery, prefixOf, split, unescape, type Matcher, type Prefix, type Reading } from './values.ts';

export interface Amount {
  /** Undefined where there is no such end. */
  readonly low: Exact | undefined;
  readonly high: Exact | undefined;
  /** Whether the ends themselves are not meant: `<5`. */
  readonly isLowOpen: boolean;
  readonly isHighOpen: boolean;
  readonly isInteger: boolean;
  readonly system: string | undefined;
  readonly code: string | undefined;
  readonly unit: string | undefined;
}

const number = (value: Json | undefined): Exact | undefined => (value instanceof Decimal ? exact(value.text) : undefined);
const noUnit = { isLowOpen: false, isHighOpen: false, isInteger: false, system: undefined, code: undefined, unit: undefined };

export function prepareAmount({ type, value }: Typed): Amount[] {
  if (value instanceof Decimal) {
    const point = number(value);
    return point === undefined ? [] : [{ ...noUnit, low: point, high: point, isInteger: type !== 'decimal' }];
  }
  if (!isObject(value)) return [];
  if (type === 'Range') {
    const [low, high] = [value['low'], value['high']].map((end) => (isObject(end) ? end : undefined));
    const ends = { low: number(low?.['value']), high: number(high?.['value']) };
    return ends.low === undefined && ends.high === undefined ? [] : [{ ...noUnit, ...unitOf(low ?? high!), ...ends }];
  }
  const point = number(value['value']);
  if (point === undefined) return [];
  const unit = type === 'Money' ? { code: textOf(value, 'currency'), system: 'urn:iso:std:iso:4217' } : unitOf(value);
  const base = { ...noUnit, ...unit };
  switch (textOf(value, 'comparator')) {
    case '<': return [{ ...base, low: undefined, high: point, isHighOpen: true }];
    case '<=': return [{ ...base, low: undefined, high: point }];
    case '>': return [{ ...base, low: point, high: undefined, isLowOpen: true }];
    case '>=': return [{ ...base, low: point, high: undefined }];
    default: return [{ ...base, low: point, high: point }];
  }
}

const unitOf = (value: Json): { system: string | undefined; code: string | undefined; unit: string | undefined } =>
  ({ system: textOf(value, 'system'), code: textOf(value, 'code'), unit: textOf(value, 'unit') });

export function quantityMatcher(value: string, reading: Reading): Matcher<Amount> {
  const [amount = '', system = '', code = '', ...more] = split(value, '|').map(unescape);
  if (more.length > 0) throw new BadQuery(`"${value}" is no quantity`);
  const matches = numberMatcher(amount, reading);
  const hasUnit: Matcher<Amount> = (one) =>
    (system === '' || one.system === system) && (code === '' || one.code === code || (system === '' && one.unit === code));
  const asked = reading.canonicalUnits && system === ucum && code !== '' ? canonicalUnit(code) : undefined;
  return (one) => {
    if (hasUnit(one)) return matches(one);
    if (asked === undefined || one.system !== ucum || one.code === undefined) return false;
    const stored = canonicalUnit(one.code);
    if (stored === undefined || stored.dimension === '' || stored.dimension !== asked.dimension) return false;
    // What has no dimension is not made comparable: a score is no percentage. Both sides times the other's denominator: a comparison of fractions in whole numbers.
    return numberMatcher(amount, reading, times(asked.numerator, stored.denominator))(scale(one, times(stored.numerator, asked.denominator)));
  };
}

const scale = (one: Amount, by: Exact): Amount => ({ ...one, isInteger: false, low: one.low && times(one.low, by), high: one.high && times(one.high, by) });

const unity: Exact = { digits: 1n, exponent: 0 };

export function numberMatcher(text: string, { approximate }: Reading, by: Exact = unity): Matcher<Amount> {
  const [prefix, rest] = prefixOf(text);
  const range = precision(rest);
  const written = exact(rest);
  if (range === undefined || written === undefined) throw new BadQuery(`"${text}" is no number`);
  return test(prefix, times(written, by), { low: times(range.low, by), high: times(range.high, by) }, approximate);
}

function test(prefix: Prefix, asked: Exact, { low, high }: { low: Exact; high: Exact }, approximate: Reading['approximate']): Matcher<Amount> {
  const within: Matcher<Amount> = (value) =>
    value.isInteger ? value.low !== undefined && compare(value.low, asked) === 0
    : value.low !== undefined && compare(value.low, low) >= 0 && value.high !== undefined
      && (value.isHighOpen ? compare(value.high, high) <= 0 : compare(value.high, high) < 0);
  /** Of an end against a bound: an end that is missing lies beyond every bound. */
  const highAbove = (value: Amount, bound: Exact): boolean => value.high === undefined || compare(value.high, bound) > 0;
  const lowBelow = (value: Amount, bound: Exact): boolean => value.low === undefined || compare(value.low, bound) < 0;
  /** With `ge` and `le` the number asked for has no precision: what lies within it is equal to it. */
  const isEqual = ({ low: first, high: last }: Amount): boolean => first !== undefined && last !== undefined && compare(first, asked) === 0 && compare(last, asked) === 0;
  const isAt = (end: Exact | undefined, isOpen: boolean, bound: Exact): boolean => !isOpen && end !== undefined && compare(end, bound) === 0;
  switch (prefix) {
    case 'eq': return within;
    case 'ne': return (value) => !within(value);
    case 'gt': return (value) => highAbove(value, asked);
    case 'lt': return (value) => lowBelow(value, asked);
    case 'ge': return (value) => highAbove(value, asked) || isEqual(value);
    case 'le': return (value) => lowBelow(value, asked) || isEqual(value);
    case 'sa': return (value) => value.low !== undefined && !lowBelow(value, asked) && !isAt(value.low, value.isLowOpen, asked);
    case 'eb': return (value) => value.high !== undefined && !highAbove(value, asked) && !isAt(value.high, value.isHighOpen, asked);
    case 'ap': {
      const tenth = times(absolute(asked), { digits: 1n, exponent: -1 });
      // A tenth of the number at least; of the ends of its precision, and those included, at most.
      const near = approximate === 'narrow'
        ? { low: plus(asked, negated(tenth)), high: plus(asked, tenth) }
        : { low: plus(low, negated(times(tenth, { digits: 11n, exponent: -1 }))), high: plus(high, times(tenth, { digits: 11n, exponent: -1 })) };
      return approximate === 'narrow'
        ? (value) => lowBelow(value, near.high) && highAbove(value, near.low)
        : (value) => (lowBelow(value, near.high) || isAt(value.low, value.isLowOpen, near.high)) && (highAbove(value, near.low) || isAt(value.high, value.isHighOpen, near.low));
    }
  }
}
