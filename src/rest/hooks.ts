/** Calls the hooks of src/hooks.ts, and takes what they give. */
import type { Context } from '../context.ts';
import type { Transaction } from '../db/pool.ts';
import { compactJson } from '../fhir/json/scan.ts';
import { FhirError, issue, type IssueType } from '../fhir/outcome.ts';
import type { HookTools, HookWrite } from '../hooks.ts';
import { newId } from '../store/identity.ts';
import { current } from '../store/read.ts';
import type { Committed } from '../store/write.ts';
import type { PlacedWrite } from './commit.ts';
import { contentFrom } from './content.ts';
import type { FhirRequest } from './endpoint.ts';

const codes: Readonly<Record<number, IssueType>> = { 401: 'login', 403: 'forbidden', 404: 'not-found', 409: 'conflict', 422: 'business-rule', 429: 'throttled' };

const toolsOf = ({ exchange: { requestId } }: Context): HookTools => ({
  requestId,
  refuse(status, diagnostics) {
    if (!Number.isInteger(status) || status < 400 || status > 499) return new RangeError(`A hook refused with the status ${status}`);
    return new FhirError(status, [issue('error', codes[status] ?? 'processing', diagnostics)]);
  },
});

/** @throws what the hook throws */
export async function authorise({ method, path, parameters, headers }: FhirRequest, context: Context): Promise<void> {
  await context.hooks.authorise?.({ method, path, parameters, headers }, toolsOf(context));
}

/** @returns creations that the hook wants in the same transaction; throws what it throws */
export async function beforeCommit(tx: Transaction, writes: readonly PlacedWrite[], context: Context): Promise<PlacedWrite[]> {
  if (context.hooks.beforeCommit === undefined || writes.length === 0) return [];
  const read = async (type: string, id: string): Promise<string | undefined> => (await current(tx, type, id))?.body ?? undefined;
  const shown = writes.map(({ method, type, id, content }): HookWrite => ({ method, type, id, ...(content && { text: content.text.toString() }) }));
  const added = (await context.hooks.beforeCommit(shown, { ...toolsOf(context), read })) ?? [];
  // The one resource that is not text yet: a hook gives an object.
  return added.map((resource) => {
    const type = String(resource.resourceType);
    return { method: 'POST', type, id: newId(), fresh: true, expression: type, content: contentFrom(compactJson(Buffer.from(JSON.stringify(resource))), type, context, type) };
  });
}

/** Has the hook called with what was changed, once the transaction is committed; nobody waits for it. */
export function afterCommit(tx: Transaction, writes: readonly PlacedWrite[], committed: readonly Committed[], context: Context): void {
  const { hooks, log, exchange: { requestId } } = context;
  if (hooks.afterCommit === undefined) return;
  const changes = committed.flatMap(({ changed, type, id, version, lastUpdated, body }, n) =>
    (changed ? [{ method: writes[n]!.method, type, id, version, lastUpdated, ...(body !== undefined && { text: String(body) }) }] : []));
  if (changes.length === 0) return;
  tx.afterCommit(() => {
    // Also what it throws at once.
    Promise.resolve().then(() => hooks.afterCommit!(changes, { requestId })).catch((error: unknown) => log.error({ requestId, error: String(error) }, 'the hook afterCommit failed'));
  });
}
