/** search-type: the resources of a type that meet criteria, by GET or by POST to _search. R4: http.html#search, search.html. */
import type { Context } from '../context.ts';
import type { ResponseEntry } from '../fhir/bundle.ts';
import { badValue, notSupported, outcomeText, type Issue } from '../fhir/outcome.ts';
import type { Queryable } from '../db/pool.ts';
import { cursorParameter, decodeCursor, encodeCursor } from '../rest/cursor.ts';
import { defineInteraction, type FhirRequest, type FhirResponse, type Parameters } from '../rest/endpoint.ts';
import { pageLinks } from '../rest/links.ts';
import { linkParameters, withStoredQuery } from '../rest/long-query.ts';
import { pageResponse } from '../rest/page-response.ts';
import { countOf, isControl, isWithoutMeaning, singleValue, valuesOf } from '../rest/parameters.ts';
import { parsePreferences } from '../rest/preferences.ts';
import { represent } from '../rest/representation.ts';
import type { Condition } from '../search/condition.ts';
import { count, page, type Match } from '../search/page.ts';
import { parseCriteria } from '../search/parse.ts';
import type { PageStart, Query } from '../search/query.ts';
import { newId } from '../store/identity.ts';
import { horizon } from '../store/scan.ts';

const defaultCount = 50;
/** Up to so many matches are counted without being asked for: keys count themselves, other rows are looked at one by one. */
const cheapTotal = (conditions: readonly Condition[]): number => (conditions.every(({ kind }) => kind === 'keys') ? 10_000 : 1_000);
/** The page before a rid above any other. */
const lastPage = encodeCursor(['b', '9223372036854775807']);

/** Parameters about the result. R4's others are refused until they are there, since they would change what comes back. */
const resultParameters: ReadonlySet<string> = new Set(['_count', '_total', cursorParameter]);
const notYet: ReadonlySet<string> = new Set(['_sort', '_include', '_revinclude', '_contained', '_containedType', '_score', '_filter', '_query', '_list', '_text', '_content', '_has', '_type']);
/** How other servers page and cut, and what R4 has instead. */
const elsewhere: Readonly<Record<string, string>> = {
  _offset: 'follow the link "next"', _page: 'follow the link "next"', _getpages: 'follow the link "next"', _fields: 'use "_elements"',
};

export const searchType = defineInteraction({
  code: 'search-type',
  method: ['GET', 'HEAD'],
  path: '/:type',
  handler: search,
});

/** The same by POST: parameters of the form add to those of the URL. */
export const searchTypeByPost = defineInteraction({
  code: 'search-type',
  method: ['POST'],
  path: '/:type/_search',
  handler: search,
});

interface Result {
  readonly matches: Match[];
  readonly total: number | undefined;
}

async function search(sent: FhirRequest, context: Context): Promise<FhirResponse> {
  const request = await withStoredQuery(sent, context);
  const { parameters } = request;
  const [type] = request.path as [string];
  const preference = parsePreferences(request.headers['prefer']);
  const criteria = parameters.filter(([name]) => !resultParameters.has(name) && !isControl(name));
  refuseElsewhere(criteria);
  const parsed = parseCriteria(type, criteria, context.index, preference.handling ?? 'strict', new Date());
  const summary = singleValue(parameters, '_summary');
  const asked = countOf(parameters);
  const isCount = summary === 'count' || asked === 0;
  const limit = asked ?? defaultCount;
  const wanted = totalOf(parameters);
  const cursor = singleValue(parameters, cursorParameter);
  const start = cursor === undefined ? undefined : startOf(cursor);
  const now = await timeOf(parsed.conditions, context);
  const query: Query = { type, conditions: now.isHorizon ? [...parsed.conditions, { kind: 'lastUpdated', any: [{ lowBelow: now.time.getTime() }] }] : parsed.conditions };
  const { matches, total } = await find(context.tx ?? context.db.search, query, isCount, start, limit, wanted);

  const backwards = start?.direction === 'before';
  const more = matches.length > limit;
  const shown = more ? (backwards ? matches.slice(1) : matches.slice(0, limit)) : matches;
  const [first, last] = [shown[0], shown.at(-1)];
  const hasNext = backwards ? cursor !== lastPage : more;
  const applied = await linkParameters(appliedParameters(parameters, parsed.applied, asked), request, context);
  const links = pageLinks(`${request.base}/${type}`, applied, cursor, isCount ? {} : {
    ...((backwards ? more : start !== undefined) && first !== undefined && { previous: encodeCursor(['b', first.rid]) }),
    ...(hasNext && last !== undefined && { next: encodeCursor(['a', last.rid]) }),
    ...((start !== undefined || more) && { last: lastPage }),
  });
  return pageResponse(request, {
    type: 'searchset',
    lastUpdated: now.time,
    ...(total !== undefined && { total }),
    links: isCount ? links.slice(0, 1) : links,
    entries: isCount ? [] : [...shown.map((match) => entryOf(match, type, request, context)), ...warningEntry(parsed.warnings)],
  }, preference.handling === undefined ? {} : { 'preference-applied': `handling=${preference.handling}` });
}

/**
 * The instant that the answer is of. A client that polls by _lastUpdated takes it as its next lower bound, so that such an answer ends
 * where every change is settled: a transaction that is still open could add one below.
 */
async function timeOf(conditions: readonly Condition[], context: Context): Promise<{ time: Date; isHorizon: boolean }> {
  if (context.tx !== undefined || !conditions.some(({ kind }) => kind === 'lastUpdated')) return { time: new Date(), isHorizon: false };
  return { time: await horizon(context.db.search), isHorizon: true };
}

async function find(
  db: Queryable, query: Query, isCount: boolean, start: PageStart | undefined, limit: number, wanted: string | undefined,
): Promise<Result> {
  if (isCount) return { matches: [], total: await count(db, query) };
  // Only the first page of a search that does not ask is counted, and only as far as that is cheap.
  const counting = wanted === 'accurate' ? 'all' : wanted === undefined && start === undefined ? cheapTotal(query.conditions) : 'none';
  const { matches, total } = await page(db, query, start, limit + 1, counting);
  if (start === undefined && matches.length <= limit) return { matches, total: matches.length };
  return { matches, total: total ?? (wanted === 'accurate' ? await count(db, query) : undefined) };
}

function refuseElsewhere(criteria: Parameters): void {
  for (const [name, value] of criteria) {
    if (value === '') continue;
    const instead = elsewhere[name];
    if (instead !== undefined) throw badValue(`"${name}" is not of R4: ${instead}`);
    if (notYet.has(name.split(':')[0]!)) throw notSupported(`"${name}" is not supported`);
  }
}

function totalOf(parameters: Parameters): string | undefined {
  const [total] = valuesOf(parameters, '_total');
  if (total === undefined || ['none', 'estimate', 'accurate'].includes(total)) return total === 'estimate' ? 'accurate' : total;
  throw badValue(`"_total" is "${total}", which is not one of none, estimate, accurate`);
}

/** What `self` says: the criteria that took effect, and what the result was asked to be, with the `_count` that held. */
function appliedParameters(parameters: Parameters, applied: readonly (readonly [string, string])[], asked: number | undefined): Parameters {
  const result = parameters.filter(([name, value]) => value !== '' && !isWithoutMeaning(name) && (isControl(name) || name === '_total'));
  return [...applied, ...result, ...(asked === undefined ? [] : [['_count', String(asked)] as const])];
}

function startOf(cursor: string): PageStart {
  const [direction, rid] = decodeCursor(cursor, [/^[ab]$/, /^[0-9]{1,19}$/]) as [string, string];
  return { direction: direction === 'a' ? 'after' : 'before', rid };
}

const entryOf = ({ id, body }: Match, type: string, request: FhirRequest, context: Context): ResponseEntry => ({
  fullUrl: `${request.base}/${type}/${id}`,
  resource: represent(type, body, request.parameters, context.definitions),
  search: { mode: 'match' },
});

function warningEntry(warnings: readonly Issue[]): ResponseEntry[] {
  if (warnings.length === 0) return [];
  return [{ fullUrl: `urn:uuid:${newId()}`, resource: outcomeText(warnings), search: { mode: 'outcome' } }];
}
