/** The transaction of a handler's writes: the transaction Bundle's that is under way, or one of their own. */
import type { Context } from '../context.ts';
import type { Transaction } from '../db/pool.ts';

/** Runs in the transaction under way, else in a new one of the write lane, which is retried when it fails to serialise. */
export const inTransaction = <T>(context: Context, run: (tx: Transaction) => Promise<T>): Promise<T> =>
  context.tx === undefined ? context.db.write.transaction({ signal: context.exchange.signal }, run) : run(context.tx);
