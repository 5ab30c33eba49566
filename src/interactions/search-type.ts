/** search-type: the resources of a type that meet criteria, by GET or by POST to _search. R4: http.html#search, search.html. */
import { defineInteraction, type FhirRequest } from '../rest/endpoint.ts';
import { search, type SearchScope } from '../rest/search.ts';
import { inForm, searchAnswers, searchTakes } from '../rest/search-request.ts';

const scopeOf = ({ path }: FhirRequest): SearchScope => ({ branches: [{ type: path[0]!, conditions: [] }], path: path[0]!, applied: [] });

const described = { takes: { ...searchTakes, criteria: 'type' }, answers: searchAnswers } as const;

export const searchType = defineInteraction({
  code: 'search-type',
  method: ['GET', 'HEAD'],
  path: '/:type',
  summary: 'Find the resources that meet all criteria',
  ...described,
  handler: (request, context) => search(request, context, scopeOf(request)),
});

/** The same by POST: parameters of the form add to those of the URL. */
export const searchTypeByPost = defineInteraction({
  code: 'search-type',
  method: ['POST'],
  path: '/:type/_search',
  summary: 'Find the resources that meet all criteria, given in a form',
  ...inForm(described),
  handler: (request, context) => search(request, context, scopeOf(request)),
});
