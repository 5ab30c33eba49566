/** Has Postgres cancel what a connection is running. */
import type pg from 'pg';

/** Milliseconds until a cancellation is asked for again: one that arrives before its statement is lost. */
const cancellationInterval = 100;

/** Asks Postgres to cancel what the client is running, until it has ended; over another connection, since its own is busy. */
export function createCancellation(pool: pg.Pool, client: pg.PoolClient): { begin: () => void; end: () => Promise<void> } {
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
