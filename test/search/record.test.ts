/** How a record is read: from the tables of the types that it may have, all members before any resource. R4: patient-operation-everything.html. */
import { expect, it } from 'vitest';
import type { Queryable, Statement } from '../../src/db/pool.ts';
import { recordPage } from '../../src/search/record.ts';
import { useServer } from '../support/server.ts';

const server = useServer();

it('The plan of a page names the tables of the members alone, and does not walk them in the order of creation', async () => {
  const asked: Statement[] = [];
  const recording: Queryable = { query: async (statement) => { asked.push(statement); return []; } };
  const members = ['Patient', 'Observation', 'Encounter'].map((type) => ({ type, conditions: [] }));
  await recordPage(recording, { key: 1n, members, referred: ['Medication'], shown: ['Patient', 'Observation'], since: undefined, until: undefined }, undefined, 101);
  expect(asked).toHaveLength(2);
  for (const { text, values } of asked) {
    const rows = await server().db.search.query<Record<'QUERY PLAN', string>>({ text: `explain (costs off) ${text}`, values: values ?? [] });
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    const tables = [...new Set([...plan.matchAll(/resource_key_([a-z]+)/g)].map(([, name]) => name!.replace(/_.*/, '')))];
    expect(tables.toSorted()).toEqual(text.includes('f.target') ? ['encounter', 'observation', 'patient'] : ['observation', 'patient']);
    expect(plan).not.toMatch(/Merge Append/);
  }
});
