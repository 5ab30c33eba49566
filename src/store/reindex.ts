/**
 * Makes the index rows of stored resources anew by the definitions in use, while others write. ARCHITECTURE.md "Reindex".
 *
 * Rows are locked as a writer locks them, and made of the text that is there under the lock: what another has written since is what is
 * indexed. They are compared with those in the database, and only the tables that differ are touched.
 */
import { int8Array } from '../db/arrays.ts';
import type { Statement, Transaction } from '../db/pool.ts';
import { compactJson } from '../fhir/json/scan.ts';
import { parseJson, type JsonObject } from '../fhir/json/value.ts';
import type { IndexRows } from '../search/rows.ts';
import { bodyStatements, type PlannedRow } from './bodies.ts';
import { definitionsLock, requireVersion } from './definitions-lock.ts';
import { identityKey, ridStatement, stampStatement, type Identity, type Stamp } from './identities.ts';
import { containedRid, indexTables, piecesOf, type IndexTable, type Piece, type RidOf } from './index-batch.ts';
import { changeStatements, createIndexChanges, noteShape, settleShapes } from './index-changes.ts';
import { thrownAnew, type WriteIndex } from './write.ts';

interface Stored {
  rid: string;
  type: string;
  body: string | null;
}

/**
 * @param rids of resources; of deleted ones nothing is made
 * @returns how many of them, or of the resources contained in them, had other rows
 * @throws DefinitionsChanged; IdentityTaken, after which the transaction begins anew
 */
export async function reindexResources(tx: Transaction, rids: readonly bigint[], index: WriteIndex): Promise<number> {
  const [, stored, [stamp]] = await tx.pipeline([definitionsLock(false), lockRids(rids), stampStatement]) as [unknown, Stored[], Stamp[]];
  requireVersion(index, stamp!.version);
  const pieces = stored.flatMap(({ rid, type, body }) =>
    (body === null ? [] : piecesOf(type, BigInt(rid), index.extract(type, parseJson(compactJson(Buffer.from(body))) as JsonObject))));
  const ridOf = await resolve(tx, pieces, stamp!.now);
  const there = await readRows(tx, pieces);
  const changes = createIndexChanges(index, ridOf);
  let changed = 0;
  for (const piece of pieces) {
    const { type, rid, rows } = piece;
    const touched = indexTables.filter((table) => !isSame(there.get(placeOf(table, rid)) ?? [], textsOf(table, piece, ridOf)));
    if (touched.length > 0) {
      changed++;
      changes.batch.remove(type, rid, touched);
      changes.batch.add(type, rid, rows, touched);
    }
    noteShape(changes, type, rows);
  }
  const statements = [...changeStatements(changes)];
  settleShapes(changes, statements.length === 0 ? [] : await tx.pipeline(statements));
  return changed;
}

/** As writers lock: in the order of rid. Gives {@link Stored}. */
const lockRids = (rids: readonly bigint[]): Statement => ({
  name: 'lock_rids', text: 'select rid, type, body from resource where rid = any($1::bigint[]) order by rid for no key update', values: [int8Array(rids)],
});

/** Finds the rids of what is referred to; what no row stands for yet gets one. */
async function resolve(tx: Transaction, pieces: readonly Piece[], now: Date): Promise<RidOf> {
  const targets = new Map<string, Identity>();
  for (const { rows } of pieces) for (const { target } of rows.references) if (!('contained' in target)) targets.set(identityKey(target.type, target.id), target);
  if (targets.size === 0) return () => 0n;
  const found = (await tx.query(ridStatement([...targets.values()]))) as { rid: string; found: boolean }[];
  const rids = new Map([...targets.keys()].map((key, n) => [key, BigInt(found[n]!.rid)]));
  const absent = [...targets.values()].filter((_, n) => !found[n]!.found)
    .map(({ type, id }): PlannedRow => ({ type, id, rid: rids.get(identityKey(type, id))!, version: 0, method: null, body: undefined, isNew: true }));
  if (absent.length > 0) {
    await tx.pipeline(bodyStatements(absent, [], now)).catch(thrownAnew);
  }
  return (type, id) => rids.get(identityKey(type, id))!;
}

const placeOf = (table: IndexTable, rid: bigint | string): string => `${table} ${rid}`;

/** Columns by which rows are compared, besides rid and type. */
const columnsOf: Readonly<Record<IndexTable, readonly string[]>> = {
  resource_key: ['keys'], resource_reference: ['param', 'target'], resource_date: ['param', 'low', 'high'],
  resource_quantity: ['param', 'low', 'high', 'system', 'code', 'label'], resource_canonical: ['param', 'low', 'high', 'unit'], resource_string: ['param', 'value'],
};

/** The rows in the database as texts, by table and rid. With a constant type, so that one partition is read. */
async function readRows(tx: Transaction, pieces: readonly Piece[]): Promise<Map<string, string[]>> {
  const byType = new Map<string, bigint[]>();
  for (const { type, rid } of pieces) byType.set(type, [...(byType.get(type) ?? []), rid]);
  const asked = [...byType].flatMap(([type, rids]) => indexTables.map((table) => ({ table, statement: {
    text: `select rid, ${columnsOf[table].join(', ')} from ${table} where type = $1 and rid = any($2::bigint[])`, values: [type, int8Array(rids)],
  } })));
  const found = new Map<string, string[]>();
  const results = asked.length === 0 ? [] : await tx.pipeline(asked.map(({ statement }) => statement));
  asked.forEach(({ table }, n) => {
    for (const row of results[n] as (Record<string, unknown> & { rid: string })[]) {
      const place = placeOf(table, row.rid);
      const texts = table === 'resource_key' ? (row['keys'] as string[]) : [columnsOf[table].map((column) => String(row[column])).join(' ')];
      const known = found.get(place);
      if (known === undefined) found.set(place, [...texts]);
      else known.push(...texts);
    }
  });
  return found;
}

/** The rows that a resource should have, as {@link readRows} gives them. */
function textsOf(table: IndexTable, { rid, rows }: Piece, ridOf: RidOf): string[] {
  const { keys, references, dates, quantities, canonicals, strings }: IndexRows = rows;
  switch (table) {
    case 'resource_key': return keys.map(String);
    case 'resource_reference':
      return references.map(({ param, target }) => `${param} ${'contained' in target ? containedRid(rid, target.contained) : ridOf(target.type, target.id)}`);
    case 'resource_date': return dates.map(({ param, low, high }) => `${param} ${low} ${high}`);
    case 'resource_quantity': return quantities.map(({ param, low, high, unit }) => `${param} ${low} ${high} ${unit?.system ?? null} ${unit?.code ?? null} ${unit?.label ?? null}`);
    case 'resource_canonical': return canonicals.map(({ param, low, high, unit }) => `${param} ${low} ${high} ${unit}`);
    case 'resource_string': return strings.map(({ param, value }) => `${param} ${value}`);
  }
}

function isSame(there: readonly string[], wanted: readonly string[]): boolean {
  if (there.length !== wanted.length) return false;
  const sorted = wanted.toSorted();
  return there.toSorted().every((text, n) => text === sorted[n]);
}
