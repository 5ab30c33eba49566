/** Puts the index rows of one text in the place of those of another. */
import type { Statement } from '../db/pool.ts';
import type { SearchIndex } from '../search/extract.ts';
import { sameRows, type IndexRows, type Shape } from '../search/rows.ts';
import { shapeStatement } from '../search/shapes.ts';
import { createIndexBatch, indexTables, type IndexBatch, type Piece, type RidOf } from './index-batch.ts';

export interface IndexChanges {
  readonly index: Pick<SearchIndex, 'knownShapes'>;
  readonly batch: IndexBatch;
  /** Those that may be new, by their keys. */
  readonly shapes: Map<bigint, Shape & { readonly type: string }>;
}

export const createIndexChanges = (index: IndexChanges['index'], ridOf: RidOf): IndexChanges => ({ index, batch: createIndexBatch(ridOf), shapes: new Map() });

/** Index rows follow from the text alone, so that the old text tells which tables need no touch. */
export function change(changes: IndexChanges, before: readonly Piece[], after: readonly Piece[]): void {
  for (let n = 0; n < Math.max(before.length, after.length); n++) {
    const [old, current] = [before[n], after[n]];
    const isSame = old !== undefined && current !== undefined && old.type === current.type;
    const touched = isSame ? indexTables.filter((table) => !sameRows(table, old.rows, current.rows)) : indexTables;
    if (old !== undefined) changes.batch.remove(old.type, old.rid, touched);
    if (current === undefined) continue;
    changes.batch.add(current.type, current.rid, current.rows, touched);
    noteShape(changes, current.type, current.rows);
  }
}

/** Notes which parameters a resource of the type has, where that may be new. */
export function noteShape({ index, shapes }: IndexChanges, type: string, { shape }: IndexRows): void {
  if (!index.knownShapes.has(shape.key)) shapes.set(shape.key, { ...shape, type });
}

/** The statements that carry them out, to be the last of a transaction's pipeline: {@link settleShapes} takes what that gives. */
export function* changeStatements({ batch, shapes }: IndexChanges): Generator<Statement> {
  yield* batch.statements();
  // Behind all row locks: a shape that is new to two transactions makes one wait for the other.
  if (shapes.size > 0) yield shapeStatement([...shapes.values()]);
}

/** @param results of the pipeline */
export function settleShapes({ index, shapes }: IndexChanges, results: readonly object[][]): void {
  if (shapes.size > 0) index.knownShapes.settled(results.at(-1) as { key: string }[]);
}
