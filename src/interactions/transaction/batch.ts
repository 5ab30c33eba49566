/**
 * batch: each entry for itself, in the order of a transaction, those that cannot meet at the same time; nothing is rewritten between them. R4:
 * http.html#brules.
 */
import type { Context } from '../../context.ts';
import { isRetryable } from '../../db/errors.ts';
import { concurrently } from '../../db/slices.ts';
import { savepoint } from '../../db/savepoint.ts';
import type { ResponseEntry } from '../../fhir/bundle.ts';
import { invalid, issue, outcomeText } from '../../fhir/outcome.ts';
import { mayShare } from '../../rest/commit.ts';
import type { FhirRequest, Method } from '../../rest/endpoint.ts';
import { errorResponse } from '../../rest/errors.ts';
import { DefinitionsChanged } from '../../store/definitions-lock.ts';
import { inProcessingOrder, inWaves, requestOf, type Entry } from './entry.ts';
import { entryOfResponse, statusText } from './response.ts';

/** Entries at once, where each has a connection; and single writes that share their transactions (store/group-commit). */
const mostAtOnce = { apart: 4, shared: 16 };
const singleWrites: ReadonlySet<Method> = new Set(['POST', 'PUT', 'DELETE']);

/** @returns the responses in the order of the request */
export async function runBatch(entries: readonly Entry[], request: FhirRequest, context: Context): Promise<ResponseEntry[]> {
  const fullUrls = new Set(entries.flatMap(({ fullUrl }) => fullUrl ?? []));
  const responses: ResponseEntry[] = [];
  for (const wave of inWaves(inProcessingOrder(entries))) {
    const limit = context.tx !== undefined ? 1 : mostAtOnce[mayShare(context) && wave.every(({ method }) => singleWrites.has(method)) ? 'shared' : 'apart'];
    await concurrently(wave, limit, async (entry) => void (responses[entry.index] = await runEntry(entry, fullUrls, request, context)));
  }
  return responses;
}

async function runEntry(entry: Entry, fullUrls: ReadonlySet<string>, request: FhirRequest, context: Context): Promise<ResponseEntry> {
  try {
    refuseDependence(entry, fullUrls, context);
    const run = async (): Promise<ResponseEntry> => entryOfResponse(await context.dispatch(requestOf(entry, request), context), entry, request);
    // A batch inside of a transaction is a dry run: its entries still fail each for itself.
    return await (context.tx === undefined ? run() : savepoint(context.tx, run));
  } catch (error) {
    if (context.tx !== undefined && (isRetryable(error) || error instanceof DefinitionsChanged)) throw error;
    const { status, body } = errorResponse(error, { log: context.log, requestId: context.exchange.requestId });
    return { response: { status: statusText(status), outcome: typeof body === 'string' ? body : outcomeText([issue('error', 'exception', 'No detail')]) } };
  }
}

/** Entries of a batch cannot refer to one another, and conditional references are for transactions only. */
function refuseDependence(entry: Entry, fullUrls: ReadonlySet<string>, context: Context): void {
  if (entry.resource === undefined) return;
  for (const { text, type } of context.findReferences(entry.resource)) {
    if (type !== 'Reference') continue;
    if (text.startsWith('urn:') && fullUrls.has(text)) {
      throw invalid(`In a batch an entry cannot refer to another one: "${text}"`, { expression: `${entry.expression}.resource` });
    }
    if (/^[A-Za-z]+\?/.test(text)) {
      throw invalid(`In a batch there are no conditional references: "${text}"`, { expression: `${entry.expression}.resource` });
    }
  }
}

