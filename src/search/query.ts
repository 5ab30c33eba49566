/** A search in FHIR's words, before it is SQL. R4: search.html. */
import type { Condition } from './condition.ts';

export interface Query {
  readonly type: string;
  /** All must hold. */
  readonly conditions: readonly Condition[];
}

/** Where a page begins, in the order of rid; `before` pages are read backwards. */
export interface PageStart {
  readonly direction: 'after' | 'before';
  readonly rid: string;
}
