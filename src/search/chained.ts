/**
 * Chains that lead to few resources are made references to these. Postgres takes what a chain leads to for spread evenly: of 4.4 million
 * Observations it looked at all, in 4 s, for those of patients who were born in a month in which nobody was. R4: search.html#chaining.
 */
import type { Queryable } from '../db/pool.ts';
import { join, raw, sql, type Sql } from '../db/sql.ts';
import type { Condition, Linked } from './condition.ts';
import { flat, leadsElsewhere } from './driver.ts';
import { partition } from './partition.ts';
import type { Query } from './query.ts';
import { alias, terms, type Row, type ShapeKeys } from './terms.ts';

type Chain = Extract<Condition, { kind: 'chain' }>;

/** So many resources are named in a statement. */
const fewTargets = 1_000;

const chainsOf = ({ branches: [branch, ...others] }: Query): Chain[] =>
  (branch === undefined || others.length > 0 ? [] : flat(branch.conditions).filter((condition) => condition.kind === 'chain'));

/** @returns whether chains are looked up before the page, so that both must see one snapshot */
export const hasChains = (query: Query): boolean => chainsOf(query).length > 0;

/** @returns the query of one type with those of its chains as references whose targets are few; others as they are */
export async function withTargets(db: Queryable, query: Query, shapes: ShapeKeys): Promise<Query> {
  const chains = chainsOf(query);
  if (chains.length === 0) return query;
  const { text, values } = sql`select ${join(chains.map((chain, n) => sql`array(${targets(chain, shapes)}) as ${raw(`n${n}`)}`), ', ')}`;
  const [row] = await db.query<Record<`n${number}`, readonly string[]>>({ text, values });
  const found = new Map<Condition, Condition>(chains.flatMap((chain, n) => {
    const rids = row![`n${n}`]!;
    return rids.length > fewTargets ? [] : [[chain, { kind: 'targets', param: chain.param, rids }]];
  }));
  return { ...query, branches: query.branches.map(({ type, conditions }) => ({ type, conditions: flat(conditions).map((condition) => found.get(condition) ?? condition) })) };
}

/** The rids of what a chain leads to, contained resources among them, and one more than are few. */
function targets({ any }: Chain, shapes: ShapeKeys): Sql {
  const each = any.map(({ type, conditions }: Linked) => {
    const row: Row = { type, depth: 0 };
    return sql`select ${alias(row)}.rid from ${partition('resource_key', type)} ${alias(row)} where ${terms(row, conditions, shapes, false)}`;
  });
  return each.length === 0 ? sql`select null::bigint where false` : sql`select t.rid from (${join(each, ' union all ')}) t limit ${fewTargets + 1}::integer`;
}

/** @returns whether all that leads elsewhere are chains, which can be looked at for one resource after another */
export const isOfChains = (conditions: readonly Condition[]): boolean => conditions.every((condition) => condition.kind === 'chain' || !leadsElsewhere(condition));
