/**
 * `:missing`, by the shape of a resource: the set of search parameters that it has values for. R4: search.html#modifiers.
 *
 * A resource holds one key of its shape; a small table says which parameters a shape has. That a value is missing is then the holding
 * of one of some hundred keys, where a key for each parameter that is there would be a third more keys, and for each that is not,
 * three times as many.
 */
import { int4Array, int8Array, textArray } from '../db/arrays.ts';
import type { Queryable, Statement } from '../db/pool.ts';
import type { Condition } from './condition.ts';
import type { KeyHash } from './keys.ts';
import type { Shape } from './rows.ts';
import type { ShapeKeys } from './terms.ts';

/** @param params ids of the parameters that have values */
export function shapeOf(type: string, params: readonly number[], hash: KeyHash): Shape {
  const sorted = params.toSorted((a, b) => a - b);
  return { key: hash('shape', type, sorted.join(' ')), params: sorted };
}

/** The shapes known to be in the table for good, so that they need no insert. */
export interface KnownShapes {
  has(key: bigint): boolean;
  /** Takes what {@link shapeStatement} gives. */
  settled(rows: readonly { key: string }[]): void;
}

export function createKnownShapes(): KnownShapes {
  const known = new Set<bigint>();
  return { has: (key) => known.has(key), settled: (rows) => rows.forEach(({ key }) => known.add(BigInt(key))) };
}

/**
 * Inserts shapes that may be new; gives as `{ key: string }` those that other, committed transactions have brought: only they stay
 * if this one is rolled back.
 */
export function shapeStatement(shapes: readonly (Shape & { readonly type: string })[]): Statement {
  const sorted = shapes.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const first: number[] = [];
  const params: number[] = [];
  for (const shape of sorted) {
    first.push(params.length + 1);
    params.push(...shape.params);
  }
  return {
    name: 'insert_shape',
    text: `with added as (
        insert into search_shape (key, type, params)
          select key, type::resource_type, coalesce(($3::integer[])[first:first + length - 1], '{}')
          from unnest($1::bigint[], $2::text[], $4::integer[], $5::integer[]) as s(key, type, first, length)
        on conflict (key) do nothing)
      select key from search_shape where key = any($1) and tx < pg_snapshot_xmin(pg_current_snapshot())`,
    values: [
      int8Array(sorted.map(({ key }) => key)), textArray(sorted.map(({ type }) => type)), int4Array(params), int4Array(first),
      int4Array(sorted.map((shape) => shape.params.length)),
    ],
  };
}

/** No condition `missing`: nothing to look up. */
export const noShapes: ShapeKeys = () => {
  throw new Error('the shapes of the statement were not read');
};

/**
 * Reads what the conditions `missing` need. In the transaction of the statement itself, so that both see one snapshot.
 * @param conditions by type of the resources that must meet them
 */
export async function readShapes(db: Queryable, conditions: readonly (readonly [type: string, condition: Condition])[]): Promise<ShapeKeys> {
  const asked = new Map<string, { type: string; param: number; isMissing: boolean }>();
  for (const [type, condition] of conditions) collectMissing(type, condition, asked);
  if (asked.size === 0) return noShapes;
  const found = new Map<string, readonly bigint[]>();
  for (const [name, { type, param, isMissing }] of asked) {
    const rows = await db.query<{ key: string }>({
      name: 'shape',
      text: 'select key from search_shape where type = $1::resource_type and (params @> array[$2::integer]) <> $3::boolean order by key',
      values: [type, param, isMissing],
    });
    found.set(name, rows.map(({ key }) => BigInt(key)));
  }
  return (type, param, isMissing) => found.get(nameOf(type, param, isMissing)) ?? [];
}

const nameOf = (type: string, param: number, isMissing: boolean): string => `${type} ${param} ${isMissing}`;

function collectMissing(type: string, condition: Condition, found: Map<string, { type: string; param: number; isMissing: boolean }>): void {
  switch (condition.kind) {
    case 'missing':
      found.set(nameOf(type, condition.param, condition.isMissing), { type, param: condition.param, isMissing: condition.isMissing });
      break;
    case 'not':
      collectMissing(type, condition.condition, found);
      break;
    case 'any': case 'all':
      for (const one of condition.conditions) collectMissing(type, one, found);
      break;
    case 'chain':
      for (const linked of condition.any) for (const one of linked.conditions) collectMissing(linked.type, one, found);
      break;
    case 'has':
      for (const one of condition.source.conditions) collectMissing(condition.source.type, one, found);
      break;
  }
}

/** @returns whether any of the conditions asks for a shape */
export function needsShapes(conditions: readonly (readonly [type: string, condition: Condition])[]): boolean {
  const found = new Map<string, { type: string; param: number; isMissing: boolean }>();
  for (const [type, condition] of conditions) collectMissing(type, condition, found);
  return found.size > 0;
}
