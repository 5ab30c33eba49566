/**
 * transaction: all entries or none. R4: http.html#trules.
 *
 * Texts are cut out of the Bundle, references between entries are rewritten in them, and all writes are carried out together as one is
 * alone; what reads comes last and sees them. Conditional references are resolved against what is stored and what the Bundle writes.
 */
import type { Context } from '../../context.ts';
import type { Transaction, TransactionOptions } from '../../db/pool.ts';
import { inSlices } from '../../db/slices.ts';
import type { ResponseEntry } from '../../fhir/bundle.ts';
import { compactJson } from '../../fhir/json/scan.ts';
import { etagOf } from '../../fhir/resource.ts';
import { inTransaction, type Written } from '../../rest/commit.ts';
import type { FhirRequest } from '../../rest/endpoint.ts';
import { authorise } from '../../rest/hooks.ts';
import { named, within } from '../../rest/place.ts';
import { parsePreferences } from '../../rest/preferences.ts';
import { askedOf, type Asked } from '../write/ask.ts';
import { carryOut } from '../write/carry-out.ts';
import { inProcessingOrder, requestOf, type Entry } from './entry.ts';
import { referenceRewriter } from './references.ts';
import { entryOfResponse, entryOfVersion, outcomeOf } from './response.ts';

/** @returns the responses in the order of the request; throws the first error, and nothing has happened */
export async function runTransaction(
  entries: readonly Entry[], request: FhirRequest, context: Context, canonicalNumbers: boolean,
): Promise<ResponseEntry[]> {
  const ordered = inProcessingOrder(entries);
  const writing = ordered.filter(writes);
  await authoriseAll(writing, request, context);
  const asked = await inSlices(writing, (entry) => within(entry.expression, () => askedBy(entry, request, context, canonicalNumbers)));
  const run = async (tx: Transaction): Promise<ResponseEntry[]> => {
    const inside: Context = { ...context, tx };
    const responses: ResponseEntry[] = [];
    const committed = await carryOut(tx, asked, inside, referenceRewriter(tx, inside));
    writing.forEach((entry, n) => (responses[entry.index] = responseOf(asked[n]!, committed[n]!, request)));
    for (const entry of ordered.filter((candidate) => !writes(candidate))) {
      responses[entry.index] = await read(entry, request, inside);
    }
    return responses;
  };
  const isReading = context.tx === undefined && ordered.every(({ method }) => method === 'GET' || method === 'HEAD');
  return isReading ? context.db.search.transaction(oneState(context), run) : inTransaction(context, run);
}

/** Entries that only read see one state of the server, and no half of another transaction. A query too long for its links is stored meanwhile. */
const oneState = ({ exchange }: Context): TransactionOptions => ({ isolation: 'repeatable read', signal: exchange.signal });

/** What is dispatched is authorised there; the writes of a transaction are not. */
async function authoriseAll(entries: readonly Entry[], request: FhirRequest, context: Context): Promise<void> {
  if (context.hooks.authorise === undefined) return;
  for (const entry of entries) {
    try {
      await authorise(requestOf(entry, request), context);
    } catch (error) {
      throw named(entry.expression, error);
    }
  }
}

/** POST to a type, PUT, PATCH and DELETE; anything else is dispatched behind them. */
const writes = ({ method, path }: Entry): boolean =>
  method === 'PUT' || method === 'DELETE' || method === 'PATCH' || (method === 'POST' && path.length === 1 && !path[0]!.startsWith('$'));

function askedBy(entry: Entry, bundle: FhirRequest, context: Context, canonicalNumbers: boolean): Asked {
  const request = requestOf(entry, bundle);
  const { body } = request;
  // The Bundle was scanned as a whole; what a Binary holds was not.
  const compact = body === undefined ? undefined : body.bytes === entry.resource ? { bytes: body.bytes, canonicalNumbers } : compactJson(body.bytes);
  const asked = askedOf(request, compact, context, { body: `${entry.expression}.resource`, entry: entry.expression });
  return { ...asked, ...(entry.fullUrl !== undefined && { fullUrl: entry.fullUrl }) };
}

function responseOf({ kind }: Asked, committed: readonly Written[], request: FhirRequest): ResponseEntry {
  const [only, other] = committed;
  const issues = committed.flatMap((one) => one.issues);
  if (kind === 'delete') {
    return { response: { status: '204 No Content', ...(only !== undefined && other === undefined && only.version > 0 && { etag: etagOf(only.version) }), ...outcomeOf(issues) } };
  }
  return entryOfVersion(only!.created ? 201 : 200, only!, wanted(request, only!.body), issues);
}

/** In a Bundle the resources written come back only where the client asks for them. */
const wanted = (request: FhirRequest, body: Written['body']): string | undefined =>
  body !== undefined && parsePreferences(request.headers['prefer']).return === 'representation' ? String(body) : undefined;

async function read(entry: Entry, request: FhirRequest, context: Context): Promise<ResponseEntry> {
  try {
    return entryOfResponse(await context.dispatch(requestOf(entry, request), context), entry, request);
  } catch (error) {
    throw named(entry.expression, error);
  }
}
