/** The criteria of conditional interactions, from a URL. R4: http.html#cond-update, #cpatch, #cdelete. */
import type { Context } from '../context.ts';
import { notSelective } from '../fhir/outcome.ts';
import { parseConditional, type Criteria } from '../search/conditional.ts';
import type { FhirRequest } from './endpoint.ts';
import { isAboutResult, isControl } from './parameters.ts';
import { inRequest, type Place } from './place.ts';

/**
 * @returns the criteria in the request's query
 * @throws FhirError 412 where there is none, 400 for what is no search parameter of the type, a parameter about the result included
 */
export function criteriaOf({ method, parameters }: FhirRequest, type: string, context: Context, place: Place): Criteria {
  const given = parameters.filter(([name, value]) => value !== '' && !isControl(name));
  if (given.every(([name]) => isAboutResult(name))) {
    throw notSelective(`${method} of ${type} needs an id in the path or criteria in the query`, inRequest(place, 'url'));
  }
  return parseConditional(type, given, context.index, inRequest(place, 'url'));
}
