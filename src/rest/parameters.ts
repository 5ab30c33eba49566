/** Parameters that every interaction takes, and the refusal of those that would be ignored. R4: http.html#parameters. */
import { badValue } from '../fhir/outcome.ts';
import type { FhirRequest, Parameters } from './endpoint.ts';

/** Names that choose the representation; the HTTP room acts on the first two. */
const representation = new Set(['_format', '_pretty', '_summary', '_elements']);

/** Names that clients add against caches, and fhirpy's `_totalMethod`: let through, and without meaning here. */
const withoutMeaning = new Set(['_', '_dc', '_t', '_ts', 'nocache', '_totalMethod']);

/** @returns whether the parameter has no part in what an interaction selects */
export const isControl = (name: string): boolean => representation.has(name) || withoutMeaning.has(name);

/** Names that say how a search's result is shown, and select nothing (search.html#return). */
const result = new Set(['_count', '_sort', '_total', '_include', '_revinclude', '_contained', '_containedType', '_score']);

/** @returns whether the parameter is about a search's result */
export const isAboutResult = (name: string): boolean => result.has(name.split(':')[0]!);

/** @returns whether the parameter is there for caches only */
export const isWithoutMeaning = (name: string): boolean => withoutMeaning.has(name);

/**
 * For interactions without criteria: a query that were ignored would do something else than was asked.
 * @throws FhirError 400 naming the first such parameter
 */
export function refuseParameters(request: FhirRequest): void {
  for (const [name, value] of request.parameters) {
    if (value !== '' && !isControl(name)) throw badValue(`${request.method} takes no parameter "${name}" here`);
  }
}

/** @returns the values of a parameter, empty ones left out */
export const valuesOf = (parameters: Parameters, name: string): string[] =>
  parameters.filter(([key, value]) => key === name && value !== '').map(([, value]) => value);

/**
 * @returns the value of a parameter that may stand once; undefined where it is absent
 * @throws FhirError 400 when it is repeated
 */
export function singleValue(parameters: Parameters, name: string): string | undefined {
  const [first, second] = valuesOf(parameters, name);
  if (second !== undefined) throw badValue(`"${name}" is given more than once: "${first}" and "${second}"`);
  return first;
}

/** Most entries on a page; a larger `_count` is lowered to it, and `self` says so. */
export const largestCount = 1000;

/**
 * @returns how many entries a page holds, and undefined where nothing is said
 * @throws FhirError 400 when it is no whole number
 */
export function countOf(parameters: Parameters): number | undefined {
  const text = singleValue(parameters, '_count');
  if (text === undefined) return undefined;
  if (!/^[0-9]{1,9}$/.test(text)) throw badValue(`"_count" is "${text}", which is not a whole number`);
  return Math.min(Number(text), largestCount);
}
