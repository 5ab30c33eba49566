/** One transaction: what is sent with its begin and behind its end, and what becomes of the connection. */
import type pg from 'pg';
import { sendTogether } from './batch.ts';
import { createCancellation } from './cancellation.ts';
import { translated } from './errors.ts';
import { pipeline } from './pipeline.ts';
import type { Statement, Transaction, TransactionOptions } from './pool.ts';

export interface Connections {
  readonly pool: pg.Pool;
  /**
   * Plans of prepared statements are kept, whatever their values: those of writes go by rids and ids alone, and Postgres would plan them anew each
   * time, since it takes an array for ten values where it does not know it. Other statements in a transaction are planned with their values all the same.
   */
  readonly isGeneric: boolean;
  /** Asks Postgres to cancel a statement. */
  readonly cancelling: pg.Pool;
}

/** @returns the rows; throws DatabaseUnavailable, StatementTimeout or Postgres's own error */
export async function rowsOf<R extends object>(target: pg.Pool | pg.PoolClient, { text, values, name }: Statement): Promise<R[]> {
  try {
    const result = await target.query<R>({ text, ...(values !== undefined && { values: [...values] }), ...(name !== undefined && { name }) });
    return result.rows;
  } catch (error) {
    throw translated(error);
  }
}

/** Runs in one transaction of a connection of the pool: Lane.transaction, without running again. */
export async function transact<T>({ pool, isGeneric, cancelling }: Connections, options: TransactionOptions, run: (tx: Transaction) => Promise<T>): Promise<T> {
  options.signal?.throwIfAborted();
  const client = await pool.connect().catch((error: unknown) => {
    throw translated(error);
  });
  const cancellation = createCancellation(cancelling, client);
  options.signal?.addEventListener('abort', cancellation.begin, { once: true });
  let broken = false;
  let begun: Promise<unknown> | undefined;
  let ended: Promise<object[]> | undefined;
  let arePlansKept = isGeneric;
  /** What goes before the first statements, with them and not waited for: if it fails in one message with them, they are passed over. */
  const ahead = (statements: readonly Statement[]): Statement[] => {
    const first = begun === undefined ? beginStatements(options) : [];
    const areToBeKept = isGeneric && statements.every(({ name }) => name !== undefined);
    if (areToBeKept !== arePlansKept) first.push(planning(areToBeKept));
    arePlansKept = areToBeKept;
    return first;
  };
  let notBegun: { readonly error: unknown } | undefined;
  const begin = (sent: Promise<unknown>): void => {
    if (begun !== undefined) return;
    begun = sent;
    begun.catch((error: unknown) => void (notBegun = { error }));
  };
  const alive = (): void => {
    options.signal?.throwIfAborted();
    // Nothing more may follow that would be carried out without a transaction.
    if (notBegun !== undefined) throw notBegun.error;
    if (ended !== undefined) throw new Error('The transaction has ended');
  };
  const end = (): Promise<object[]> => {
    // Thrown where it is waited for.
    (ended = begun === undefined ? Promise.resolve([]) : rowsOf(client, { text: options.rollback === true ? 'rollback' : 'commit' })).catch(() => {});
    return ended;
  };
  const send = (some: readonly Statement[]): Promise<object[][]> => {
    const first = ahead(some);
    const sent = sendTogether(client, [...first, ...some]).catch((error: unknown) => {
      throw translated(error);
    });
    begin(sent);
    return first.length === 0 ? sent : sent.then((rows) => rows.slice(first.length));
  };
  try {
    const committed: (() => void)[] = [];
    const tx: Transaction = {
      afterCommit: (call) => void committed.push(call),
      async query<R extends object>(statement: Statement) {
        // Without a transaction it would be kept as it is. Nothing is waited for where nothing was sent: of two calls in one turn the second is to see the first.
        if (begun !== undefined) await begun;
        alive();
        if (begun === undefined) return (await send([statement]))[0] as R[];
        for (const one of ahead([statement])) rowsOf(client, one).catch(() => {});
        return rowsOf<R>(client, statement);
      },
      async pipeline(statements, isLast = false) {
        if (begun !== undefined) await begun;
        alive();
        return pipeline(send, statements, () => begun, isLast ? end : () => {});
      },
    };
    const result = await run(tx);
    await begun;
    await (ended ?? end());
    if (options.rollback !== true) for (const call of committed) call();
    return result;
  } catch (error) {
    await cancellation.end();
    // An end that was sent behind what failed has rolled it back. Whatever of `run` goes on finds that it has ended.
    ended ??= begun === undefined ? Promise.resolve([]) : rowsOf(client, { text: 'rollback' });
    broken = await ended.then(() => false, () => true);
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', cancellation.begin);
    // What is still on its way would meet the next one to use the connection.
    await cancellation.end();
    client.release(broken);
  }
}

/** As the connection has it (pool.ts), or as a statement needs that is planned with its values. A kept plan lasts longer than the transaction, and is made as if in any. */
const planning = (isKept: boolean): Statement => ({
  name: isKept ? 'kept_plans' : 'own_plans',
  text: `select set_config('plan_cache_mode', '${isKept ? 'force_generic_plan' : 'auto'}', true), set_config('enable_seqscan', '${isKept ? 'off' : 'on'}', true)`,
});

const beginStatements = ({ isolation = 'read committed', readOnly = false, lockTimeout }: TransactionOptions): Statement[] => [
  { name: `begin_${isolation}${readOnly ? '_read_only' : ''}`.replace(' ', '_'), text: `begin isolation level ${isolation}${readOnly ? ' read only' : ''}` },
  ...(lockTimeout === undefined ? [] : [{ name: `lock_timeout_${lockTimeout}`, text: `set local lock_timeout = ${lockTimeout}` }]),
];
