/**
 * The index rows of many resources, gathered into arrays and written by one statement a table.
 *
 * Rows are bound as binary arrays and routed to the partitions of their types by Postgres.
 */
import { float8Array, int4Array, int8Array, textArray } from '../db/arrays.ts';
import type { Statement } from '../db/pool.ts';
import { partition } from '../search/partition.ts';
import type { IndexRows } from '../search/rows.ts';

/** The tables of the search index, as named in sql/001. */
export const indexTables = ['resource_key', 'resource_reference', 'resource_date', 'resource_quantity', 'resource_canonical', 'resource_string'] as const;
export type IndexTable = (typeof indexTables)[number];

/** @returns the rid of a contained resource: negative, and the container's own can be told from it (sql/001) */
export const containedRid = (rid: bigint, place: number): bigint => -(rid * 4096n + BigInt(place));

/** What has rows of its own: the resource, and each one contained in it. */
export interface Piece {
  readonly type: string;
  readonly rid: bigint;
  readonly rows: IndexRows;
}

export const piecesOf = (type: string, rid: bigint, rows: IndexRows): Piece[] =>
  [{ type, rid, rows }, ...rows.contained.map((contained, n) => ({ ...contained, rid: containedRid(rid, n) }))];

/** Finds the rid of a referenced resource's identity row. */
export type RidOf = (type: string, id: string) => bigint;

export interface IndexBatch {
  /** Adds a resource's rows of the given tables. */
  add(type: string, rid: bigint, rows: IndexRows, tables: readonly IndexTable[]): void;
  /** Removes a resource's rows of the given tables; carried out before the additions. */
  remove(type: string, rid: bigint, tables: readonly IndexTable[]): void;
  /** @returns the statements that carry it out, in order, each made when it is asked for */
  statements(): Generator<Statement>;
}

interface Columns {
  rid: bigint[];
  type: string[];
  param: number[];
}

const columns = (): Columns => ({ rid: [], type: [], param: [] });

export function createIndexBatch(ridOf: RidOf): IndexBatch {
  const keys = { rid: [] as bigint[], type: [] as string[], first: [] as number[], last: [] as number[], keys: [] as bigint[] };
  const references = { ...columns(), target: [] as bigint[] };
  const dates = { ...columns(), low: [] as bigint[], high: [] as bigint[] };
  const quantities = { ...columns(), low: [] as number[], high: [] as number[], system: [] as (number | null)[], code: [] as (number | null)[], label: [] as (number | null)[] };
  const canonicals = { ...columns(), low: [] as number[], high: [] as number[], unit: [] as number[] };
  const strings = { ...columns(), value: [] as string[] };
  const removals = new Map<IndexTable, Map<string, bigint[]>>();

  const place = (to: Columns, type: string, rid: bigint, param: number): void => {
    to.rid.push(rid);
    to.type.push(type);
    to.param.push(param);
  };

  const adders: Record<IndexTable, (type: string, rid: bigint, rows: IndexRows) => void> = {
    resource_key(type, rid, rows) {
      keys.rid.push(rid);
      keys.type.push(type);
      keys.first.push(keys.keys.length + 1);
      for (const key of rows.keys) keys.keys.push(key);
      keys.last.push(keys.keys.length);
    },
    resource_reference(type, rid, rows) {
      for (const { param, target } of rows.references) {
        place(references, type, rid, param);
        references.target.push('contained' in target ? containedRid(rid, target.contained) : ridOf(target.type, target.id));
      }
    },
    resource_date(type, rid, rows) {
      for (const { param, low, high } of rows.dates) {
        place(dates, type, rid, param);
        dates.low.push(low);
        dates.high.push(high);
      }
    },
    resource_quantity(type, rid, rows) {
      for (const { param, low, high, unit } of rows.quantities) {
        place(quantities, type, rid, param);
        quantities.low.push(low);
        quantities.high.push(high);
        quantities.system.push(unit?.system ?? null);
        quantities.code.push(unit?.code ?? null);
        quantities.label.push(unit?.label ?? null);
      }
    },
    resource_canonical(type, rid, rows) {
      for (const { param, low, high, unit } of rows.canonicals) {
        place(canonicals, type, rid, param);
        canonicals.low.push(low);
        canonicals.high.push(high);
        canonicals.unit.push(unit);
      }
    },
    resource_string(type, rid, rows) {
      for (const { param, value } of rows.strings) {
        place(strings, type, rid, param);
        strings.value.push(value);
      }
    },
  };

  return {
    add(type, rid, rows, tables) {
      for (const table of tables) adders[table](type, rid, rows);
    },
    remove(type, rid, tables) {
      for (const table of tables) {
        const byType = removals.get(table) ?? new Map<string, bigint[]>();
        removals.set(table, byType);
        const rids = byType.get(type);
        if (rids === undefined) byType.set(type, [rid]);
        else rids.push(rid);
      }
    },
    *statements() {
      for (const [table, byType] of removals) {
        // From the partition by its own name: to find it among 146 takes Postgres as long as the rest.
        for (const [type, rids] of byType) {
          const { text: of } = partition(table, type);
          yield { name: `delete_${of}`, text: `delete from ${of} where rid = any($1::bigint[])`, values: [int8Array(rids)] };
        }
      }
      if (keys.rid.length > 0) {
        yield {
          name: 'insert_key',
          text: `insert into resource_key (rid, type, keys)
            select rid, type::resource_type, ($5::bigint[])[first:last]
            from unnest($1::bigint[], $2::text[], $3::integer[], $4::integer[]) as row(rid, type, first, last)`,
          values: [int8Array(keys.rid), textArray(keys.type), int4Array(keys.first), int4Array(keys.last), int8Array(keys.keys)],
        };
      }
      if (references.rid.length > 0) {
        yield {
          name: 'insert_reference',
          text: `insert into resource_reference (rid, type, param, target)
            select rid, type::resource_type, param, target
            from unnest($1::bigint[], $2::text[], $3::integer[], $4::bigint[]) as row(rid, type, param, target)`,
          values: [...bound(references), int8Array(references.target)],
        };
      }
      if (dates.rid.length > 0) {
        yield {
          name: 'insert_date',
          text: `insert into resource_date (rid, type, param, low, high)
            select rid, type::resource_type, param, low, high
            from unnest($1::bigint[], $2::text[], $3::integer[], $4::bigint[], $5::bigint[]) as row(rid, type, param, low, high)`,
          values: [...bound(dates), int8Array(dates.low), int8Array(dates.high)],
        };
      }
      if (quantities.rid.length > 0) {
        yield {
          name: 'insert_quantity',
          text: `insert into resource_quantity (rid, type, param, low, high, system, code, label)
            select rid, type::resource_type, param, low, high, system, code, label
            from unnest($1::bigint[], $2::text[], $3::integer[], $4::float8[], $5::float8[], $6::integer[], $7::integer[], $8::integer[])
              as row(rid, type, param, low, high, system, code, label)`,
          values: [
            ...bound(quantities), float8Array(quantities.low), float8Array(quantities.high),
            int4Array(quantities.system), int4Array(quantities.code), int4Array(quantities.label),
          ],
        };
      }
      if (canonicals.rid.length > 0) {
        yield {
          name: 'insert_canonical',
          text: `insert into resource_canonical (rid, type, param, low, high, unit)
            select rid, type::resource_type, param, low, high, unit
            from unnest($1::bigint[], $2::text[], $3::integer[], $4::float8[], $5::float8[], $6::integer[]) as row(rid, type, param, low, high, unit)`,
          values: [...bound(canonicals), float8Array(canonicals.low), float8Array(canonicals.high), int4Array(canonicals.unit)],
        };
      }
      if (strings.rid.length > 0) {
        yield {
          name: 'insert_string',
          text: `insert into resource_string (rid, type, param, value)
            select rid, type::resource_type, param, value
            from unnest($1::bigint[], $2::text[], $3::integer[], $4::text[]) as row(rid, type, param, value)`,
          values: [...bound(strings), textArray(strings.value)],
        };
      }
    },
  };
}

const bound = (of: Columns): Buffer[] => [int8Array(of.rid), textArray(of.type), int4Array(of.param)];
