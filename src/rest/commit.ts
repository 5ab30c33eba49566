/** Committing a handler's writes: inside the transaction Bundle that is under way, or in a transaction of their own. */
import type { Context } from '../context.ts';
import type { Transaction } from '../db/pool.ts';
import { commit, type Committed, type Write } from '../store/write.ts';

/**
 * @returns what became of the one write
 * @throws FhirError of the write's precondition
 */
export async function commitOne(context: Context, write: Write): Promise<Committed> {
  const [committed] = await inTransaction(context, (tx) => commit(tx, [write], context.index));
  return committed!;
}

/** Runs in the transaction under way, else in a new one of the write lane, which is retried when it fails to serialise. */
export const inTransaction = <T>(context: Context, run: (tx: Transaction) => Promise<T>): Promise<T> =>
  context.tx === undefined ? context.db.write.transaction({ signal: context.exchange.signal }, run) : run(context.tx);
