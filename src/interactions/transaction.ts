/** transaction and batch: a Bundle of requests, all or nothing, or each for itself. R4: http.html#transaction. */
import type { Context } from '../context.ts';
import { inSlices, inSteps } from '../db/slices.ts';
import { bundleText, readBundle, type RequestEntry, type ResponseEntry } from '../fhir/bundle.ts';
import { compactJsonInSteps } from '../fhir/json/scan.ts';
import { findMember, stringAt } from '../fhir/json/walk.ts';
import { badValue, invalid, required } from '../fhir/outcome.ts';
import { defineInteraction, type FhirRequest } from '../rest/endpoint.ts';
import { fhirJson } from '../rest/media-types.ts';
import { parsePreferences } from '../rest/preferences.ts';
import { queryParameters } from '../rest/query-parameters.ts';
import { refuseParameters } from '../rest/parameters.ts';
import { runBatch } from './transaction/batch.ts';
import { readEntry, type Entry } from './transaction/entry.ts';
import { runHistory } from './transaction/history.ts';
import { runTransaction } from './transaction/run.ts';
import { sampleTransaction } from './transaction/sample.ts';

export const transaction = defineInteraction({
  code: 'transaction',
  also: ['batch'],
  method: ['POST'],
  path: '/',
  summary: 'Carry out a Bundle of requests: a transaction as a whole or not at all, a batch each for itself',
  takes: { parameters: [queryParameters['-dry-run']], prefer: ['return'], body: { [fhirJson]: sampleTransaction } },
  answers: { content: 'Bundle', bundle: 'transaction-response', status: [200, 412, 422] },
  async handler(request, context) {
    refuseParameters(request);
    if (request.body === undefined) throw required('A Bundle is expected in the body, and there is none');
    const compact = await inSteps(compactJsonInSteps(request.body.bytes));
    requireBundle(compact.bytes);
    const { type, entries } = await inSteps(readBundle(compact.bytes));
    const run = runners[type ?? ''];
    if (type === undefined) throw required('The Bundle has no type; "batch" or "transaction" is expected here', { expression: 'Bundle.type' });
    if (run === undefined || (type === 'history' && !context.settings.historyImport)) {
      throw badValue(`A Bundle of type "${type}" is not carried out; to store it, POST it to ${request.base}/Bundle`, { expression: 'Bundle.type' });
    }
    const responses = await run(entries, request, context, compact.canonicalNumbers);
    const preference = parsePreferences(request.headers['prefer']).return;
    return {
      status: 200,
      headers: preference === undefined ? {} : { 'preference-applied': `return=${preference}` },
      body: bundleText({ type: type === 'batch' ? 'batch-response' : 'transaction-response', lastUpdated: new Date(), entries: responses }),
    };
  },
});

type Rest = [request: FhirRequest, context: Context, canonicalNumbers: boolean];
type Runner = (entries: readonly RequestEntry[], ...rest: Rest) => Promise<ResponseEntry[]>;

const reading = (run: (entries: readonly Entry[], ...rest: Rest) => Promise<ResponseEntry[]>): Runner => async (entries, request, context, canonicalNumbers) =>
  run(await inSlices(entries, (entry, n) => readEntry(entry, n, request, context)), request, context, canonicalNumbers);

const runners: Readonly<Record<string, Runner>> = {
  batch: reading(runBatch),
  transaction: reading(runTransaction),
  history: runHistory,
};

function requireBundle(bytes: Buffer): void {
  const type = bytes[0] === 0x7b ? findMember(bytes, 0, 'resourceType') : undefined;
  if (type === undefined || bytes[type.start] !== 0x22) throw invalid('The body is not a resource');
  const name = stringAt(bytes, type.start, type.end);
  if (name !== 'Bundle') throw invalid(`A Bundle is expected here, and the body is a "${name.slice(0, 80)}"`, { expression: 'resourceType' });
}

