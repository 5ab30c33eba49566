/**
 * Ranges of numbers and quantities: what they are indexed by. R4: search.html#number, search.html#quantity.
 *
 * A decimal stands for the range of its precision: 5.4 is [5.35, 5.45). The bounds are made in decimal text and only then become
 * doubles, so that no error of binary arithmetic moves a bound across a value.
 */
import type { TypedValue } from '../../fhir/fhirpath/compile.ts';
import { isObject, JsonNumber, numberText, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';
import type { IndexedParameter, IndexSettings } from '../parameter.ts';
import type { IndexSink } from '../rows.ts';

export interface NumberRange {
  readonly low: number;
  readonly high: number;
}

const form = /^([-+]?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d{1,6}))?$/;

/**
 * @param text a decimal as it was written
 * @returns half a unit of the last digit to both sides; undefined where the text is no decimal
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

export function indexQuantity(parameter: IndexedParameter, values: readonly TypedValue[], sink: IndexSink, { hash }: IndexSettings): void {
  const unitOf = (value: JsonObject): number | undefined => {
    const { system, code, unit } = value;
    if (typeof code === 'string') return shortHash(hash(typeof system === 'string' ? system : '', code));
    return typeof unit === 'string' ? shortHash(hash('', unit)) : undefined;
  };
  const add = (range: NumberRange | undefined, unit?: number): void => {
    if (range !== undefined && !Number.isNaN(range.low) && !Number.isNaN(range.high)) sink.quantity(parameter.id, range.low, range.high, unit);
  };
  for (const { type, value } of values) {
    if (typeof value === 'number' || value instanceof JsonNumber) {
      add(type === 'decimal' ? precisionRange(numberText(value)) : pointRange(value));
    } else if (isObject(value)) {
      if (type === 'Range') {
        const [low, high] = [quantityRange(value['low']), quantityRange(value['high'])];
        const unit = isObject(value['low']) ? unitOf(value['low']) : isObject(value['high']) ? unitOf(value['high']) : undefined;
        if (low !== undefined || high !== undefined) add({ low: low?.low ?? -Infinity, high: high?.high ?? Infinity }, unit);
      } else add(quantityRange(value), type === 'Money' && typeof value['currency'] === 'string' ? shortHash(hash('', value['currency'])) : unitOf(value));
    }
  }
}

/** Integers are exact. */
const pointRange = (value: number | JsonNumber): NumberRange => ({ low: Number(value), high: Number(value) });

/** Quantity.comparator opens an end (datatypes.html#Quantity). */
function quantityRange(quantity: JsonValue | undefined): NumberRange | undefined {
  if (!isObject(quantity)) return undefined;
  const { value, comparator } = quantity;
  if (typeof value !== 'number' && !(value instanceof JsonNumber)) return undefined;
  const range = precisionRange(numberText(value));
  if (range === undefined) return undefined;
  switch (comparator) {
    case '<': case '<=': return { low: -Infinity, high: range.high };
    case '>': case '>=': return { low: range.low, high: Infinity };
    default: return range;
  }
}

/** A unit's 32 bits of a keyed hash. */
const shortHash = (key: bigint): number => Number(BigInt.asIntN(32, key));
