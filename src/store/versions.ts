/** Versions that another server has made, put among those that are here. */
import { int8Array } from '../db/arrays.ts';
import type { Transaction } from '../db/pool.ts';
import { stamp, unstamped } from '../fhir/json/splice.ts';
import { closeGapsStatement, insertSupersededStatement } from './bodies.ts';
import type { Identity, Locked } from './identities.ts';
import type { Content, Write } from './write.ts';

export interface Version extends Identity {
  readonly method: Write['method'];
  readonly version: number;
  readonly lastUpdated: Date;
  /** Absent: a deletion. */
  readonly content?: Content;
}

export interface StoredVersion {
  readonly lastUpdated: Date;
  readonly body: string | null;
}

/** @returns by rid and version all versions of the resources that are locked, the current ones too */
export async function versionsOf(tx: Transaction, locked: readonly Locked[]): Promise<Map<bigint, Map<number, StoredVersion>>> {
  const found = new Map(locked.map(({ rid, version, lastUpdated, body }) => [rid, new Map(version > 0 ? [[version, { lastUpdated, body }]] : [])]));
  const superseded = locked.length === 0 ? [] : await tx.query<{ rid: string; version: number; last_updated: Date; body: string | null }>({
    name: 'versions_of', text: 'select rid, version, last_updated, body from resource_history where rid = any($1::bigint[])', values: [int8Array([...found.keys()])],
  });
  for (const { rid, version, last_updated, body } of superseded) found.get(BigInt(rid))!.set(version, { lastUpdated: last_updated, body });
  return found;
}

/** Token for token, and of the same time. */
export const isSameVersion = ({ content, lastUpdated }: Version, stored: StoredVersion): boolean =>
  lastUpdated.getTime() === stored.lastUpdated.getTime()
  && (content === undefined || stored.body === null ? content === undefined && stored.body === null : unstamped(content.text).equals(unstamped(Buffer.from(stored.body))));

/**
 * Inserts versions that a newer one follows, and has each version of their resources end where the next begins.
 * @param current those that were committed just before, so that the ends of the versions before them are to be looked at too
 */
export async function insertSuperseded(tx: Transaction, versions: readonly Version[], current: readonly Identity[]): Promise<void> {
  if (versions.length === 0 && current.length === 0) return;
  const rows = versions.map(({ type, id, method, version, lastUpdated, content }) => ({
    type, id, method, version, lastUpdated,
    body: content === undefined ? null : stamp(content.text, { id, versionId: String(version), lastUpdated: lastUpdated.toISOString() }),
  }));
  await tx.pipeline([...(rows.length > 0 ? [insertSupersededStatement(rows)] : []), closeGapsStatement([...versions, ...current])]);
}
