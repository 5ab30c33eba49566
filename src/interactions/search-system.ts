/** search-system: resources of several types, or of all, that meet criteria which all of them have. R4: http.html#search. */
import type { Context } from '../context.ts';
import { badValue } from '../fhir/outcome.ts';
import { defineInteraction, type FhirRequest, type FhirResponse } from '../rest/endpoint.ts';
import { withStoredQuery } from '../rest/long-query.ts';
import { valuesOf } from '../rest/parameters.ts';
import { queryParameters } from '../rest/query-parameters.ts';
import { search } from '../rest/search.ts';
import { inForm, searchAnswers, searchTakes } from '../rest/search-request.ts';
import type { Linked } from '../search/condition.ts';
import { storedTypes } from '../search/stored-types.ts';

const described = {
  takes: { ...searchTakes, criteria: 'common', parameters: [queryParameters._type, ...searchTakes.parameters] }, answers: searchAnswers,
} as const;

export const searchSystem = defineInteraction({
  code: 'search-system',
  method: ['GET', 'HEAD'],
  path: '/',
  summary: 'Find resources of several types, or of all, that meet criteria which all of them have',
  ...described,
  handler: searchAll,
});

/** The same by POST. */
export const searchSystemByPost = defineInteraction({
  code: 'search-system',
  method: ['POST'],
  path: '/_search',
  summary: 'Find resources of several types, or of all, by criteria in a form',
  ...inForm(described),
  handler: searchAll,
});

const whole = (type: string): Linked => ({ type, conditions: [] });

async function searchAll(sent: FhirRequest, context: Context): Promise<FhirResponse> {
  const request = await withStoredQuery(sent, context);
  const { definitions } = context;
  const wanted = [...new Set(valuesOf(request.parameters, '_type').flatMap((value) => value.split(',')).filter((type) => type !== ''))];
  const wrong = wanted.find((type) => !definitions.hasResourceType(type));
  if (wrong !== undefined) throw badValue(`"_type" names "${wrong.slice(0, 80)}", which is not a resource type of R4`);
  if (wanted.length > 0) return search(request, context, { branches: wanted.map(whole), path: '', applied: [['_type', wanted.join(',')]] });
  // Parameters has no search parameters but those that all types have: with it among them, whichever types are stored today, others are refused.
  const types = await storedTypes(context.tx ?? context.db.search);
  return search(request, context, { branches: [...new Set(['Parameters', ...types])].map(whole), path: '', applied: [] });
}
