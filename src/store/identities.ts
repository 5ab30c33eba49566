/**
 * The identity rows of the resources that a commit writes or refers to: locked, found, or given a rid.
 *
 * Locks are taken in the order of rid, and inserts of what another may insert as well are made in the order of (type, id), so that two commits wait for one another
 * in one direction only: no deadlock can arise between them.
 */
import { textArray } from '../db/arrays.ts';
import type { Statement, Transaction } from '../db/pool.ts';
import type { SearchIndex } from '../search/extract.ts';
import { definitionsLock, requireVersion } from './definitions-lock.ts';

export interface Identity {
  readonly type: string;
  readonly id: string;
}

/** What is to be locked, and for what. */
export interface Lockable extends Identity {
  readonly method?: 'POST' | 'PUT' | 'DELETE';
}

/** A resource's row as found under lock. */
export interface Locked {
  readonly rid: bigint;
  /** 0: only referenced so far. */
  readonly version: number;
  readonly lastUpdated: Date;
  readonly method: 'POST' | 'PUT' | 'DELETE' | null;
  readonly body: string | null;
}

export const identityKey = (type: string, id: string): string => `${type}/${id}`;

export interface LockedRow {
  /** The text is larger than asked for, and left out. */
  withheld?: boolean;
  rid: string;
  type: string;
  id: string;
  version: number;
  last_updated: Date;
  method: Locked['method'];
  body: string | null;
}

/** Bytes of the largest text that is written, or read, together with those of other clients. */
export const largestShared = 2 ** 17;

/**
 * Locks the rows that exist, deletions and absent ones included; gives {@link LockedRow}s. Where any is to be deleted they are locked
 * against those who hold it as the target of a reference too (integrity.ts).
 * @param isShared whether texts that are large are withheld
 */
export function lockStatement(identities: readonly Lockable[], isShared = false): Statement {
  const isStrong = identities.some(({ method }) => method === 'DELETE');
  return {
    name: `${isStrong ? 'lock_alone' : 'lock'}${isShared ? '_shared' : ''}`,
    text: `select r.rid, r.type, r.id, r.version, r.last_updated, r.method, ${isShared ? `case when octet_length(r.body) <= ${largestShared} then r.body end as body, octet_length(r.body) > ${largestShared} as withheld` : 'r.body'}
      from unnest($1::text[], $2::text[]) as i(type, id) join resource r on r.type = i.type::resource_type and r.id = i.id
      order by r.rid for ${isStrong ? 'update' : 'no key update'} of r`,
    values: columns(identities),
  };
}

/**
 * Finds the rid of each identity, and gives one to those that have no row; gives `{ rid: string, found: boolean }` in the order
 * asked. To be sent behind the locks, so that it sees what the lock has waited for.
 */
export function ridStatement(identities: readonly Identity[]): Statement {
  return {
    name: 'rid',
    text: `select coalesce(rid, nextval('resource_rid_seq')) as rid, rid is not null as found
      from (select n, (select rid from resource r where r.type = i.type::resource_type and r.id = i.id) as rid
        from unnest($1::text[], $2::text[]) with ordinality as i(type, id, n) offset 0) as one
      order by n`,
    values: columns(identities),
  };
}

/**
 * Takes the transaction's stamp: behind the locks, in a statement after the one by which it shows as a writer (`definitionsLock`; horizon.ts).
 * sql/004.
 */
export const stampStatement: Statement = {
  name: 'stamp',
  text: 'select take_stamp() as now, (select version from index_format) as version',
};

/** What {@link stampStatement} gives. */
export interface Stamp {
  readonly now: Date;
  /** Of the definitions; under their lock it stays. */
  readonly version: string;
}

/** The rows of {@link lockStatement} by identity. */
export const lockedOf = (rows: readonly LockedRow[]): Map<string, Locked> =>
  new Map(rows.map(({ rid, type, id, version, last_updated, method, body }) =>
    [identityKey(type, id), { rid: BigInt(rid), version, lastUpdated: last_updated, method, body }]));

/** What a transaction has locked before it plans, since what it writes depends on what is there. */
export interface Held {
  readonly locked: ReadonlyMap<string, Locked>;
  /** The transaction's stamp, before it is compared with those of the versions there. */
  readonly now: Date;
}

/**
 * @param identities all that the transaction will write, but for ids given by this server: one lock statement a transaction, in one order
 * @throws DefinitionsChanged where the index is of other definitions than the database's
 */
export async function hold(tx: Transaction, identities: readonly Lockable[], index: Pick<SearchIndex, 'version'>): Promise<Held> {
  // What is made of a SearchParameter under the lock may change the definitions.
  const lock = definitionsLock(identities.some(({ type }) => type === 'SearchParameter'));
  const [, rows, [stamp]] = await tx.pipeline([lock, lockStatement(identities), stampStatement]) as [unknown, LockedRow[], Stamp[]];
  requireVersion(index, stamp!.version);
  return { locked: lockedOf(rows), now: stamp!.now };
}

const columns = (identities: readonly Identity[]): Buffer[] => [
  textArray(identities.map((identity) => identity.type)),
  textArray(identities.map((identity) => identity.id)),
];
