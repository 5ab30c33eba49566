/** search-type: the resources of a type that meet criteria, by GET or by POST to _search. R4: http.html#search, search.html. */
import { defineInteraction, type FhirRequest } from '../rest/endpoint.ts';
import { search, type SearchScope } from '../rest/search.ts';

const scopeOf = ({ path }: FhirRequest): SearchScope => ({ types: [path[0]!], conditions: [], path: path[0]!, applied: [] });

export const searchType = defineInteraction({
  code: 'search-type',
  method: ['GET', 'HEAD'],
  path: '/:type',
  handler: (request, context) => search(request, context, scopeOf(request)),
});

/** The same by POST: parameters of the form add to those of the URL. */
export const searchTypeByPost = defineInteraction({
  code: 'search-type',
  method: ['POST'],
  path: '/:type/_search',
  handler: (request, context) => search(request, context, scopeOf(request)),
});
