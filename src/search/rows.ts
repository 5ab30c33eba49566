/** What a resource is found by: the rows of the index that follow from its text, before they go to the tables of sql/001. */
import { Distinct, type Likeness } from './distinct.ts';
import type { Key } from './keys.ts';

export interface IndexRows {
  /** Without repetition; the shape's key is among them. */
  readonly keys: readonly Key[];
  readonly references: readonly ReferenceRow[];
  /** Half-open, in ticks of 50 ns since 1970. */
  readonly dates: readonly { readonly param: number; readonly low: bigint; readonly high: bigint }[];
  readonly quantities: readonly QuantityRow[];
  /** The quantities among them in UCUM's base units. */
  readonly canonicals: readonly CanonicalRow[];
  /** Normalised. */
  readonly strings: readonly { readonly param: number; readonly value: string }[];
  /** Which parameters have a value; see shapes.ts. */
  readonly shape: Shape;
  /** Those of the contained resources, in their order: search targets of their container's chains. */
  readonly contained: readonly { readonly type: string; readonly rows: IndexRows }[];
}

export interface ReferenceRow {
  readonly param: number;
  /** A resource of this server, or one of the contained by its place. */
  readonly target: { readonly type: string; readonly id: string } | { readonly contained: number };
}

export interface QuantityRow {
  readonly param: number;
  readonly low: number;
  readonly high: number;
  readonly unit?: Unit;
}

export interface CanonicalRow {
  readonly param: number;
  readonly low: number;
  readonly high: number;
  readonly unit: number;
}

/** Hashes that a quantity's unit is found by; each may be absent. */
export interface Unit {
  readonly system?: number;
  readonly code?: number;
  /** Of Quantity.unit, where it differs from the code. */
  readonly label?: number;
}

export interface Shape {
  readonly key: Key;
  /** Sorted. */
  readonly params: readonly number[];
}

/** Takes the rows of one resource. A type's file writes into it; repetitions are dropped. */
export interface IndexSink {
  key(key: Key): void;
  reference(param: number, target: ReferenceRow['target']): void;
  date(param: number, low: bigint, high: bigint): void;
  quantity(param: number, low: number, high: number, unit?: Unit): void;
  canonical(param: number, low: number, high: number, unit: number): void;
  string(param: number, value: string): void;
}

/** The rows of a resource but for its shape and its contained resources. */
export type OwnRows = Omit<IndexRows, 'shape' | 'contained'>;

type Target = ReferenceRow['target'];
type DateRow = OwnRows['dates'][number];
type StringRow = OwnRows['strings'][number];

/** Two references to the same. */
export const sameTarget: Likeness<Target> = {
  isSame: (a, b) => ('contained' in a ? 'contained' in b && a.contained === b.contained : !('contained' in b) && a.id === b.id && a.type === b.type),
  textOf: (target) => ('contained' in target ? `#${target.contained}` : `${target.type}/${target.id}`),
};
const sameReference: Likeness<ReferenceRow> = {
  isSame: (a, b) => a.param === b.param && sameTarget.isSame(a.target, b.target),
  textOf: ({ param, target }) => `${param} ${sameTarget.textOf(target)}`,
};
const sameDate: Likeness<DateRow> = {
  isSame: (a, b) => a.param === b.param && a.low === b.low && a.high === b.high,
  textOf: ({ param, low, high }) => `${param} ${low} ${high}`,
};
const sameQuantity: Likeness<QuantityRow> = {
  isSame: (a, b) => a.param === b.param && a.low === b.low && a.high === b.high && a.unit?.system === b.unit?.system && a.unit?.code === b.unit?.code && a.unit?.label === b.unit?.label,
  textOf: ({ param, low, high, unit }) => `${param} ${low} ${high} ${unit?.system} ${unit?.code} ${unit?.label}`,
};
const sameCanonical: Likeness<CanonicalRow> = {
  isSame: (a, b) => a.param === b.param && a.low === b.low && a.high === b.high && a.unit === b.unit,
  textOf: ({ param, low, high, unit }) => `${param} ${low} ${high} ${unit}`,
};
const sameString: Likeness<StringRow> = {
  isSame: (a, b) => a.param === b.param && a.value === b.value,
  textOf: ({ param, value }) => `${param} ${value}`,
};

/** A sink, and the rows that it has taken. */
class Collected implements IndexSink {
  readonly #keys = new Set<Key>();
  readonly #references = new Distinct(sameReference);
  readonly #dates = new Distinct(sameDate);
  readonly #quantities = new Distinct(sameQuantity);
  readonly #canonicals = new Distinct(sameCanonical);
  readonly #strings = new Distinct(sameString);

  key(key: Key): void {
    this.#keys.add(key);
  }

  reference(param: number, target: Target): void {
    this.#references.add({ param, target });
  }

  date(param: number, low: bigint, high: bigint): void {
    this.#dates.add({ param, low, high });
  }

  quantity(param: number, low: number, high: number, unit?: Unit): void {
    this.#quantities.add(unit === undefined ? { param, low, high } : { param, low, high, unit });
  }

  canonical(param: number, low: number, high: number, unit: number): void {
    this.#canonicals.add({ param, low, high, unit });
  }

  string(param: number, value: string): void {
    this.#strings.add({ param, value });
  }

  get references(): OwnRows['references'] {
    return this.#references.rows;
  }

  get rows(): OwnRows {
    return {
      keys: [...this.#keys], references: this.#references.rows, dates: this.#dates.rows, quantities: this.#quantities.rows,
      canonicals: this.#canonicals.rows, strings: this.#strings.rows,
    };
  }
}

/** @returns a sink that keeps what it takes */
export const collectRows = (): IndexSink & { readonly references: OwnRows['references']; readonly rows: OwnRows } => new Collected();

const columnOf = {
  resource_key: 'keys', resource_reference: 'references', resource_date: 'dates', resource_quantity: 'quantities', resource_canonical: 'canonicals', resource_string: 'strings',
} as const;

/** @returns whether two versions of a resource have the same rows in a table, whatever their order */
export function sameRows(table: keyof typeof columnOf, a: IndexRows, b: IndexRows): boolean {
  const texts = (rows: IndexRows): string[] =>
    table === 'resource_key' ? rows.keys.map(String) : rows[columnOf[table]].map((row) => JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));
  const [left, right] = [texts(a).toSorted(), texts(b).toSorted()];
  return left.length === right.length && left.every((row, n) => row === right[n]);
}
