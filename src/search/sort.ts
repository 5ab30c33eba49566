/**
 * _sort: keys of the order. R4: search.html#sort.
 *
 * Dates, numbers, quantities and strings are ordered by the rows of the index: a resource with several values by its lowest one
 * ascending and its highest one descending, ranges by where they start. Resources without a value come last either way.
 */
import { raw, sql, type Sql } from '../db/sql.ts';
import { badValue, notSupported } from '../fhir/outcome.ts';
import { hasRows, type SearchIndex } from './extract.ts';
import { requireIndexed } from './not-indexed.ts';
import { partition, type IndexTable } from './partition.ts';
import { alias, type Row } from './terms.ts';

export interface SortKey {
  readonly code: string;
  readonly isDescending: boolean;
  /** By type of the resources that are searched; absent for `_id` and `_lastUpdated`. */
  readonly params: ReadonlyMap<string, number>;
  readonly by: SortColumn;
  /** Whether the index has the values; else all matches are read and sorted outside of the database. */
  readonly isStored: boolean;
}

/** Where the values of a key stand. */
export type SortColumn = 'id' | 'lastUpdated' | 'date' | 'quantity' | 'string' | 'text';

interface Column {
  readonly table: 'resource' | IndexTable;
  readonly column: string;
  /** Of the values in a statement that continues behind a resource. */
  readonly cast: string;
  readonly form: RegExp;
}

const number = /^(?:-?(?:\d{1,400}(?:\.\d{1,400})?(?:e[-+]?\d{1,3})?)|-?Infinity)$/;

/** Columns of the index that orders are read from. */
export const sortColumns: Readonly<Record<Exclude<SortColumn, 'text'>, Column>> = {
  id: { table: 'resource', column: 'id', cast: 'text', form: /^[A-Za-z0-9\-.]{1,64}$/ },
  lastUpdated: { table: 'resource', column: 'last_updated', cast: 'timestamptz', form: /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:\+00|Z)$/ },
  date: { table: 'resource_date', column: 'low', cast: 'bigint', form: /^-?\d{1,19}$/ },
  quantity: { table: 'resource_quantity', column: 'low', cast: 'float8', form: number },
  string: { table: 'resource_string', column: 'value', cast: 'text collate "C"', form: /^[\s\S]{1,2000}$/ },
};

const columnOfType: Readonly<Record<string, SortColumn>> = { date: 'date', number: 'quantity', quantity: 'quantity', string: 'string', token: 'text', uri: 'text', reference: 'text' };

/**
 * @param value of _sort: `status,-date`
 * @param types that are searched; each must have the parameters
 * @returns the keys, and the names that no type has
 * @throws FhirError 400 for a key that has no order
 */
export function parseSort(value: string, types: readonly string[], index: SearchIndex): { keys: SortKey[]; unknown: string[] } {
  const keys: SortKey[] = [];
  const unknown: string[] = [];
  for (const part of value.split(',').map((text) => text.trim()).filter((text) => text !== '')) {
    const isDescending = part.startsWith('-');
    const code = isDescending ? part.slice(1) : part;
    if (keys.some((key) => key.code === code)) throw badValue(`"_sort" is "${value}", which names "${code}" twice`);
    if (code === '_id' || code === '_lastUpdated') {
      keys.push({ code, isDescending, params: new Map(), by: code === '_id' ? 'id' : 'lastUpdated', isStored: true });
      continue;
    }
    const parameters = types.map((type) => index.parameter(type, code));
    const [first] = parameters;
    if (first === undefined || parameters.includes(undefined)) {
      unknown.push(code);
      continue;
    }
    for (const parameter of parameters) requireIndexed(parameter!.definition);
    const by = columnOfType[first.definition.type];
    if (by === undefined) throw notSupported(`"_sort" names "${code}", which is of type ${first.definition.type} and has no order`);
    if (parameters.some((parameter) => parameter!.definition.type !== first.definition.type)) throw badValue(`"_sort" names "${code}", which is not of one type on all of ${types.slice(0, 5).join(', ')}`);
    keys.push({ code, isDescending, params: new Map(types.map((type, n) => [type, parameters[n]!.id])), by, isStored: by !== 'text' && parameters.every((parameter) => hasRows(parameter!)) });
  }
  return { keys, unknown };
}

/** @returns the table of a type that has a column's values */
export const sortTable = (table: Column['table'], type: string): Sql => (table === 'resource' ? raw(table) : partition(table, type));

/** @returns the value of a key for a row, null where it has none */
export function sortValue({ by, params, isDescending }: SortKey, row: Row): Sql {
  const k = alias(row);
  if (by === 'text') throw new Error('texts are ordered outside of the database');
  const { table, column } = sortColumns[by];
  if (table === 'resource') return sql`(select x.${raw(column)} from resource x where x.rid = ${k}.rid)`;
  return sql`(select ${raw(isDescending ? 'max' : 'min')}(x.${raw(column)}) from ${sortTable(table, row.type)} x
    where x.rid = ${k}.rid and x.param = ${params.get(row.type)!}::integer)`;
}
