/** How many resources match. R4: search.html#total. */
import type { Queryable } from '../db/pool.ts';
import { join, sql, type Sql } from '../db/sql.ts';
import type { Linked } from './condition.ts';
import { partition } from './partition.ts';
import type { Query } from './query.ts';
import { onlyRows } from './range-terms.ts';
import { matching, type ShapeKeys } from './terms.ts';

/** How far matches are counted: not, as far as that is cheap, up to a number and one more, or all of them. */
export type Counting = 'none' | 'cheap' | 'all' | number;

/** One row, `total`. */
export const countStatement = (query: Query, shapes: ShapeKeys, counting: number | 'all' = 'all'): Sql => sql`select ${total(query, counting, shapes)} as total`;

/** @returns the number as an expression; null where it is not wanted */
export function total({ branches }: Query, counting: Counting, shapes: ShapeKeys): Sql {
  if (counting === 'none' || counting === 'cheap') return sql`null`;
  if (branches.length === 0) return sql`0`;
  if (counting === 'all') return join(branches.map((branch) => sql`(${countOf(branch, shapes)})`), ' + ');
  return sql`(${upTo(counting, allMatches(branches, shapes))})`;
}

/** One row, `total`: how many there are, or one more than `most`. */
export const upTo = (most: number, matches: Sql): Sql => sql`select count(*) as total from (${matches} limit ${most + 1}::integer) t`;

/** @param statement of one row, `total` */
export async function readTotal(db: Queryable, { text, values }: Sql): Promise<number> {
  const [row] = await db.query<{ total: string }>({ text, values });
  return Number(row!.total);
}

/** A row without columns for each match. */
export const allMatches = (branches: readonly Linked[], shapes: ShapeKeys): Sql => join(branches.map((branch) => matchesOf(branch, shapes)), ' union all ');

function matchesOf(branch: Linked, shapes: ShapeKeys): Sql {
  const { from, where } = matching(branch, shapes);
  return sql`select from ${from} where ${where}`;
}

/** Where rows of one table decide all that is asked for, they are counted by their index, with no look at the resources. */
function countOf(branch: Linked, shapes: ShapeKeys): Sql {
  const rows = onlyRows(branch);
  return rows === undefined ? sql`select count(*) from (${matchesOf(branch, shapes)}) t`
    : sql`select count(distinct x.rid) from ${partition(rows.table, branch.type)} x where x.rid > 0 and ${rows.test}`;
}
