/** Prepared searches: asked for again, with values hidden, and never more than a connection should keep. DECISIONS.md "Pages". */
import { describe, expect, it } from 'vitest';
import type { Queryable, Statement } from '../../src/db/pool.ts';
import { join, raw, sql } from '../../src/db/sql.ts';
import { createPreparedStatements } from '../../src/search/prepared.ts';
import { useDatabase } from '../support/database.ts';

const db = useDatabase();

function recorded(): { readonly asked: Statement[]; readonly queryable: Queryable } {
  const asked: Statement[] = [];
  return { asked, queryable: { query: (statement) => (asked.push(statement), db().search.query(statement)) } };
}

describe('a statement', () => {
  it('is prepared from the second time on, by one name for one text', async () => {
    const { asked, queryable } = recorded();
    const prepared = createPreparedStatements();
    for (const value of [1, 2, 3]) expect(await prepared.query(queryable, sql`select ${value}::integer + 1 as one`)).toEqual([{ one: value + 1 }]);
    await prepared.query(queryable, sql`select ${1}::integer + 2 as one`);
    expect(asked.map(({ name }) => name !== undefined)).toEqual([false, true, true, false]);
    expect(asked[1]!.name).toBe(asked[2]!.name);
  });

  it.each([
    ['a value with its type', sql`select ${7}::integer as one`, 7],
    ['a text without', sql`select 'abc' like ${'ab%'} as one`, true],
    ['several', sql`select ${2}::integer * ${3}::integer as one`, 6],
    ['a list', sql`select cardinality(${[1, 2]}::bigint[]) as one`, 2],
    ['any of a list, which a subselect would make another construct', sql`select 2 = any(${[1, 2]}::integer[]) as one`, true],
    ['in a function of a row', sql`select count(*)::integer as one from unnest(${[1, 2]}::bigint[])`, 2],
  ])('gives the same when its values are hidden: %s', async (_name, statement, one) => {
    const { asked, queryable } = recorded();
    const prepared = createPreparedStatements();
    for (let time = 0; time < 3; time++) expect(await prepared.query(queryable, statement)).toEqual([{ one }]);
    expect(asked[2]!.text.includes('(select $1')).toBe(!asked[0]!.text.includes('any('));
  });
});

it('of ever new texts, only so many are prepared', async () => {
  const names = new Set<string>();
  const queryable: Queryable = { query: ({ name }) => (name !== undefined && names.add(name), Promise.resolve([])) };
  const prepared = createPreparedStatements();
  for (let n = 0; n < 1_000; n++) for (let time = 0; time < 2; time++) await prepared.query(queryable, join([raw(`select ${n}`)], ''));
  expect(names.size).toBe(256);
});

it('Postgres keeps one plan for all values', async () => {
  const prepared = createPreparedStatements();
  await db().search.transaction({}, async (tx) => {
    for (let n = 0; n < 12; n++) await prepared.query(tx, sql`select count(*) from resource where rid > ${n}::bigint`);
    const [row] = await tx.query<{ generic: string; custom: string }>({ text: "select generic_plans as generic, custom_plans as custom from pg_prepared_statements where statement like '%from resource where rid%' and name like 'search%'" });
    expect([Number(row!.generic), Number(row!.custom)]).toEqual([6, 5]);
  });
});
