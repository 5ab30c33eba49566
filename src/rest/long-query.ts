/**
 * Queries that are too long for a link. A search by POST may have a thousand ids, and the link to its next page is a GET: it carries a
 * hash, under which the server keeps the criteria. R4: http.html#paging.
 */
import type { Context } from '../context.ts';
import { badValue, gone } from '../fhir/outcome.ts';
import { storeQuery, storedQuery } from '../store/stored-query.ts';
import type { FhirRequest, Parameters } from './endpoint.ts';
import { urlWith } from './links.ts';
import { singleValue } from './parameters.ts';

/** Server-defined parameters start with "-" (search.html#3.1.1.6). */
export const queryParameter = '-query';

/** Characters of a query that a link carries itself; proxies and clients begin to cut at 8 KiB. */
const longest = 4096;

/** What the HTTP room reads in the URL stays there. */
const staysInUrl: ReadonlySet<string> = new Set(['_format', '_pretty']);

/**
 * @returns the request with the parameters that its hash stands for, before the others
 * @throws FhirError 410 where the hash is not known, or no more; 400 where it is of another path
 */
export async function withStoredQuery(request: FhirRequest, context: Context): Promise<FhirRequest> {
  const hash = singleValue(request.parameters, queryParameter);
  if (hash === undefined) return request;
  const text = await storedQuery(context.tx ?? context.db.read, hash);
  if (text === undefined) throw gone(`"${queryParameter}" is "${hash.slice(0, 80)}", and its query is not kept, or no more: search again`);
  const { path, parameters } = JSON.parse(text) as StoredText;
  if (path !== pathOf(request)) throw badValue(`"${queryParameter}" is of a search at "${path}"`);
  return { ...request, parameters: [...parameters, ...request.parameters.filter(([name]) => name !== queryParameter)] };
}

interface StoredText {
  readonly path: string;
  readonly parameters: Parameters;
}

/**
 * @param applied the parameters of a link, without a cursor
 * @returns the same, or a hash that stands for them
 */
export async function linkParameters(applied: Parameters, request: FhirRequest, context: Context): Promise<Parameters> {
  if (urlWith('', applied).length <= longest) return applied;
  const kept: StoredText = { path: pathOf(request), parameters: applied.filter(([name]) => !staysInUrl.has(name)) };
  const hash = await storeQuery(context.tx ?? context.db.write, JSON.stringify(kept));
  return [[queryParameter, hash], ...applied.filter(([name]) => staysInUrl.has(name))];
}

/** A search by POST and the GETs of its pages are at the same path. */
const pathOf = ({ path }: FhirRequest): string => path.filter((segment) => segment !== '_search').join('/');
