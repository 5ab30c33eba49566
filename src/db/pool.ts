/**
 * The database as three lanes of connections (read, search, write), so that one kind of work cannot starve another, and
 * transactions that run again when they fail to serialise.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ContentionExhausted, isRetryable } from './errors.ts';
import type { Signal } from './signal.ts';
import { rowsOf, transact, type Connections } from './transaction.ts';

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
   * Sends the statements together, or, once the transaction has begun, as they are given where they are large, and waits when all are sent; gives the rows of each. The first that fails is
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
  readonly signal?: Signal;
  /** Milliseconds to wait for a lock; a statement that has to wait longer fails with 55P03. */
  readonly lockTimeout?: number;
}

export interface Lane extends Queryable {
  /** How many connections have been opened so far. What is behind a new one may be another database, as when a standby takes over. */
  opened(): number;
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

interface LaneKind extends Omit<Connections, 'pool'> {
  /**
   * Sends statements without waiting for the answers before them. Of use to transactions of several statements; for single ones it costs a
   * second system call (a third fewer reads a second).
   */
  readonly pipeline: boolean;
}

/** A plan that is kept must do for a table of any size: one made while it was small may read all of it each time, until it is next analysed. Statements without a name are planned with their values (transaction.ts). */
const keptPlans = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off';

function openLane(options: PoolOptions, max: number, { pipeline, isGeneric, cancelling }: LaneKind): { lane: Lane; pool: pg.Pool } {
  const pool = new pg.Pool({
    ...connectionOf(options),
    max,
    // Connections are few and stay: a timer at every release is dearer than they are.
    idleTimeoutMillis: 0,
    options: `-c statement_timeout=${options.statementTimeout} -c jit=off -c timezone=UTC ${isGeneric ? keptPlans : '-c plan_cache_mode=auto'}`,
    pipeline,
  } as pg.PoolConfig);
  // A connection that breaks while idle leaves the pool by itself; without a listener the process would end.
  pool.on('error', () => {});
  let opened = 0;
  pool.on('connect', (client) => {
    opened++;
    // One that breaks while it is in use is known by the statement that fails; Postgres may say why between two statements.
    client.on('error', () => {});
  });
  const lane: Lane = {
    opened: () => opened,
    query: (statement) => rowsOf(pool, statement),
    transaction: (transactionOptions, run) => retried(() => transact({ pool, isGeneric, cancelling }, transactionOptions, run)),
  };
  return { lane, pool };
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
