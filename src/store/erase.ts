/** Versions taken out for good. The identity stays, since others may refer to it (sql/001). */
import type { Transaction } from '../db/pool.ts';

interface Found {
  rid: string;
  version: number;
}

/** Locks the resource: as a deletion does where all of it is to go. */
async function lock(tx: Transaction, type: string, id: string, isAlone: boolean): Promise<Found | undefined> {
  const [found] = await tx.query<Found>({
    name: isAlone ? 'lock_to_erase' : 'lock_history',
    text: `select rid, version from resource where type = $1 and id = $2 and version > 0 for ${isAlone ? 'update' : 'no key update'}`,
    values: [type, id],
  });
  return found;
}

export interface Erased {
  /** The current version, which stays. */
  readonly current: number;
  readonly count: number;
}

/**
 * Erases superseded versions.
 * @param version only this one
 * @returns how many; undefined where there never was such a resource
 */
export async function eraseHistory(tx: Transaction, type: string, id: string, version?: number): Promise<Erased | undefined> {
  const found = await lock(tx, type, id, false);
  if (found === undefined) return undefined;
  const rows = await tx.query({
    name: 'erase_history', text: 'delete from resource_history where rid = $1 and ($2::integer is null or version = $2) returning version', values: [found.rid, version ?? null],
  });
  return { current: found.version, count: rows.length };
}

/**
 * Erases every version of a resource that is deleted already, its deletion among them: it is as one that was only ever referred to.
 * @returns how many; undefined where there never was such a resource
 */
export async function eraseDeleted(tx: Transaction, type: string, id: string): Promise<number | undefined> {
  const found = await lock(tx, type, id, true);
  if (found === undefined) return undefined;
  const rows = await tx.query({ name: 'erase_versions', text: 'delete from resource_history where rid = $1 returning version', values: [found.rid] });
  await tx.query({ name: 'erase_current', text: "update resource set version = 0, method = null, tx = pg_current_xact_id(), last_updated = now() where rid = $1 and body is null", values: [found.rid] });
  return rows.length + 1;
}
