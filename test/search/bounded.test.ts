/**
 * However a page is found, it is the same page: left to Postgres, by a walk, or out of all matches. And a search without a match ends as
 * soon as one with many (DECISIONS.md "Pages").
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { sql, type Sql } from '../../src/db/sql.ts';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { rowWalkStatement, setStatement, walkStatement } from '../../src/search/bounded.ts';
import { createPreparedStatements } from '../../src/search/prepared.ts';
import { indexOrderStatement, isIndexOrder, pageStatement, type PageRequest } from '../../src/search/compile.ts';
import { decidedByRows, findDriver } from '../../src/search/driver.ts';
import { keysPage, loneKeys } from '../../src/search/keys-page.ts';
import type { SearchIndex } from '../../src/search/extract.ts';
import { parseCriteria } from '../../src/search/parse.ts';
import type { Query } from '../../src/search/query.ts';
import { readShapes } from '../../src/search/shapes.ts';
import { parseSort } from '../../src/search/sort.ts';
import { openIndex } from '../../src/store/index-format.ts';
import { send } from '../support/http.ts';
import { isFull } from '../support/shared.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
let index: SearchIndex;

const observation = (n: number): object => ({
  resourceType: 'Observation', id: `o${n}`, status: n % 7 === 0 ? 'preliminary' : 'final',
  category: [{ coding: [{ system: 'urn:c', code: n % 2 === 0 ? 'even' : 'odd' }] }],
  code: { coding: [{ system: 'urn:codes', code: `c${n % 12}` }] },
  subject: { reference: `Patient/p${n % 40}` },
  ...(n % 5 !== 0 && { effectiveDateTime: `${2000 + (n % 20)}-0${1 + (n % 9)}-1${n % 10}` }),
  ...(n % 3 === 0 ? { valueQuantity: { value: n, unit: 'mg' } } : n % 3 === 1 ? { component: [{ code: { coding: [{ code: 'k' }] }, valueQuantity: { value: n } }] } : {}),
  ...(n === 999 && { note: [{ text: 'rare' }], identifier: [{ system: 'urn:i', value: 'rare' }] }),
});

beforeAll(async () => {
  const numbers = Array.from({ length: 1_200 }, (_, n) => n);
  const entry = numbers.map((n) => ({ request: { method: 'PUT', url: `Observation/o${n}` }, resource: observation(n) }));
  expect((await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(200);
  for (const n of [6, 13, 1_100]) await send('DELETE', `${server().base}/Observation/o${n}`);
  for (const table of ['key', 'date', 'quantity']) await server().db.write.query({ text: `analyze resource_${table}_observation` });
  index = await openIndex(server().db.write, { definitions: loadDefinitions(), timeZone: 'UTC', ownBases: [] });
});

async function queryOf(text: string): Promise<Query> {
  const parameters = [...new URLSearchParams(text)].map(([name, value]) => [name, value] as const);
  const { conditions } = parseCriteria('Observation', parameters.filter(([name]) => name !== '_sort'), index, 'strict', new Date());
  return { branches: [{ type: 'Observation', conditions }], sort: parseSort(parameters.find(([name]) => name === '_sort')?.[1] ?? '', ['Observation'], index).keys };
}

const prepared = createPreparedStatements();
/** As it is sent first, and as it is prepared, with its values hidden. */
const run = async (statement: Sql): Promise<any[]> => {
  const rows = await prepared.query<any>(server().db.search, statement);
  expect(await prepared.query<any>(server().db.search, statement)).toEqual(rows);
  return rows.filter(({ rid }) => rid !== null);
};
const ids = (rows: readonly any[]): string[] => rows.map(({ id }) => id);

const many = Array.from({ length: 40 }, (_, n) => `urn:codes|c${n}`).join(',');
const patients = Array.from({ length: 30 }, (_, n) => `Patient/p${n}`).join(',');
const queries = [
  'category=even', 'category=even&category=odd', 'category=even&code=c3', 'code=c3&value-quantity=gt600', 'value-quantity=lt40', 'value-quantity=999', 'combo-value-quantity=gt1180',
  'combo-value-quantity=lt50,gt1190', 'date=2003', 'date=ge2015&status=preliminary', 'date=2003-04-13', 'identifier=urn:i|rare', 'identifier=urn:i|none', 'identifier:not=urn:i|rare&code=c1',
  '_id=o1,o6,o7,o9', '_id=o6', '_lastUpdated=gt2000', '_lastUpdated=lt2000', `code=${many}`, `subject=${patients}&category=odd`, `code:not=${many}`, 'date:missing=true', 'date:missing=true&value-quantity:missing=false',
  'code-value-quantity=c3$gt600', 'code-value-quantity=urn:codes|c3$gt600&category=odd', 'code-value-quantity=c3$gt600,c4$lt300&status=final', 'combo-code-value-quantity=c3$gt600', 'component-code-value-quantity=k$gt600', 'combo-code-value-quantity=c3$gt600,k$lt30', 'code=c0,c1&date=2000,2001', 'status=final&date=lt1990',
];
const sorts = ['', '&_sort=date', '&_sort=-date', '&_sort=-value-quantity', '&_sort=-_lastUpdated', '&_sort=_id', '&_sort=-date,value-quantity'];

describe('a page', () => {
  it.each(queries)('%s is the same whichever way it is found', async (text) => {
    // Every sort with every third query, all of them in the full run.
    for (const sort of sorts.filter((_, n) => isFull || n === 0 || (n + queries.indexOf(text)) % 3 === 0)) {
      const query = await queryOf(text + sort);
      const shapes = await readShapes(server().db.search, query.branches[0]!.conditions.map((condition) => ['Observation', condition] as const));
      const frequency = await index.frequencies.of(server().db.search, 'Observation');
      const { conditions, condition, matches } = await findDriver(server().db.search, query.branches[0]!, frequency, shapes, { matches: 0, ranges: 2_000 });
      const request = { start: undefined, limit: 2_000, counting: 'all' } as const;
      const expected = ids(await run(pageStatement(query, request, shapes)));
      const label = `${text}${sort}`;
      const total = Number((await run(setStatement(query, request, conditions, condition, shapes)))[0]?.total ?? 0);
      expect([total, ids(await run(setStatement(query, request, conditions, condition, shapes)))], label).toEqual([expected.length, expected]);
      expect(ids(await run(setStatement(query, { ...request, counting: 'none' }, conditions, condition, shapes))), label).toEqual(expected);
      expect(ids(await run(setStatement(query, request, conditions, undefined, shapes))), label).toEqual(expected);
      const keys = loneKeys(query, conditions);
      const byKeys = async (asked: PageRequest): Promise<string[]> => (keys === undefined ? expected : ids(await server().db.search.query<any>(keysPage('Observation', keys, asked))));
      expect(await byKeys(request), label).toEqual(expected);
      // What is expected of the rarest criterion is about what it has: here all keys are in the statistics, and ranges are counted.
      if (matches !== Infinity) expect(matches, label).toBeGreaterThanOrEqual(expected.length * 0.9 - 5);
      for (const start of [undefined, ...expected.slice(0, 1), ...expected.slice(-3, -2)]) {
        const [row] = start === undefined ? [] : await run(pageStatement(query, request, shapes)).then((rows) => rows.filter(({ id }) => id === start));
        const behind: PageRequest = { ...request, limit: 7, start: row === undefined ? undefined : { direction: 'after', rid: row.rid, values: query.sort.map((_, n) => row[`v${n}`]) } };
        const from = start === undefined ? 0 : expected.indexOf(start) + 1;
        if (keys !== undefined) expect(await byKeys(behind), label).toEqual(expected.slice(from, from + 7));
        for (const counting of ['all', 'none'] as const) expect(ids(await run(setStatement(query, { ...behind, counting }, conditions, condition, shapes))), label).toEqual(expected.slice(from, from + 7));
        if (query.sort.length > 0 && !isIndexOrder(query, behind.start)) continue;
        if (row !== undefined && query.sort.length > 0 && row.v0 === null) continue;
        const walked = ids(await run(walkStatement(query, behind, 100_000, shapes)));
        const withValue = query.sort.length === 0 ? expected.slice(from, from + 7) : ids(await run(indexOrderStatement(query, behind, shapes)));
        expect(walked, label).toEqual(withValue);
        const byRows = query.sort.length === 0 ? decidedByRows(query.branches[0]!.conditions) : undefined;
        if (byRows !== undefined) expect(ids(await run(rowWalkStatement(query, behind, 100_000, shapes, byRows))), label).toEqual(withValue);
      }
    }
  });
});

describe('a walk', () => {
  it('says whether there was anything beyond it', async () => {
    const query = await queryOf('identifier=urn:i|none');
    const shapes = await readShapes(server().db.search, []);
    const isLast = async (width: number): Promise<boolean> => (await server().db.search.query<any>({ ...parts(walkStatement(query, { start: undefined, limit: 10, counting: 'none' }, width, shapes)) }))[0].is_last;
    expect([await isLast(100), await isLast(1_196), await isLast(1_197), await isLast(1_198)]).toEqual([false, false, true, true]);
  });
});

const parts = ({ text, values }: Sql): { text: string; values: readonly unknown[] } => ({ text, values });

/** The plan as text, without what it cost. */
async function plan(statement: Sql): Promise<string> {
  const { text, values } = sql`explain (costs off) ${statement}`;
  return server().db.search.transaction({ readOnly: true }, async (tx) => {
    // A thousand rows are read as a whole; what is shown is the plan for millions.
    for (const method of ['seqscan', 'hashjoin', 'bitmapscan']) await tx.query({ text: `set local enable_${method} = off` });
    return (await tx.query<Record<'QUERY PLAN', string>>({ text, values })).map((row) => row['QUERY PLAN']).join('\n');
  });
}

describe('rows of the index that are walked', () => {
  it.each([
    ['value-quantity=gt5', 1, 0], ['combo-value-quantity=gt5', 2, 0], ['value-quantity=gt5&category=odd', undefined, 0], ['category=odd', undefined, 0],
    ['code-value-quantity=c3$gt600', 1, 1], ['code-value-quantity=c3$gt600&category=odd', undefined, 0], ['code-value-quantity=c3$gt600|http://unitsofmeasure.org|mg', 1, 2], ['combo-code-value-quantity=c3$gt600,c4$lt30', 4, 1], ['code-value-date=c3$gt2000', undefined, 0], ['code-value-quantity=c3$gt600||kg', 1, 2], ['combo-code-value-quantity=c3$gt600', 2, 1],
    ['code-value-quantity=urn:codes|$gt600', undefined, 0],
  ])('of %s are of %s parameters, and leave %s criteria', async (text, params, others) => {
    const found = decidedByRows((await queryOf(text)).branches[0]!.conditions);
    expect([found?.rows.params.length, found?.others.length ?? 0]).toEqual([params, others]);
  });
});

describe('the plan', () => {
  const request = { start: undefined, limit: 21, counting: 'none' } as const;
  it('of a rare range reads its index first, and no table as a whole', async () => {
    const query = await queryOf('value-quantity=999&category=odd');
    const shapes = await readShapes(server().db.search, []);
    const frequency = await index.frequencies.of(server().db.search, 'Observation');
    const { conditions, condition } = await findDriver(server().db.search, query.branches[0]!, frequency, shapes, { matches: 0, ranges: 2_000 });
    expect(condition?.kind).toBe('quantity');
    const text = await plan(setStatement(query, request, conditions, condition, shapes));
    expect(text).toMatch(/resource_quantity_observation_param_low_rid/);
    expect(text).not.toMatch(/Seq Scan/);
  });
  it('of a walk follows the order of creation, or of the sort key', async () => {
    const shapes = await readShapes(server().db.search, []);
    const tuple = await queryOf('code-value-quantity=c3$gt600');
    const rows = await plan(rowWalkStatement(tuple, request, 50, shapes, decidedByRows(tuple.branches[0]!.conditions)!));
    expect(rows).toMatch(/Index Only Scan using resource_quantity_observation_param_rid/);
    expect(rows).not.toMatch(/Sort Key: x/);
    for (const [text, order] of [['category=even', /Index Scan using resource_key_observation_rid_idx/], ['category=even&_sort=-date', /Index (?:Only )?Scan Backward using resource_date_observation_param_low_rid/]] as const) {
      const found = await plan(walkStatement(await queryOf(text), request, 50, shapes));
      expect(found).toMatch(order);
    }
  });
});
