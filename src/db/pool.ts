/**
 * The database as three lanes of connections (read, search, write), so that one kind of work cannot starve another, and
 * transactions that run again when they fail to serialise.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { sendTogether } from './batch.ts';
import { ContentionExhausted, isRetryable, translated } from './errors.ts';
import { createPause } from './slices.ts';

/** A statement with its values; with a name it is prepared once a connection. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly name?: string;
}

export interface Queryable {
  /** @returns the rows; throws DatabaseUnavailable, StatementTimeout or Postgres's own error */
  query<R extends object>(statement: Statement): Promise<R[]>;
}

export interface Transaction extends Queryable {
  /**
   * Sends the statements together, or as they are given where they are large, and waits when all are sent; gives the rows of each. The first that fails is
   * thrown. Between statements that take long to make others get their turn, and where much is on its way it waits for that first.
   * @param isLast whether nothing depends on what they give: the end of the transaction is sent right behind them, and waited for when `run` returns
   */
  pipeline(statements: Iterable<Statement>, isLast?: boolean): Promise<object[][]>;
  /** Has `run` called once the transaction is committed, and not where it is rolled back. It must not throw. */
  afterCommit(run: () => void): void;
}

export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read';
  readonly readOnly?: boolean;
  /** Undoes what was done, and gives its result all the same. */
  readonly rollback?: boolean;
  /** Cancels the statement under way when it aborts. */
  readonly signal?: AbortSignal;
  /** Milliseconds to wait for a lock; a statement that has to wait longer fails with 55P03. */
  readonly lockTimeout?: number;
}

export interface Lane extends Queryable {
  /**
   * Runs in one transaction: commits what `run` did (unless `rollback`), or rolls back and throws what it threw. Where Postgres refuses it with
   * 40001 or 40P01 it is run again, up to {@link attempts} times; then throws ContentionExhausted.
   */
  transaction<T>(options: TransactionOptions, run: (tx: Transaction) => Promise<T>): Promise<T>;
}

export interface Database {
  readonly read: Lane;
  readonly search: Lane;
  readonly write: Lane;
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly connectionString: string;
  /** Connections of all lanes together, at least 3. One more is opened for a moment where statements are to be cancelled. */
  readonly max: number;
  /** Milliseconds that a statement may take. */
  readonly statementTimeout: number;
  /** Milliseconds to wait for a connection. */
  readonly connectionTimeout?: number;
}

export const attempts = 8;

/** @returns the lanes; connections are opened when they are first needed */
export function openDatabase(options: PoolOptions): Database {
  // Reads are short and many; writes hold their connection for two or three round trips; searches may be long.
  const share = (part: number): number => Math.max(1, Math.floor(options.max * part));
  // Not one of a lane's: all of them may be held by what is to be cancelled.
  const cancelling = new pg.Pool({ ...connectionOf(options), max: 1, idleTimeoutMillis: 1_000 });
  cancelling.on('error', () => {});
  const read = openLane(options, share(0.3), { pipeline: false, isGeneric: false, cancelling });
  const search = openLane(options, share(0.3), { pipeline: false, isGeneric: false, cancelling });
  const write = openLane(options, Math.max(1, options.max - share(0.3) * 2), { pipeline: true, isGeneric: true, cancelling });
  return { read: read.lane, search: search.lane, write: write.lane, close: async () => void (await Promise.all([read.pool, search.pool, write.pool, cancelling].map((pool) => pool.end()))) };
}

const connectionOf = ({ connectionString, connectionTimeout = 10_000 }: PoolOptions): pg.PoolConfig =>
  ({ connectionString, connectionTimeoutMillis: connectionTimeout, keepAlive: true, application_name: 'verbatim' });

interface LaneKind {
  /**
   * Sends statements without waiting for the answers before them. Of use to transactions of several statements; for single ones it costs a
   * second system call (a third fewer reads a second).
   */
  readonly pipeline: boolean;
  /**
   * Plans of prepared statements are kept, whatever their values: those of writes go by rids and ids alone, and Postgres would plan them anew each
   * time, since it takes an array for ten values where it does not know it. Other statements in a transaction are planned with their values all the same.
   */
  readonly isGeneric: boolean;
  /** Asks Postgres to cancel a statement. */
  readonly cancelling: pg.Pool;
}

function openLane(options: PoolOptions, max: number, { pipeline, isGeneric, cancelling }: LaneKind): { lane: Lane; pool: pg.Pool } {
  const pool = new pg.Pool({
    ...connectionOf(options),
    max,
    // Connections are few and stay: a timer at every release is dearer than they are.
    idleTimeoutMillis: 0,
    options: `-c statement_timeout=${options.statementTimeout} -c jit=off -c timezone=UTC -c plan_cache_mode=${isGeneric ? 'force_generic_plan' : 'auto'}`,
    pipeline,
  } as pg.PoolConfig);
  // A connection that breaks while idle leaves the pool by itself; without a listener the process would end.
  pool.on('error', () => {});
  // One that breaks while it is in use is known by the statement that fails; Postgres may say why between two statements.
  pool.on('connect', (client) => client.on('error', () => {}));
  const lane: Lane = {
    query: (statement) => rowsOf(pool, statement),
    transaction: (transactionOptions, run) => retried(() => once({ pool, isGeneric, cancelling }, transactionOptions, run)),
  };
  return { lane, pool };
}

async function rowsOf<R extends object>(target: pg.Pool | pg.PoolClient, { text, values, name }: Statement): Promise<R[]> {
  try {
    const result = await target.query<R>({ text, ...(values !== undefined && { values: [...values] }), ...(name !== undefined && { name }) });
    return result.rows;
  } catch (error) {
    throw translated(error);
  }
}

async function retried<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (!isRetryable(error)) throw error;
      if (attempt === attempts) throw new ContentionExhausted('The transaction met others too often', { cause: error });
      await sleep(Math.random() * 2 ** attempt);
    }
  }
}

async function once<T>({ pool, isGeneric, cancelling }: Omit<LaneKind, 'pipeline'> & { readonly pool: pg.Pool }, options: TransactionOptions, run: (tx: Transaction) => Promise<T>): Promise<T> {
  options.signal?.throwIfAborted();
  const client = await pool.connect().catch((error: unknown) => {
    throw translated(error);
  });
  const cancellation = createCancellation(cancelling, client);
  options.signal?.addEventListener('abort', cancellation.begin, { once: true });
  let broken = false;
  let ended: Promise<object[]> | undefined;
  try {
    // Not waited for: it goes out with the first statement.
    const begun = rowsOf(client, { text: beginText(options) });
    let notBegun: { readonly error: unknown } | undefined;
    begun.catch((error: unknown) => void (notBegun = { error }));
    const alive = (): void => {
      options.signal?.throwIfAborted();
      // Nothing more may follow that would be carried out without a transaction.
      if (notBegun !== undefined) throw notBegun.error;
      if (ended !== undefined) throw new Error('The transaction has ended');
    };
    const committed: (() => void)[] = [];
    let arePlansKept = isGeneric;
    const prepare = (statements: readonly Statement[]): void => {
      if (!arePlansKept || statements.every(({ name }) => name !== undefined)) return;
      arePlansKept = false;
      rowsOf(client, { text: 'set local plan_cache_mode = auto' }).catch(() => {});
    };
    const end = (): Promise<object[]> => {
      // Thrown where it is waited for.
      (ended = rowsOf(client, { text: options.rollback === true ? 'rollback' : 'commit' })).catch(() => {});
      return ended;
    };
    const tx: Transaction = {
      afterCommit: (call) => void committed.push(call),
      async query<R extends object>(statement: Statement) {
        alive();
        prepare([statement]);
        return rowsOf<R>(client, statement);
      },
      async pipeline(statements, isLast = false) {
        alive();
        // Without a transaction they would be kept as they are.
        if (isLast) await begun;
        return pipeline((some) => {
          prepare(some);
          return sendTogether(client, some).catch((error: unknown) => {
            throw translated(error);
          });
        }, statements, isLast ? end : () => {});
      },
    };
    const result = await run(tx);
    await begun;
    await (ended ?? end());
    if (options.rollback !== true) for (const call of committed) call();
    return result;
  } catch (error) {
    await cancellation.end();
    // An end that was sent behind what failed has rolled it back.
    broken = await (ended ?? client.query('rollback')).then(() => false, () => true);
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', cancellation.begin);
    // What is still on its way would meet the next one to use the connection.
    await cancellation.end();
    client.release(broken);
  }
}

const beginText = ({ isolation = 'read committed', readOnly = false, lockTimeout }: TransactionOptions): string =>
  `begin isolation level ${isolation}${readOnly ? ' read only' : ''}${lockTimeout === undefined ? '' : `; set local lock_timeout = ${lockTimeout}`}`;

/** Bytes of values, about: of statements that are sent together, and on their way to Postgres. */
const most = { together: 2 ** 17, onTheWay: 8 * 2 ** 20 };

type Send = (statements: readonly Statement[]) => Promise<object[][]>;

/** @param sent called when all have been sent, before they are waited for */
async function pipeline(send: Send, statements: Iterable<Statement>, sent: () => void): Promise<object[][]> {
  const answers: Promise<object[][]>[] = [];
  const pause = createPause();
  let [some, bytes, onTheWay]: [Statement[], number, number] = [[], 0, 0];
  const go = (): void => {
    if (some.length === 0) return;
    const answer = send(some);
    // Thrown below; until then nobody waits for it.
    answer.catch(() => {});
    answers.push(answer);
    [some, bytes, onTheWay] = [[], 0, onTheWay + bytes];
  };
  for (const statement of statements) {
    some.push(statement);
    for (const value of statement.values ?? []) if (value instanceof Buffer) bytes += value.length;
    const due = pause();
    if (bytes > most.together || due !== undefined) go();
    if (onTheWay > most.onTheWay) {
      await answers.at(-1)!.catch(() => {});
      onTheWay = 0;
    }
    if (due !== undefined) await due;
  }
  go();
  sent();
  const results = await Promise.allSettled(answers);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.flatMap((result) => (result as PromiseFulfilledResult<object[][]>).value);
}

/** Milliseconds until a cancellation is asked for again: one that arrives before its statement is lost. */
const cancellationInterval = 100;

/** Asks Postgres to cancel what the client is running, until it has ended; over another connection, since its own is busy. */
function createCancellation(pool: pg.Pool, client: pg.PoolClient): { begin: () => void; end: () => Promise<void> } {
  const { processID } = client as unknown as { processID: number | null };
  let timer: NodeJS.Timeout | undefined;
  let pending: Promise<unknown> | undefined;
  // One at a time: none may be left behind to meet the next transaction of the connection.
  const ask = (): void => {
    pending ??= pool.query('select pg_cancel_backend($1)', [processID]).catch(() => {}).finally(() => (pending = undefined));
  };
  return {
    begin() {
      if (processID === null) return;
      ask();
      timer = setInterval(ask, cancellationInterval);
    },
    async end() {
      clearInterval(timer);
      await pending;
    },
  };
}
