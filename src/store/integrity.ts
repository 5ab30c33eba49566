/**
 * Which resources are there to be referred to, and which refer to others. ARCHITECTURE.md "Locks": who writes a reference holds its target
 * by a share of its key, which a deletion must have alone, so that of the two one waits and then sees what the other did.
 */
import { int8Array, textArray } from '../db/arrays.ts';
import type { Transaction } from '../db/pool.ts';
import { anyReference } from '../search/forms.ts';
import { identityKey, type Identity } from './identities.ts';

/**
 * @param isHeld whether they are kept from being deleted until the transaction ends
 * @returns keys of those that are there, as the transaction sees them
 */
export async function present(tx: Transaction, identities: readonly Identity[], isHeld: boolean): Promise<ReadonlySet<string>> {
  const rows = await tx.query<Identity>({
    name: isHeld ? 'hold_targets' : 'find_targets',
    text: `select r.type, r.id from unnest($1::text[], $2::text[]) as i(type, id) join resource r on r.type = i.type::resource_type and r.id = i.id
      where r.body is not null ${isHeld ? 'order by r.rid for key share of r' : ''}`,
    values: [textArray(identities.map(({ type }) => type)), textArray(identities.map(({ id }) => id))],
  });
  return new Set(rows.map(({ type, id }) => identityKey(type, id)));
}

/** A resource and one that it refers to. */
export interface Referral {
  readonly from: Identity & { readonly version: number };
  readonly to: Identity;
}

/**
 * @param limit of all together
 * @returns what refers to the resources, each other than itself
 */
export async function referrals(tx: Transaction, to: readonly Identity[], limit: number): Promise<Referral[]> {
  const targets = await tx.query<Identity & { rid: string }>({
    name: 'targets',
    text: 'select r.rid, r.type, r.id from unnest($1::text[], $2::text[]) as i(type, id) join resource r on r.type = i.type::resource_type and r.id = i.id',
    values: [textArray(to.map(({ type }) => type)), textArray(to.map(({ id }) => id))],
  });
  if (targets.length === 0) return [];
  const byRid = new Map(targets.map(({ rid, type, id }) => [rid, { type, id }]));
  // A row of a contained resource has its container in its rid (sql/001). What a Bundle has among its entries it does not refer to.
  const rows = await tx.query<Identity & { target: string; version: number }>({
    text: `select distinct f.target, r.type, r.id, r.version
      from resource_reference f join resource r on r.rid = case when f.rid < 0 then (-f.rid) / 4096 else f.rid end
      where f.target = any($1::bigint[]) and r.body is not null and r.rid <> f.target and (r.type <> 'Bundle' or f.param = $2)
      limit $3`,
    values: [int8Array(targets.map(({ rid }) => BigInt(rid))), anyReference, limit],
  });
  return rows.map(({ target, type, id, version }) => ({ from: { type, id, version }, to: byRid.get(target)! }));
}
