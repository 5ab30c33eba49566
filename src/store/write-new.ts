/**
 * Writes resources that are new to everyone, and refer to none whose rid would have to be asked for, in one round trip: with nothing to lock and nothing to look
 * up, the database takes the stamp where it is written. R4: http.html#create.
 */
import type { Transaction } from '../db/pool.ts';
import { applyStampAround, stampPlan } from '../fhir/json/splice.ts';
import type { IndexRows } from '../search/rows.ts';
import { insertNewStatement } from './bodies.ts';
import { thrownAsChanged } from './definitions-lock.ts';
import { piecesOf, type RidOf } from './index-batch.ts';
import { change, changeStatements, createIndexChanges, settleShapes } from './index-changes.ts';
import type { WriteIndex } from './write.ts';

export interface NewResource {
  readonly rid: bigint;
  readonly type: string;
  readonly id: string;
  /** Compact JSON. */
  readonly text: Buffer;
  readonly rows: IndexRows;
}

/**
 * The transaction ends with it.
 * @returns the stamp, and the stored texts in the order given
 * @throws DefinitionsChanged; Postgres's error where a row is there
 */
export async function writeNew(tx: Transaction, resources: readonly NewResource[], index: WriteIndex, ridOf: RidOf): Promise<{ at: Date; bodies: string[] }> {
  const parts = resources.map(({ id, text }) => applyStampAround(stampPlan(text), { id, versionId: '1' }));
  const changes = createIndexChanges(index, ridOf);
  for (const { type, rid, rows } of resources) change(changes, [], piecesOf(type, rid, rows));
  const statements = [
    insertNewStatement(resources.map(({ rid, type, id }, n) => ({ rid, type, id, head: parts[n]![0], tail: parts[n]![1] })), index.version),
    ...changeStatements(changes),
  ];
  const results = await tx.pipeline(statements, true).catch(thrownAsChanged);
  settleShapes(changes, results);
  const at = new Date(Number((results[0] as [{ at: string }])[0].at));
  const instant = at.toISOString();
  return { at, bodies: parts.map(([head, tail]) => `${head.toString()}${instant}${tail.toString()}`) };
}
