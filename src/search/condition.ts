/** Conditions on a resource as data: what a clause of a query comes to, before it becomes SQL. */
import type { Key } from './keys.ts';

/** Bounds on the two ends of a range row; all that are there must hold. `low` is inclusive, `high` exclusive. */
export interface RangeTest<N extends bigint | number> {
  readonly lowFrom?: N;
  readonly lowBelow?: N;
  readonly highUpTo?: N;
  readonly highAbove?: N;
}

/** A quantity's row: its range, and what its unit must be, if it must be anything. */
export interface QuantityTest extends RangeTest<number> {
  readonly unit?: UnitTest;
}

/** Hashes of what a unit must be; all that are there must be met. */
export interface UnitTest {
  readonly system?: number;
  readonly code?: number;
  /** The code may also stand as the unit's name. */
  readonly isLabelToo: boolean;
}

export interface StringTest {
  readonly form: 'prefix' | 'contains';
  /** Normalised. */
  readonly value: string;
}

/** A point on the earth and a distance from it. */
export interface Circle {
  /** Degrees. */
  readonly latitude: number;
  readonly longitude: number;
  /** Metres. */
  readonly radius: number;
}

/** Resources of a type that meet conditions: what a chain leads to, or comes from. */
export interface Linked {
  readonly type: string;
  /** All must hold. */
  readonly conditions: readonly Condition[];
}

export type Condition =
  /** Holds any of the keys. */
  | { readonly kind: 'keys'; readonly any: readonly Key[] }
  /** Has a date row of the parameter for which any of the tests holds. */
  | { readonly kind: 'date'; readonly param: number; readonly any: readonly RangeTest<bigint>[] }
  | { readonly kind: 'quantity'; readonly param: number; readonly any: readonly QuantityTest[] }
  /** The same in UCUM's base units. */
  | { readonly kind: 'canonical'; readonly param: number; readonly unit: number; readonly any: readonly RangeTest<number>[] }
  | { readonly kind: 'string'; readonly param: number; readonly any: readonly StringTest[] }
  | { readonly kind: 'near'; readonly param: number; readonly any: readonly Circle[] }
  | { readonly kind: 'id'; readonly any: readonly string[] }
  /** Milliseconds since 1970. */
  | { readonly kind: 'lastUpdated'; readonly any: readonly RangeTest<number>[] }
  /** Has no value of the parameter, or has one. */
  | { readonly kind: 'missing'; readonly param: number; readonly isMissing: boolean }
  /** Refers, by the parameter, to a resource that meets one of the alternatives. */
  | { readonly kind: 'chain'; readonly param: number; readonly any: readonly Linked[] }
  /** Refers, by the parameter, to one of these. */
  | { readonly kind: 'targets'; readonly param: number; readonly rids: readonly string[] }
  /** Is referred to, by the parameter, by a resource that meets the conditions. */
  | { readonly kind: 'has'; readonly param: number; readonly source: Linked }
  /** Refers to the resource, or to one below (above) it in the hierarchy that the second parameter makes. */
  | { readonly kind: 'hierarchy'; readonly param: number; readonly direction: 'above' | 'below'; readonly parent: number; readonly type: string; readonly id: string }
  /** Is an item of the List. */
  | { readonly kind: 'list'; readonly param: number; readonly ids: readonly string[] }
  | { readonly kind: 'not'; readonly condition: Condition }
  | { readonly kind: 'all'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'any'; readonly conditions: readonly Condition[] };
