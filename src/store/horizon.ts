/**
 * The horizon: the time below which every change is visible, and no other can be made. ARCHITECTURE.md "Time".
 *
 * Stamps precede commits, and clocks are set back. Whoever polls by `_since` or `_lastUpdated` is told a horizon and asks from there on,
 * so that nothing may be stamped below it afterwards. Three things hold that, whatever the clock does:
 *
 * - a horizon is recorded in the database before it is told (sql/003_change_horizon.sql);
 * - a writer first shows as one, by its transaction id, then reads what is recorded: its stamp is neither below that nor below
 *   the start of its transaction (identities.ts `stampStatement`, sql/004 `begin_writing`);
 * - what is told ends below the start of every transaction that shows as a writer behind the recording.
 */
import type { Queryable } from '../db/pool.ts';

export interface Horizon {
  /**
   * All that was committed a millisecond before the call is below it, unless a writer that began earlier is still open. To be called before
   * the snapshot that is read is taken. Two short statements, the first of which is flushed to Postgres's log.
   */
  now(): Promise<Date>;
  /** One that was found at most a second ago: for answers that are not cut at it, and only say until when they are complete. */
  recent(): Promise<Date>;
}

/** Milliseconds for which a horizon is recent. */
const lifetime = 1_000;

/** @param db a lane that does not wait for writers */
export function createHorizon(db: Queryable): Horizon {
  let last: { readonly since: number; readonly value: Promise<Date> } | undefined;
  return {
    now: () => find(db),
    recent() {
      if (last !== undefined && performance.now() - last.since < lifetime) return last.value;
      const asked = { since: performance.now(), value: find(db) };
      last = asked;
      asked.value.catch(() => {
        if (last === asked) last = undefined;
      });
      return asked.value;
    },
  };
}

async function find(db: Queryable): Promise<Date> {
  const [recorded] = await db.query<{ horizon: string }>({ name: 'advance_horizon', text: 'select advance_change_horizon() as horizon' });
  const [open] = await db.query<{ since: Date | null }>({
    name: 'open_writers',
    // Those who record a horizon have a transaction id too, and stamp nothing.
    text: `select date_trunc('milliseconds', min(xact_start)) as since from pg_stat_activity
      where backend_xid is not null and datname = current_database() and backend_type = 'client backend' and query not like 'select advance_change_horizon%'`,
  });
  return new Date(Math.min(Number(recorded!.horizon), open?.since?.getTime() ?? Infinity));
}
