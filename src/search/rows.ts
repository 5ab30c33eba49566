/** What a resource is found by: the rows of the index that follow from its text, before they go to the tables of sql/001. */
import type { Key } from './keys.ts';

export interface IndexRows {
  /** Without repetition. */
  readonly keys: readonly Key[];
  readonly references: readonly { readonly param: number; readonly target: { readonly type: string; readonly id: string } }[];
  /** Half-open, in ticks of 50 ns since 1970. */
  readonly dates: readonly { readonly param: number; readonly low: bigint; readonly high: bigint }[];
  readonly quantities: readonly { readonly param: number; readonly low: number; readonly high: number; readonly unit?: number }[];
  /** Normalised. */
  readonly strings: readonly { readonly param: number; readonly value: string }[];
}

/** Takes the rows of one resource. A type's file writes into it; repetitions are dropped. */
export interface IndexSink {
  key(key: Key): void;
  reference(param: number, type: string, id: string): void;
  date(param: number, low: bigint, high: bigint): void;
  quantity(param: number, low: number, high: number, unit?: number): void;
  string(param: number, value: string): void;
}

/** @returns a sink and the rows that it has taken */
export function collectRows(): { sink: IndexSink; rows: IndexRows } {
  const keys = new Set<Key>();
  const seen = new Set<string>();
  const references: { param: number; target: { type: string; id: string } }[] = [];
  const dates: { param: number; low: bigint; high: bigint }[] = [];
  const quantities: { param: number; low: number; high: number; unit?: number }[] = [];
  const strings: { param: number; value: string }[] = [];
  const isNew = (row: string): boolean => !seen.has(row) && seen.add(row) !== undefined;
  const sink: IndexSink = {
    key: (key) => void keys.add(key),
    reference(param, type, id) {
      if (isNew(`r${param} ${type}/${id}`)) references.push({ param, target: { type, id } });
    },
    date(param, low, high) {
      if (isNew(`d${param} ${low} ${high}`)) dates.push({ param, low, high });
    },
    quantity(param, low, high, unit) {
      if (isNew(`q${param} ${low} ${high} ${unit}`)) quantities.push({ param, low, high, ...(unit !== undefined && { unit }) });
    },
    string(param, value) {
      if (isNew(`s${param} ${value}`)) strings.push({ param, value });
    },
  };
  return { sink, rows: { get keys() { return [...keys]; }, references, dates, quantities, strings } };
}

const columnOf = {
  resource_key: 'keys', resource_reference: 'references', resource_date: 'dates', resource_quantity: 'quantities', resource_string: 'strings',
} as const;

/** @returns whether two versions of a resource have the same rows in a table, whatever their order */
export function sameRows(table: keyof typeof columnOf, a: IndexRows, b: IndexRows): boolean {
  const texts = (rows: IndexRows): string[] =>
    table === 'resource_key' ? rows.keys.map(String) : rows[columnOf[table]].map((row) => JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));
  const [left, right] = [texts(a).toSorted(), texts(b).toSorted()];
  return left.length === right.length && left.every((row, n) => row === right[n]);
}
