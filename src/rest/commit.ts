/** The one way from a handler to the store: the transaction of its writes, and what is checked around them. */
import type { Context } from '../context.ts';
import type { Transaction } from '../db/pool.ts';
import { isConformance } from '../fhir/conformance-resource.ts';
import type { Issue } from '../fhir/outcome.ts';
import { planChange, type ChangedParameter, type DefinitionsChange } from '../search/posted.ts';
import { changeStatement } from '../store/definitions-change.ts';
import type { Held } from '../store/identities.ts';
import { commit, type Committed, type Write } from '../store/write.ts';
import { afterCommit, beforeCommit } from './hooks.ts';
import { checkIntegrity } from './integrity.ts';

/** A write, and where its resource stands for outcomes. */
export interface PlacedWrite extends Write {
  /** `Patient`, or `Bundle.entry[3].resource`. */
  readonly expression: string;
  /** `Bundle.entry[3]`; absent for a request of its own. */
  readonly entry?: string;
}

/** What became of a write, and what its answer is to say besides. */
export interface Written extends Committed {
  readonly issues: readonly Issue[];
}

/**
 * Commits a write that depends on nothing but its own row: together with those of other clients, where nothing of the transaction under way, of
 * the definitions, of hooks or of other resources is concerned; else in a transaction of its own.
 */
export async function commitAlone(write: PlacedWrite, context: Context): Promise<Written> {
  if (mayShare(context) && write.type !== 'SearchParameter' && !isConformance(write)) {
    return { ...(await context.groupCommit.write(write, context.index, context.exchange.signal)), issues: [] };
  }
  const [written] = await inTransaction(context, (own) => commitWrites(own, [write], context));
  return written!;
}

/** Whether single writes are committed together with those of others. */
export const mayShare = ({ tx, hooks, settings: { referentialIntegrity } }: Context): boolean =>
  tx === undefined && hooks.beforeCommit === undefined && hooks.afterCommit === undefined && referentialIntegrity === 'off';

/** Runs in the transaction under way, else in a new one of the write lane, which is retried when it fails to serialise. */
export const inTransaction = <T>(context: Context, run: (tx: Transaction) => Promise<T>): Promise<T> =>
  (context.tx !== undefined ? run(context.tx) : context.db.write.transaction({ signal: context.exchange.signal }, (tx) => carryOutChange(tx, context, () => run(tx))));

/** Runs, and carries out at the end of the transaction what was changed in the definitions. */
export async function carryOutChange<T>(tx: Transaction, { pending }: Context, run: () => Promise<T>): Promise<T> {
  // Of an attempt before.
  pending.change = undefined;
  const result = await run();
  if (pending.change !== undefined) await tx.query(changeStatement(pending.change));
  return result;
}

/**
 * @param held what the transaction has locked already: every write's identity, unless it is fresh
 * @returns what became of each write, in their order
 * @throws FhirError 400 or 409 for a SearchParameter that cannot be used; 422 or 409 where a write would break a reference and REFERENTIAL_INTEGRITY enforces them; whatever a write's check throws
 */
export async function commitWrites(tx: Transaction, writes: readonly PlacedWrite[], context: Context, held?: Held): Promise<Written[]> {
  const all = [...writes, ...(await beforeCommit(tx, writes, context))];
  const parameters = changeOf(all, context);
  const committed = await commit(tx, all, context.index, { held, isAlone: parameters !== undefined, rids: context.rids });
  const change = parameters ?? (all.some((write, n) => isConformance(write) && committed[n]!.changed) ? nothingSearched : undefined);
  if (change !== undefined) context.pending.change = context.pending.change === undefined ? change : joined(context.pending.change, change);
  const issues = await checkIntegrity(tx, all, committed, context);
  afterCommit(tx, all, committed, context);
  return committed.slice(0, writes.length).map((one, n) => ({ ...one, issues: issues[n]! }));
}

const joined = (a: DefinitionsChange, b: DefinitionsChange): DefinitionsChange =>
  ({ gone: [...a.gone, ...b.gone], put: [...a.put, ...b.put], types: [...new Set([...a.types, ...b.types])] });

/**
 * What resources are validated by changes the version and no row of the index: who began before it ends before it, so that nobody needs to
 * be kept out meanwhile.
 */
const nothingSearched: DefinitionsChange = { gone: [], put: [], types: [] };

/** SearchParameters in use are part of the definitions. */
function changeOf(writes: readonly PlacedWrite[], { definitions }: Context): DefinitionsChange | undefined {
  const changes = writes.filter(({ type }) => type === 'SearchParameter')
    .map(({ id, content, expression }): ChangedParameter => ({ id, path: expression, ...(content !== undefined && { resource: content.resource }) }));
  return changes.length === 0 ? undefined : planChange(changes, definitions);
}
