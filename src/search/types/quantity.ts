/**
 * Search parameters of types number and quantity. R4: search.html#number, search.html#quantity.
 *
 * A stored value is a point, a Range or a value with a comparator a range. A number asked for stands for the range of its precision
 * with eq, ne and ap (5.4 is [5.35, 5.45)), and for itself with the other prefixes. Bounds are made in decimal text and only then
 * become doubles, so that no error of binary arithmetic moves a bound across a value. DECISIONS.md "Numbers".
 */
import type { TypedValue } from '../../fhir/fhirpath/compile.ts';
import { isObject, JsonNumber, numberText, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';
import { badValue } from '../../fhir/outcome.ts';
import type { Condition, RangeTest, UnitTest } from '../condition.ts';
import type { KeyHash } from '../keys.ts';
import type { IndexedParameter, IndexSettings } from '../parameter.ts';
import type { IndexSink, Unit } from '../rows.ts';
import { splitPrefix, splitValue, unescapeValue, type Prefix } from '../values.ts';
import { canonicalUnit, ucum } from './ucum.ts';

export interface NumberRange {
  readonly low: number;
  readonly high: number;
}

const form = /^([-+]?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d{1,6}))?$/;

/**
 * @param text a decimal as it was written
 * @returns half a unit of the last digit to both sides, the upper end exclusive; undefined where the text is no decimal
 */
export function precisionRange(text: string): NumberRange | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const digits = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`) * 10n;
  // One more digit than written holds the half.
  const scale = Number(exponent) - fraction.length - 1;
  return { low: Number(`${digits - 5n}e${scale}`), high: Number(`${digits + 5n}e${scale}`) };
}

/** Writes the rows of a parameter's values. */
export function indexQuantity(parameter: IndexedParameter, values: readonly TypedValue[], sink: IndexSink, settings: IndexSettings): void {
  for (const value of values) {
    for (const { range, unit, canonical } of quantityRows(value, settings.hash)) {
      sink.quantity(parameter.id, range.low, range.high, unit);
      if (canonical !== undefined) sink.canonical(parameter.id, canonical.range.low, canonical.range.high, canonical.unit);
    }
  }
}

export interface QuantityValue {
  readonly range: NumberRange;
  readonly unit: Unit | undefined;
  /** In UCUM's base units. */
  readonly canonical: { readonly range: NumberRange; readonly unit: number } | undefined;
}

/** @returns what a value is found by: nothing where it has no number, or one without a place among the doubles */
export function quantityRows({ type, value }: TypedValue, hash: KeyHash): QuantityValue[] {
  if (typeof value === 'number' || value instanceof JsonNumber) return rowsOf(point(value), undefined, hash);
  if (!isObject(value)) return [];
  if (type === 'Range') {
    const { low, high } = value;
    const [from, to] = [quantityRange(low), quantityRange(high)];
    if (from === undefined && to === undefined) return [];
    return rowsOf({ low: from?.low ?? -Infinity, high: to?.high ?? Infinity }, isObject(low) ? low : isObject(high) ? high : undefined, hash);
  }
  const currency = value['currency'];
  const unit = type === 'Money' ? { system: 'urn:iso:std:iso:4217', ...(currency !== undefined && { code: currency }) } : value;
  return rowsOf(quantityRange(value), unit, hash);
}

/** A range as it was written; an end may be outside of it. */
interface WrittenRange extends NumberRange {
  readonly open?: 'low' | 'high';
}

/** @returns the range with both ends in it, in other units where a conversion is given: rounding comes first */
function closed({ low, high, open }: WrittenRange, convert: (value: number) => number = (value) => value): NumberRange {
  const [from, to] = [convert(low), convert(high)];
  return { low: open === 'low' ? next(from, 1) : from, high: open === 'high' ? next(to, -1) : to };
}

function rowsOf(range: WrittenRange | undefined, unit: JsonObject | undefined, hash: KeyHash): QuantityValue[] {
  if (range === undefined || Number.isNaN(range.low) || Number.isNaN(range.high)) return [];
  const conversion = unit?.['system'] === ucum && typeof unit['code'] === 'string' ? canonicalUnit(unit['code']) : undefined;
  const canonical = conversion === undefined ? undefined
    : { range: closed(range, conversion.convert), unit: shortHash(hash('canonical', conversion.unit)) };
  return [{ range: closed(range), unit: unit === undefined ? undefined : unitOf(unit, hash), canonical }];
}

const point = (value: number | JsonNumber): NumberRange => {
  const number = Number(numberText(value));
  return { low: number, high: number };
};

/** Quantity.comparator opens an end; with < and > the number itself is outside (datatypes.html#Quantity). */
function quantityRange(quantity: JsonValue | undefined): WrittenRange | undefined {
  if (!isObject(quantity)) return undefined;
  const { value, comparator } = quantity;
  if (typeof value !== 'number' && !(value instanceof JsonNumber)) return undefined;
  const { low, high } = point(value);
  switch (comparator) {
    case '<': return { low: -Infinity, high, open: 'high' };
    case '<=': return { low: -Infinity, high };
    case '>': return { low, high: Infinity, open: 'low' };
    case '>=': return { low, high: Infinity };
    default: return { low, high };
  }
}

function unitOf({ system, code, unit }: JsonObject, hash: KeyHash): Unit | undefined {
  const found: Unit = {
    ...(typeof system === 'string' && { system: shortHash(hash('system', system)) }),
    ...(typeof code === 'string' && { code: shortHash(hash('code', code)) }),
    ...(typeof unit === 'string' && unit !== code && { label: shortHash(hash('code', unit)) }),
  };
  return Object.keys(found).length === 0 ? undefined : found;
}

/** 32 bits of a keyed hash: units are few, and a row must have the value too. */
const shortHash = (key: bigint): number => Number(BigInt.asIntN(32, key));

/** The double next to a value: `highUpTo` and `lowFrom` take their bound in, and the bounds here are outside. */
export function next(value: number, direction: 1 | -1): number {
  if (!Number.isFinite(value)) return value;
  if (value === 0) return direction * Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + BigInt((value > 0 ? 1 : -1) * direction));
  return view.getFloat64(0);
}

/**
 * The tests of a number asked for; `ap` is within a tenth of it (search.html#prefix).
 * @param convert to the units of the rows; before a bound is moved to the double next to it, which a conversion would round away
 */
function numberTests(prefix: Prefix, text: string, isInteger: boolean, convert: (value: number) => number = (value) => value): RangeTest<number>[] {
  const number = Number(text);
  const value = convert(number);
  const range = precisionRange(text)!;
  // An integer is compared with the number as it is: 5 is no range there.
  const [low, high] = isInteger ? [value, next(value, 1)] : [convert(range.low), convert(range.high)];
  switch (prefix) {
    case 'eq': return [{ lowFrom: low, highUpTo: next(high, -1) }];
    case 'ne': return [{ lowBelow: low }, { highAbove: next(high, -1) }];
    case 'gt': return [{ highAbove: value }];
    case 'lt': return [{ lowBelow: value }];
    case 'ge': return [{ highAbove: value }, { lowFrom: value, highUpTo: value }];
    case 'le': return [{ lowBelow: value }, { lowFrom: value, highUpTo: value }];
    case 'sa': return [{ lowFrom: next(value, 1) }];
    case 'eb': return [{ highUpTo: next(value, -1) }];
    case 'ap': {
      const margin = Math.abs(number) / 10;
      return [{ lowBelow: next(Math.max(high, convert(number + margin)), 1), highAbove: next(Math.min(low, convert(number - margin)), -1) }];
    }
  }
}

const exactTypes: ReadonlySet<string> = new Set(['integer', 'positiveInt', 'unsignedInt']);

/**
 * @param value one alternative of a number parameter: `gt5.4`
 * @throws FhirError 400 naming parameter and value
 */
export function matchNumber(parameter: IndexedParameter, value: string): Condition {
  const { prefix, rest } = splitPrefix(value);
  if (precisionRange(rest) === undefined) throw badValue(`"${parameter.code}" is "${value}", which is no number`);
  const isInteger = [...parameter.types].every((type) => exactTypes.has(type));
  return { kind: 'quantity', param: parameter.id, any: numberTests(prefix, rest, isInteger) };
}

/**
 * @param value one alternative of a quantity parameter: `5.4`, `gt5.4|http://unitsofmeasure.org|mg`, `5.4||mg`; R4's grammar lacks
 *   `5.4|system`, which is taken as any unit of the system
 * @throws FhirError 400 naming parameter and value
 */
export function matchQuantity({ code, id }: Pick<IndexedParameter, 'code' | 'id'>, value: string, { hash }: IndexSettings): Condition {
  return quantityCondition(id, quantityTests(code, value, hash));
}

/** A unit of UCUM's that has a dimension is compared in base units: every value in it has such a row. */
export const quantityCondition = (param: number, { raw, unit, canonical }: AskedQuantity): Condition =>
  (canonical !== undefined ? { kind: 'canonical', param, ...canonical } : { kind: 'quantity', param, any: unit === undefined ? raw : raw.map((test) => ({ ...test, unit })) });

export interface AskedQuantity {
  /** Tests on values as written, and what their unit is to be. */
  readonly raw: RangeTest<number>[];
  readonly unit: UnitTest | undefined;
  /** In base units, where the unit is UCUM's. */
  readonly canonical: { readonly unit: number; readonly any: RangeTest<number>[] } | undefined;
}

/** @throws FhirError 400 naming parameter and value */
export function quantityTests(name: string, value: string, hash: KeyHash): AskedQuantity {
  const [number = '', system = '', code = '', ...more] = splitValue(name, value, '|').map(unescapeValue);
  const { prefix, rest } = splitPrefix(number);
  if (precisionRange(rest) === undefined) throw badValue(`"${name}" is "${value}", which is no quantity`);
  if (more.length > 0) throw badValue(`"${name}" is "${value}", which has more than two "|"`);
  const raw = numberTests(prefix, rest, false);
  if (system === '' && code === '') return { raw, unit: undefined, canonical: undefined };
  const unit: UnitTest = {
    ...(system !== '' && { system: shortHash(hash('system', system)) }),
    ...(code !== '' && { code: shortHash(hash('code', code)) }),
    isLabelToo: system === '',
  };
  const conversion = system === ucum && code !== '' ? canonicalUnit(code) : undefined;
  return { raw, unit, canonical: conversion && { unit: shortHash(hash('canonical', conversion.unit)), any: numberTests(prefix, rest, false, conversion.convert) } };
}
