/** `near`, the one parameter of type special that has a place in the index: Location by position. R4: location.html#near. */
import type { TypedValue } from '../../fhir/fhirpath/compile.ts';
import { isObject, JsonNumber, numberText, type JsonValue } from '../../fhir/json/value.ts';
import { badValue } from '../../fhir/outcome.ts';
import type { Circle } from '../condition.ts';
import type { IndexedParameter } from '../parameter.ts';
import type { IndexSink } from '../rows.ts';
import { splitValue, unescapeValue } from '../values.ts';

const numberOf = (value: JsonValue | undefined): number => (typeof value === 'number' || value instanceof JsonNumber ? Number(numberText(value)) : Number.NaN);

/** Latitude stands in a quantity row of the parameter, longitude in one of its negative. */
export function indexNear(parameter: IndexedParameter, values: readonly TypedValue[], sink: IndexSink): void {
  for (const { value } of values) {
    if (!isObject(value)) continue;
    const [latitude, longitude] = [numberOf(value['latitude']), numberOf(value['longitude'])];
    if (Number.isNaN(latitude) || Number.isNaN(longitude)) continue;
    sink.quantity(parameter.id, latitude, latitude);
    sink.quantity(-parameter.id, longitude, longitude);
  }
}

/** Metres in each unit of distance that UCUM has a code for and that clients send. */
const units: Readonly<Record<string, number>> = { km: 1000, m: 1, '[mi_us]': 1609.347_218_694, '[mi_i]': 1609.344, mi: 1609.344, '[ft_i]': 0.3048, '[nmi_i]': 1852 };

/** Where the distance is left out, R4 leaves it to the server. */
const defaultDistance = 50_000;

/**
 * @param value one alternative: `latitude|longitude|distance|units`; without units in km
 * @throws FhirError 400 naming the value
 */
export function circleOf(name: string, value: string): Circle {
  const parts = splitValue(name, value, '|').map(unescapeValue);
  const [latitude, longitude, distance = '', unit = ''] = parts;
  const bad = (why: string): never => {
    throw badValue(`"${name}" is "${value}", which ${why}`);
  };
  if (parts.length < 2 || parts.length > 4) bad('is not latitude|longitude|distance|units');
  const number = (text: string, limit: number): number => {
    const found = /^[-+]?\d{1,9}(?:\.\d{1,20})?$/.test(text) ? Number(text) : Number.NaN;
    return Math.abs(found) <= limit ? found : bad(`has "${text}" where a number up to ${limit} is expected`);
  };
  const factor = units[unit === '' ? 'km' : unit] ?? bad(`has the unit "${unit}", which is not one of ${Object.keys(units).join(', ')}`);
  const radius = distance === '' ? defaultDistance : number(distance, 50_000_000) * factor;
  if (radius < 0) bad('has a negative distance');
  return { latitude: number(latitude!, 90), longitude: number(longitude!, 180), radius };
}
