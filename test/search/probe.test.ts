/** Many criteria of one Bundle are looked up by their keys alone: no list of new rows is read through for each, no other index walked. R4: http.html#ccreate. */
import { expect, it } from 'vitest';
import type { Statement, Transaction } from '../../src/db/pool.ts';
import { probe } from '../../src/search/probe.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();

it('a look-up reads few pages, right behind a large load, whether it finds something or not', { timeout: 60_000 }, async () => {
  const entry = Array.from({ length: 1_500 }, (_, n) => ({ resource: { resourceType: 'Basic', code: { text: 'x' }, identifier: [{ system: 'urn:probe', value: `p-${n}` }] }, request: { method: 'POST', url: 'Basic' } }));
  expect((await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(200);
  const { write } = server().db;
  const keys = (await write.query<{ key: string }>({ text: "select distinct on (k.rid) key from resource_key k, unnest(keys) key where type = 'Basic' and 4 > (select count(*) from resource_key o where o.type = 'Basic' and o.keys @> array[key]) order by k.rid limit 400" })).map(({ key }) => BigInt(key));
  expect(keys).toHaveLength(400);
  const statements: Statement[] = [];
  await write.transaction({}, async (tx) => {
    const recording: Transaction = { ...tx, pipeline: async (sent) => {
      statements.push([...sent][1]!);
      return tx.pipeline(sent);
    } };
    const found = await probe(recording, 'Basic', [...keys.map((key) => [key]), ...keys.map((key) => [key + 1n])], 2);
    expect(found.map(({ length }) => Math.min(length, 1))).toEqual([...keys.map(() => 1), ...keys.map(() => 0)]);
    await tx.query({ text: "select set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true)" });
    const [{ text, values }] = statements as [Statement];
    const [row] = await tx.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>({ text: `explain (analyze, buffers, format json) ${text}`, values: values! });
    const { Plan } = row!['QUERY PLAN'][0];
    // Three or four of the index, those of what is found.
    expect((Plan['Shared Hit Blocks']! + Plan['Shared Read Blocks']!) / 800).toBeLessThan(12);
  });
});
