/**
 * Searches: criteria, result parameters, a page with its includes and links. R4: http.html#search, search.html.
 *
 * Type, system and compartment searches differ in their scope only. An answer that takes several statements is read in one snapshot.
 */
import type { Context } from '../context.ts';
import type { Queryable } from '../db/pool.ts';
import type { ResponseEntry } from '../fhir/bundle.ts';
import { outcomeText, issue, type Issue } from '../fhir/outcome.ts';
import type { Condition, Linked } from '../search/condition.ts';
import { plansOf, recorder } from '../search/explain.ts';
import { findIncludes, type Included, type IncludeResult } from '../search/include.ts';
import { count, estimatedCount, needsSnapshot, page, type Match } from '../search/page.ts';
import type { PageStart, Query } from '../search/query.ts';
import { requireCurrent } from '../store/definitions-lock.ts';
import { newId } from '../store/identity.ts';
import { encodeCursor } from './cursor.ts';
import type { FhirRequest, FhirResponse, Parameters } from './endpoint.ts';
import { explainResponse, isExplained } from './explain.ts';
import { pageLinks } from './links.ts';
import { linkParameters, withStoredQuery } from './long-query.ts';
import { pageResponse } from './page-response.ts';
import { represent } from './representation.ts';
import { lastPage, parseSearch, type SearchRequest } from './search-request.ts';

/** What is searched. */
export interface SearchScope {
  /** Types whose resources can match, and what they must meet besides the criteria, such as a compartment. */
  readonly branches: readonly Linked[];
  /** Below the base: `Patient`, empty for the system, `Patient/1/Observation`. */
  readonly path: string;
  /** Parameters that the scope was made from, for links. */
  readonly applied: Parameters;
}

/** Most resources that includes add to a page. */
const includeLimit = 1000;

export async function search(sent: FhirRequest, context: Context, scope: SearchScope): Promise<FhirResponse> {
  const request = await withStoredQuery(sent, context);
  const asked = parseSearch(request, context, scope);
  const branches = asked.branches.map(({ type, conditions }, n): Linked => ({ type, conditions: [...scope.branches[n]!.conditions, ...conditions] }));
  const now = await timeOf(branches, context);
  const query: Query = { branches: now.isHorizon ? branches.map((branch) => settledBefore(branch, now.time.getTime())) : branches, sort: asked.sort };
  const read = async (db: Queryable): Promise<Answer> => {
    const found = await answer(db, query, asked, context);
    await requireCurrent(db, context.index);
    return found;
  };
  await context.index.referenceStatistics.ensure(context.db.search, branches);
  const inSnapshot = <T>(run: (db: Queryable) => Promise<T>): Promise<T> =>
    context.db.search.transaction({ isolation: 'repeatable read', readOnly: true, signal: context.exchange.signal }, run);
  if (isExplained(request, context)) return inSnapshot((db) => explain(db, query, asked, context));
  const isOne = !needsSnapshot(query) && asked.includes.length === 0 && asked.total !== 'accurate';
  const found = context.tx !== undefined ? await read(context.tx)
    : isOne ? await read(context.db.search)
    : await inSnapshot(read);
  const { start, isCount } = asked;
  const applied = await linkParameters(asked.applied, request, context);
  const links = pageLinks(scope.path === '' ? request.base : `${request.base}/${scope.path}`, applied, asked.cursor, isCount ? {} : linksOf(found, start, asked));
  return pageResponse(request, {
    type: 'searchset',
    lastUpdated: now.time,
    ...(found.total !== undefined && { total: found.total }),
    links: isCount ? links.slice(0, 1) : links,
    entries: isCount ? [] : entriesOf(found, asked, request, context),
  }, asked.handling === undefined ? {} : { 'preference-applied': `handling=${asked.handling}` });
}

/** The answer is made as ever; what it asked is then run once more, in the same snapshot, for the plans. */
async function explain(db: Queryable, query: Query, asked: SearchRequest, context: Context): Promise<FhirResponse> {
  const recording = recorder(db);
  const { matches, included, total } = await answer(recording.db, query, asked, context);
  return explainResponse(asked, query, await plansOf(db, recording.recorded), { matches: matches.length, included: included.length, total });
}

interface Answer extends IncludeResult {
  /** Those shown, in order. */
  readonly matches: readonly Match[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
  readonly total: number | undefined;
}

/**
 * The instant until which the answer is complete: a client that goes on by _lastUpdated takes it as its next lower bound. One that polls so already
 * may take the latest change it has seen instead, so that such an answer ends there.
 */
async function timeOf(branches: readonly Linked[], context: Context): Promise<{ time: Date; isHorizon: boolean }> {
  const isHorizon = context.tx === undefined && branches.some(({ conditions }) => conditions.some(({ kind }) => kind === 'lastUpdated'));
  return { time: await (isHorizon ? context.horizon.now() : context.horizon.recent()), isHorizon };
}

/** @returns the branch with its criteria on times ending where changes are settled: as one range each, which is counted as it is */
const settledBefore = ({ type, conditions }: Linked, time: number): Linked => ({
  type,
  conditions: conditions.map((condition): Condition => (condition.kind !== 'lastUpdated' ? condition
    : { ...condition, any: condition.any.map((test) => ({ ...test, lowBelow: Math.min(test.lowBelow ?? time, time) })) })),
});

const nothing = { matches: [], included: [], hasPrevious: false, hasNext: false };

async function answer(db: Queryable, query: Query, asked: SearchRequest, context: Context): Promise<Answer> {
  const { start, limit, total: wanted } = asked;
  if (asked.isCount) return { ...nothing, total: await count(db, query) };
  // Only the first page of a search that does not ask is counted, and only as far as that is cheap.
  const counting = wanted === 'accurate' ? 'all' : wanted === undefined && start === undefined ? 'cheap' : 'none';
  const found = await page(db, query, start, limit + 1, counting, context.index);
  const backwards = start?.direction === 'before';
  const isMore = found.matches.length > limit;
  const matches = isMore ? (backwards ? found.matches.slice(1) : found.matches.slice(0, limit)) : found.matches;
  const whole = start === undefined && !isMore ? matches.length : undefined;
  const total = whole ?? found.total ?? (wanted === 'accurate' ? await count(db, query) : wanted === 'estimate' ? await estimatedCount(db, query) : undefined);
  const hasPrevious = backwards ? isMore : start !== undefined;
  const hasNext = backwards ? asked.cursor !== lastPage(query.sort) : isMore;
  const fitting = await withIncludes(db, matches, asked, context);
  return { ...fitting, total, hasPrevious, hasNext: hasNext || fitting.matches.length < matches.length };
}

/** A page is complete in itself: where its includes are too many, it holds fewer matches (search.html#include). */
async function withIncludes(db: Queryable, matches: readonly Match[], { includes }: SearchRequest, { index }: Context): Promise<IncludeResult & { matches: readonly Match[] }> {
  if (includes.length === 0) return { matches, included: [] };
  for (let shown = matches; ; shown = shown.slice(0, Math.ceil(shown.length / 2))) {
    const found = await findIncludes(db, shown, includes, index, includeLimit);
    if (found.cut === undefined || shown.length <= 1) return { ...found, matches: shown };
  }
}

function linksOf({ matches, hasPrevious, hasNext }: Answer, start: PageStart | undefined, { sort }: SearchRequest): { previous?: string; next?: string; last?: string } {
  const [first, last] = [matches[0], matches.at(-1)];
  return {
    ...(hasPrevious && first !== undefined && { previous: encodeCursor(['b', first.rid, ...first.values]) }),
    ...(hasNext && last !== undefined && { next: encodeCursor(['a', last.rid, ...last.values]) }),
    ...((start !== undefined || hasNext) && { last: lastPage(sort) }),
  };
}

function entriesOf({ matches, included, cut }: Answer, asked: SearchRequest, request: FhirRequest, context: Context): ResponseEntry[] {
  const warnings: Issue[] = [...asked.warnings];
  if (cut !== undefined) warnings.push(issue('warning', 'incomplete', `"${cut}" adds more than ${includeLimit} resources to one match, and those beyond are left out`));
  return [
    ...matches.map((match) => entryOf(match, 'match', request, context)),
    ...included.map((one) => entryOf(one, 'include', request, context)),
    ...(warnings.length === 0 ? [] : [{ fullUrl: `urn:uuid:${newId()}`, resource: outcomeText(warnings), search: { mode: 'outcome' as const } }]),
  ];
}

/** _elements is for the matches; what is included comes whole (search.html#elements). */
const entryOf = ({ type, id, body }: Included, mode: 'match' | 'include', request: FhirRequest, context: Context): ResponseEntry => ({
  fullUrl: `${request.base}/${type}/${id}`,
  resource: represent(type, body, mode === 'match' ? request.parameters : request.parameters.filter(([name]) => name !== '_elements'), context.definitions),
  search: { mode },
});
