/**
 * Search parameters of type string. R4: search.html#string.
 *
 * A HumanName or Address is found by each of its parts and by its text; a family name by each of its words as well, since
 * R4 asks that its parts can be searched alone.
 */
import type { TypedValue } from '../../fhir/fhirpath/compile.ts';
import { isObject, type JsonObject } from '../../fhir/json/value.ts';
import { badValue } from '../../fhir/outcome.ts';
import type { Condition } from '../condition.ts';
import { cut, normalise } from '../normalise.ts';
import type { IndexedParameter, IndexSettings } from '../parameter.ts';
import type { IndexSink } from '../rows.ts';

const parts: Readonly<Record<string, readonly string[]>> = {
  HumanName: ['text', 'family', 'given', 'prefix', 'suffix'],
  Address: ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'],
};

/** Writes the rows of a parameter's values, and a key for `:exact`. */
export function indexString(parameter: IndexedParameter, values: readonly TypedValue[], sink: IndexSink, { hash }: IndexSettings): void {
  const add = (text: string, isFamily: boolean): void => {
    sink.key(hash(parameter.code, 'exact', text));
    const normal = normalise(text);
    if (normal === '') return;
    sink.string(parameter.id, cut(normal));
    if (!isFamily) return;
    for (const word of normal.split(' ').slice(1)) sink.string(parameter.id, cut(word));
  };
  for (const { type, value } of values) {
    if (typeof value === 'string') add(value, parameter.code === 'family');
    else if (isObject(value)) {
      for (const part of parts[type] ?? ['text']) for (const text of textsOf(value, part)) add(text, part === 'family');
    }
  }
}

function textsOf(value: JsonObject, part: string): string[] {
  const found = value[part];
  return (Array.isArray(found) ? found : [found]).filter((text) => typeof text === 'string');
}

/**
 * @param modifier `exact`, `contains` or none
 * @param value one alternative of the parameter, without escapes
 * @throws FhirError 400 where nothing is left to compare
 */
export function matchString(parameter: IndexedParameter, modifier: string | undefined, value: string, { hash }: IndexSettings): Condition {
  if (modifier === 'exact') return { kind: 'keys', any: [hash(parameter.code, 'exact', value)] };
  const normal = normalise(value);
  if (normal === '') throw badValue(`"${parameter.code}" is "${value}", which has no letter or digit`);
  return { kind: 'string', param: parameter.id, any: [{ form: modifier === 'contains' ? 'contains' : 'prefix', value: cut(normal) }] };
}
