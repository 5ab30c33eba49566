/** search-type: the resources of a type that meet criteria, by GET or by POST to _search. R4: http.html#search, search.html. */
import type { Context } from '../context.ts';
import { bundleText, type ResponseEntry } from '../fhir/bundle.ts';
import { badValue, notSupported, outcomeText, type Issue } from '../fhir/outcome.ts';
import type { Queryable } from '../db/pool.ts';
import { cursorParameter, decodeCursor, encodeCursor } from '../rest/cursor.ts';
import { defineInteraction, type FhirRequest, type FhirResponse, type Parameters } from '../rest/endpoint.ts';
import { pageLinks } from '../rest/links.ts';
import { countOf, isControl, isWithoutMeaning, singleValue, valuesOf } from '../rest/parameters.ts';
import { parsePreferences } from '../rest/preferences.ts';
import { represent } from '../rest/representation.ts';
import { count, page, type Match } from '../search/page.ts';
import { parseCriteria } from '../search/parse.ts';
import type { PageStart, Query } from '../search/query.ts';
import { newId } from '../store/identity.ts';

const defaultCount = 50;

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

async function search(request: FhirRequest, context: Context): Promise<FhirResponse> {
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
  const wantsTotal = isCount || totalOf(parameters) === 'accurate';
  const cursor = singleValue(parameters, cursorParameter);
  const start = cursor === undefined ? undefined : startOf(cursor);
  const query: Query = { type, conditions: parsed.conditions };

  const now = new Date();
  const { matches, total } = await inSnapshot(context, async (db): Promise<Result> => {
    if (isCount) return { matches: [], total: await count(db, query) };
    const found = await page(db, query, start, limit + 1);
    const whole = start === undefined && found.length <= limit;
    return { matches: found, total: whole ? found.length : wantsTotal ? await count(db, query) : undefined };
  }, wantsTotal && !isCount);

  const backwards = start?.direction === 'before';
  const more = matches.length > limit;
  const shown = more ? (backwards ? matches.slice(1) : matches.slice(0, limit)) : matches;
  const [first, last] = [shown[0], shown.at(-1)];
  const links = pageLinks(`${request.base}/${type}`, appliedParameters(parameters, parsed.applied, asked), cursor, isCount ? {} : {
    ...((backwards ? more : start !== undefined) && first !== undefined && { previous: encodeCursor(['b', first.rid]) }),
    ...((backwards || more) && last !== undefined && { next: encodeCursor(['a', last.rid]) }),
  });
  const body = bundleText({
    type: 'searchset',
    lastUpdated: now,
    ...(total !== undefined && { total }),
    links: isCount ? links.slice(0, 1) : links,
    entries: isCount ? [] : [...shown.map((match) => entryOf(match, type, request, context)), ...warningEntry(parsed.warnings)],
  });
  const applied = preference.handling === undefined ? {} : { 'preference-applied': `handling=${preference.handling}` };
  return { status: 200, headers: applied, body };
}

/** An answer of several statements reads one snapshot, or half a transaction would show. */
const inSnapshot = <T>(context: Context, run: (db: Queryable) => Promise<T>, several: boolean): Promise<T> =>
  context.tx !== undefined ? run(context.tx)
  : several ? context.db.search.transaction({ isolation: 'repeatable read', readOnly: true, signal: context.exchange.signal }, run)
  : run(context.db.search);

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
