/** Puts the index rows of one text in the place of those of another. */
import type { SearchIndex } from '../search/extract.ts';
import { sameRows, type Shape } from '../search/rows.ts';
import { createIndexBatch, indexTables, type IndexBatch, type Piece, type RidOf } from './index-batch.ts';

export interface IndexChanges {
  readonly index: Pick<SearchIndex, 'knownShapes'>;
  readonly batch: IndexBatch;
  /** Those that may be new, by their keys. */
  readonly shapes: Map<bigint, Shape & { readonly type: string }>;
}

export const createIndexChanges = (index: IndexChanges['index'], ridOf: RidOf): IndexChanges => ({ index, batch: createIndexBatch(ridOf), shapes: new Map() });

/** Index rows follow from the text alone, so that the old text tells which tables need no touch. */
export function change({ batch, shapes, index }: IndexChanges, before: readonly Piece[], after: readonly Piece[]): void {
  for (let n = 0; n < Math.max(before.length, after.length); n++) {
    const [old, current] = [before[n], after[n]];
    const isSame = old !== undefined && current !== undefined && old.type === current.type;
    const touched = isSame ? indexTables.filter((table) => !sameRows(table, old.rows, current.rows)) : indexTables;
    if (old !== undefined) batch.remove(old.type, old.rid, touched);
    if (current === undefined) continue;
    batch.add(current.type, current.rid, current.rows, touched);
    const { shape } = current.rows;
    if (!index.knownShapes.has(shape.key)) shapes.set(shape.key, { ...shape, type: current.type });
  }
}
