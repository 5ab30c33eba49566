/** history of an instance, a type and the system: versions in change order, newest first. R4: http.html#history. */
import type { Context } from '../context.ts';
import type { ResponseEntry } from '../fhir/bundle.ts';
import { badValue, notFound } from '../fhir/outcome.ts';
import { checkedId, etagOf } from '../fhir/resource.ts';
import { cursorParameter, decodeCursor, encodeCursor } from '../rest/cursor.ts';
import type { Takes } from '../rest/description.ts';
import { defineInteraction, type FhirRequest, type FhirResponse, type Parameters } from '../rest/endpoint.ts';
import { pageLinks } from '../rest/links.ts';
import { pageResponse } from '../rest/page-response.ts';
import { countOf, isControl, isWithoutMeaning, singleValue } from '../rest/parameters.ts';
import { queryParameters } from '../rest/query-parameters.ts';
import { represent } from '../rest/representation.ts';
import { millisecondsDown, millisecondsUp, parseDateRange } from '../search/types/date.ts';
import { ridOf } from '../store/read.ts';
import { changes, countChanges, type Change, type HistoryFilter, type HistoryScope, type PageStart } from '../store/scan.ts';
import type { Queryable } from '../db/pool.ts';

const defaultCount = 50;

const filters = [queryParameters._count, queryParameters._since, queryParameters._at, queryParameters[cursorParameter]];
const known: ReadonlySet<string> = new Set(filters.map(({ name }) => name));
const takes: Takes = { parameters: [...filters, queryParameters._summary, queryParameters._elements], headers: ['If-None-Match'] };

export const historyInstance = defineInteraction({
  code: 'history-instance',
  method: ['GET', 'HEAD'],
  path: '/:type/:id/_history',
  summary: 'List the versions of one resource, newest first',
  takes,
  answers: { content: 'Bundle', bundle: 'history', status: [200, 304, 404] },
  async handler(request, context) {
    const [type, id] = request.path as [string, string];
    checkedId(id);
    return history(request, context, async (db) => {
      const rid = await ridOf(db, type, id);
      if (rid === undefined) throw notFound(`${type}/${id} is not known`);
      return { type, rid };
    });
  },
});

export const historyType = defineInteraction({
  code: 'history-type',
  method: ['GET', 'HEAD'],
  path: '/:type/_history',
  summary: 'List the versions of all resources of the type, newest first',
  takes,
  answers: { content: 'Bundle', bundle: 'history', status: [200, 304] },
  handler: (request, context) => history(request, context, async () => ({ type: request.path[0]! })),
});

export const historySystem = defineInteraction({
  code: 'history-system',
  method: ['GET', 'HEAD'],
  path: '/_history',
  summary: 'List the versions of all resources, newest first',
  takes,
  answers: { content: 'Bundle', bundle: 'history', status: [200, 304] },
  handler: (request, context) => history(request, context, async () => ({})),
});

async function history(request: FhirRequest, context: Context, scopeOf: (db: Queryable) => Promise<HistoryScope>): Promise<FhirResponse> {
  const { parameters } = request;
  for (const [name, value] of parameters) {
    if (value !== '' && !known.has(name) && !isControl(name)) {
      throw badValue(`History takes no parameter "${name}"`);
    }
  }
  const count = countOf(parameters) ?? defaultCount;
  const filter = filterOf(parameters, context.settings.timeZone);
  const cursor = singleValue(parameters, cursorParameter);
  const start = cursor === undefined ? undefined : startOf(cursor);

  const read = async (db: Queryable, settled: HistoryFilter): Promise<{ page: Change[]; total: number | undefined; scope: HistoryScope }> => {
    const scope = await scopeOf(db);
    const page = count === 0 ? [] : await changes(db, scope, settled, start, count + 1);
    const whole = start === undefined && count > 0 && page.length <= count;
    const counted = scope.rid !== undefined || count === 0;
    return { scope, page, total: whole ? page.length : counted ? await countChanges(db, scope, settled) : undefined };
  };
  // One resource's versions are committed in the order of their stamps: who polls them misses none, wherever the answer ends.
  const isCut = filter.since !== undefined && context.tx === undefined && request.path.length < 3;
  // To be taken before the snapshot.
  const settledAt = await (isCut ? context.horizon.now() : context.horizon.recent());
  const settled = isCut ? { ...filter, before: settledAt } : filter;
  const { page, total } =
    context.tx === undefined
      ? await context.db.read.transaction({ isolation: 'repeatable read', readOnly: true, signal: context.exchange.signal }, (tx) => read(tx, settled))
      : await read(context.tx, settled);

  const backwards = start?.direction === 'newer';
  const more = page.length > count;
  // Newest first, whichever way the page is read.
  const shown = backwards && more ? page.slice(1) : page.slice(0, count);
  const applied = parameters.filter(([name, value]) => value !== '' && name !== cursorParameter && !isWithoutMeaning(name));
  const hasOlder = backwards ? cursor !== lastPage : more;
  const hasNewer = backwards ? more : start !== undefined;
  const [first, last] = [shown[0], shown.at(-1)];
  const links = pageLinks([request.base, ...request.path].join('/'), applied, cursor, {
    ...(hasNewer && first !== undefined && { previous: cursorAt('newer', first) }),
    ...(hasOlder && last !== undefined && { next: cursorAt('older', last) }),
    ...(count > 0 && (hasOlder || hasNewer) && { last: lastPage }),
  });
  return pageResponse(request, {
    type: 'history',
    lastUpdated: settledAt,
    ...(total !== undefined && { total }),
    links,
    entries: shown.map((change) => entryOf(change, request, context)),
  });
}

function filterOf(parameters: Parameters, timeZone: string): HistoryFilter {
  const since = singleValue(parameters, '_since');
  const at = singleValue(parameters, '_at');
  const range = at === undefined ? undefined : parseDateRange('_at', at, timeZone);
  return {
    ...(since !== undefined && { since: new Date(millisecondsUp(parseDateRange('_since', since, timeZone).low)) }),
    ...(range !== undefined && { at: { from: new Date(millisecondsDown(range.low)), to: new Date(millisecondsUp(range.high)) } }),
  };
}

const cursorForm = [/^[on]$/, /^[0-9]{1,16}$/, /^[0-9]{1,19}$/, /^[0-9]{1,9}$/];

const cursorAt = (direction: PageStart['direction'], { position }: Change): string =>
  encodeCursor([direction === 'older' ? 'o' : 'n', position.lastUpdated.getTime(), position.rid, position.version]);

/** The page of the oldest changes. */
const lastPage = encodeCursor(['n', 0, '0', 0]);

function startOf(cursor: string): PageStart {
  const [direction, time, rid, version] = decodeCursor(cursor, cursorForm) as [string, string, string, string];
  return {
    direction: direction === 'o' ? 'older' : 'newer',
    position: { lastUpdated: new Date(Number(time)), rid, version: Number(version) },
  };
}

function entryOf(change: Change, request: FhirRequest, context: Context): ResponseEntry {
  const { type, id, method, version, lastUpdated, body, created } = change;
  return {
    fullUrl: `${request.base}/${type}/${id}`,
    ...(body !== null && { resource: represent(type, body, request.parameters, context.definitions) }),
    request: { method, url: method === 'POST' ? type : `${type}/${id}` },
    response: { status: created ? '201 Created' : '200 OK', etag: etagOf(version), lastModified: lastUpdated.toISOString() },
  };
}
