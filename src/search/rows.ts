/** What a resource is found by: the rows of the index that follow from its text, before they go to the tables of sql/001. */
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

/** Rows that are compared one by one for repetition; more are by a text of each. */
const few = 16;

type Parts = readonly (string | number | bigint | undefined)[];

/**
 * @param partsOf what makes a row the same as another: as many parts for each
 * @returns rows, and what takes one unless it is there already
 */
function distinct<Row>(partsOf: (row: Row) => Parts): { rows: Row[]; add: (row: Row) => void } {
  const rows: Row[] = [];
  const parts: Parts[] = [];
  let texts: Set<string> | undefined;
  const isThere = (own: Parts): boolean => {
    if (rows.length < few) return parts.some((other) => other.every((part, n) => part === own[n]));
    texts ??= new Set(parts.map((one) => one.join(' ')));
    const text = own.join(' ');
    if (texts.has(text)) return true;
    texts.add(text);
    return false;
  };
  const add = (row: Row): void => {
    const own = partsOf(row);
    if (isThere(own)) return;
    rows.push(row);
    if (rows.length <= few) parts.push(own);
  };
  return { rows, add };
}

/** @returns a sink and the rows that it has taken */
export function collectRows(): { sink: IndexSink; rows: OwnRows } {
  const keys = new Set<Key>();
  const references = distinct<ReferenceRow>(({ param, target }) => ('contained' in target ? [param, '', target.contained] : [param, target.type, target.id]));
  const dates = distinct<OwnRows['dates'][number]>(({ param, low, high }) => [param, low, high]);
  const quantities = distinct<QuantityRow>(({ param, low, high, unit }) => [param, low, high, unit?.system, unit?.code, unit?.label]);
  const canonicals = distinct<CanonicalRow>(({ param, low, high, unit }) => [param, low, high, unit]);
  const strings = distinct<OwnRows['strings'][number]>(({ param, value }) => [param, value]);
  const sink: IndexSink = {
    key: (key) => void keys.add(key),
    reference: (param, target) => references.add({ param, target }),
    date: (param, low, high) => dates.add({ param, low, high }),
    quantity: (param, low, high, unit) => quantities.add({ param, low, high, ...(unit !== undefined && { unit }) }),
    canonical: (param, low, high, unit) => canonicals.add({ param, low, high, unit }),
    string: (param, value) => strings.add({ param, value }),
  };
  return { sink, rows: { get keys() { return [...keys]; }, references: references.rows, dates: dates.rows, quantities: quantities.rows, canonicals: canonicals.rows, strings: strings.rows } };
}

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
