/** A whole record by one statement. R4: patient-operation-everything.html; DECISIONS.md "$everything". */
import { beforeAll, expect, it } from 'vitest';
import type { Queryable, Statement } from '../../src/db/pool.ts';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { compartmentKey } from '../../src/search/extract.ts';
import { createPreparedStatements } from '../../src/search/prepared.ts';
import { createWholeRecordReader, type WholeRecord } from '../../src/search/whole-record.ts';
import { openIndex } from '../../src/store/index-format.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const put = async (resourceType: string, id: string, rest: object = {}): Promise<void> => {
  const { status, text } = await send('PUT', `${server().base}/${resourceType}/${id}`, { body: { resourceType, id, ...rest } });
  expect([200, 201], text).toContain(status);
};
const definitions = loadDefinitions();
const inside = definitions.compartments.get('Patient')!;
let record: WholeRecord;
const prepared = createPreparedStatements();
const subject = { reference: 'Patient/p' };
/** Asks the database, and keeps what was asked. */
const recording = (asked: Statement[]): Queryable => ({ query: (statement) => (asked.push(statement), server().db.search.query(statement)) });

beforeAll(async () => {
  const index = await openIndex(server().db.read, { definitions, timeZone: 'UTC', ownBases: [] });
  record = { key: compartmentKey(index, 'Patient', 'p'), isMember: (type) => inside.has(type) || type === 'Patient', referred: ['Medication', 'Device'] };
  await put('Patient', 'p');
  await put('Device', 'd');
  for (const n of [1, 2, 3]) await put('Observation', `o${n}`, { status: 'final', code: { text: 'x' }, subject, device: { reference: 'Device/d' } });
});

it('learns which types are stored by the statement itself, and asks again only where there are others', async () => {
  const reader = createWholeRecordReader();
  const asked: Statement[] = [];
  const names = async (): Promise<string[]> => (await reader.page(recording(asked), prepared, record, undefined, 100)).map(({ part, type, id }) => `${part} ${type}/${id}`);
  const whole = ['members Patient/p', 'members Observation/o1', 'members Observation/o2', 'members Observation/o3', 'referred Device/d'];
  expect([await names(), asked.length]).toEqual([whole, 2]);
  expect([await names(), asked.length]).toEqual([whole, 3]);
  await put('Condition', 'c', { subject });
  expect([await names(), asked.length]).toEqual([[...whole.slice(0, 4), 'members Condition/c', whole[4]], 5]);
  expect([(await names()).length, asked.length]).toEqual([6, 6]);
});

it('gives the whole to all who ask at the same time, before it is known which types are stored', async () => {
  const reader = createWholeRecordReader();
  const pages = await Promise.all([1, 2, 3, 4].map(() => reader.page(server().db.search, prepared, record, undefined, 100)));
  expect(pages.map(({ length }) => length)).toEqual([6, 6, 6, 6]);
});

it('pages by the order of creation, members first', async () => {
  const reader = createWholeRecordReader();
  const whole = await reader.page(server().db.search, prepared, record, undefined, 100);
  for (const [n, { part, rid }] of whole.entries()) {
    const behind = await reader.page(server().db.search, prepared, record, { part, rid }, 2);
    expect(behind.map(({ id }) => id)).toEqual(whole.slice(n + 1, n + 3).map(({ id }) => id));
  }
});

it('names the tables of the types that are stored alone, and reads nothing of what members refer to where they fill the page', async () => {
  const reader = createWholeRecordReader();
  const asked: Statement[] = [];
  await reader.page(recording(asked), prepared, record, undefined, 2);
  const { text, values } = asked.at(-1)!;
  const rows = await server().db.search.query<Record<'QUERY PLAN', string>>({ text: `explain (analyze, costs off, timing off) ${text}`, values: values ?? [] });
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  const tables = [...new Set([...plan.matchAll(/ on resource_(?:key|reference)_([a-z]+)/g)].map(([, name]) => name!.replace(/_.*/, '')))];
  expect(tables.filter((type) => !['patient', 'observation', 'condition', 'device'].includes(type))).toEqual([]);
  expect(plan).toMatch(/resource_reference_observation[^\n]*\(never executed\)/);
});
