/** Conditions on a resource as data: what a clause of a query comes to, before it becomes SQL. */
import type { Key } from './keys.ts';

/** Bounds on the two ends of a range row; all that are there must hold. `low` is inclusive, `high` exclusive. */
export interface RangeTest<N extends bigint | number> {
  readonly lowFrom?: N;
  readonly lowBelow?: N;
  readonly highUpTo?: N;
  readonly highAbove?: N;
}

export interface StringTest {
  readonly form: 'prefix' | 'contains';
  /** Normalised. */
  readonly value: string;
}

export type Condition =
  /** Holds any of the keys. */
  | { readonly kind: 'keys'; readonly any: readonly Key[] }
  /** Has a date row of the parameter for which any of the tests holds. */
  | { readonly kind: 'date'; readonly param: number; readonly any: readonly RangeTest<bigint>[] }
  | { readonly kind: 'quantity'; readonly param: number; readonly any: readonly RangeTest<number>[] }
  | { readonly kind: 'string'; readonly param: number; readonly any: readonly StringTest[] }
  | { readonly kind: 'id'; readonly any: readonly string[] }
  /** Milliseconds since 1970. */
  | { readonly kind: 'lastUpdated'; readonly any: readonly RangeTest<number>[] }
  | { readonly kind: 'not'; readonly condition: Condition }
  | { readonly kind: 'any'; readonly conditions: readonly Condition[] };
