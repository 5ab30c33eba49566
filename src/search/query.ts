/** A search in FHIR's words, before it is SQL. R4: search.html. */
import type { Linked } from './condition.ts';
import type { SortKey } from './sort.ts';

export interface Query {
  /** For each type that is searched, what its resources must meet. */
  readonly branches: readonly Linked[];
  /** Keys of the order, the first outranks the others; without any, resources come in the order of their creation. */
  readonly sort: readonly SortKey[];
}

/** @returns the query of one type in the order of creation */
export const queryOf = (branch: Linked): Query => ({ branches: [branch], sort: [] });

/** Where a page begins: behind a resource in the order, or before one; `before` pages are read backwards. */
export interface PageStart {
  readonly direction: 'after' | 'before';
  readonly rid: string;
  /** Its values of the sort keys, as text; null where it has none. */
  readonly values: readonly (string | null)[];
}
