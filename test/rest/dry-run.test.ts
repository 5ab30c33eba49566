/** -dry-run: every kind of write is answered as if it had been carried out, and nothing stays. DECISIONS.md "Dry run". */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { send, type Answer, type Options } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer({ CONDITIONAL_DELETE: 'multiple' });
let client: pg.Client;
beforeAll(async () => {
  client = new pg.Client({ connectionString: server().databaseUrl });
  await client.connect();
});
afterAll(() => client.end());

let statement: string;
beforeAll(async () => {
  const { rows } = await client.query<{ name: string }>("select relname as name from pg_class where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace order by 1");
  statement = rows.map(({ name }) => `select '${name}' as name, coalesce(string_agg(t::text, E'\\n' order by t::text), '') as rows from ${name} t`).join(' union all ');
});

/** Every row of every table. Prepared: to plan a scan of a thousand partitions takes longer than the scan. */
async function everything(): Promise<Record<string, string>> {
  const all = await client.query<{ name: string; rows: string }>({ name: 'everything', text: statement });
  return Object.fromEntries(all.rows.map(({ name, rows: text }) => [name, text]));
}

const ask = (method: string, path: string, options: Options = {}): Promise<Answer> => send(method, `${server().base}/${path}`, options);
const patient = (id: string, more: object = {}): object => ({ resourceType: 'Patient', id, identifier: [{ system: 'urn:x', value: id }], ...more });
const typed = (type: string): Record<string, string> => ({ 'content-type': type });
const entry = (method: string, url: string, resource?: object, more: object = {}): object => ({ ...more, ...(resource && { resource }), request: { method, url } });
const bundle = (type: string, ...list: object[]): object => ({ resourceType: 'Bundle', type, entry: list });

/** What differs between two runs: ids and times that the server gives. */
const comparable = ({ status, headers, text }: Answer): unknown => {
  const steady = (value: string): string => value
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME').replaceAll(/W\/\\"[\w-]{16}\\"/g, 'TAG');
  return { status, text: steady(text), location: steady(headers['location'] ?? ''), etag: headers['etag'] };
};

beforeEach(async () => {
  for (const id of ['a', 'b', 'c', 'd']) await ask('PUT', `Patient/${id}`, { body: patient(id, { telecom: [{ value: 'x' }], gender: 'female' }) });
  await ask('PUT', 'Patient/gone', { body: patient('gone') });
  await ask('DELETE', 'Patient/gone');
});

const cases: readonly [name: string, method: string, path: string, options: Options, status: number][] = [
  ['create', 'POST', 'Patient', { body: patient('new', { managingOrganization: { reference: 'Organization/nobody' }, birthDate: '1990' }) }, 201],
  ['create of what is no resource', 'POST', 'Patient', { body: { resourceType: 'Observation' } }, 400],
  ['conditional create, nothing there', 'POST', 'Patient', { body: patient('x'), headers: { 'if-none-exist': 'identifier=none' } }, 201],
  ['conditional create, there', 'POST', 'Patient', { body: patient('x'), headers: { 'if-none-exist': 'identifier=urn:x|a' } }, 200],
  ['update', 'PUT', 'Patient/a', { body: patient('a', { active: true }) }, 200],
  ['update with another version', 'PUT', 'Patient/a', { body: patient('a', { active: true }), headers: { 'if-match': 'W/"9"' } }, 412],
  ['update that creates', 'PUT', 'Patient/fresh', { body: patient('fresh') }, 201],
  ['update that brings back', 'PUT', 'Patient/gone', { body: patient('gone') }, 201],
  ['conditional update', 'PUT', 'Patient?identifier=urn:x|b', { body: { resourceType: 'Patient', active: false } }, 200],
  ['JSON Patch', 'PATCH', 'Patient/b', { body: [{ op: 'remove', path: '/telecom' }], headers: typed('application/json-patch+json') }, 200],
  ['JSON Patch that fails', 'PATCH', 'Patient/b', { body: [{ op: 'test', path: '/id', value: 'z' }], headers: typed('application/json-patch+json') }, 422],
  ['conditional merge patch', 'PATCH', 'Patient?identifier=urn:x|c', { body: { gender: 'male' }, headers: typed('application/merge-patch+json') }, 200],
  ['delete', 'DELETE', 'Patient/c', {}, 200],
  ['delete by criteria', 'DELETE', 'Patient?gender=female', {}, 200],
  ['Binary content', 'POST', 'Binary', { body: 'hello', headers: { 'content-type': 'text/plain', 'content-length': '5' } }, 201],
  ['$meta-add', 'POST', 'Patient/d/$meta-add', { body: { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 't' }] } }] } }, 200],
  ['transaction', 'POST', '', { body: bundle('transaction',
    entry('POST', 'Patient', patient('n', { name: [{ family: 'New' }] }), { fullUrl: 'urn:uuid:0c3a6a3e-8f5e-4b53-9d6c-2f6f0a1c7e10' }),
    entry('POST', 'Observation', { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: 'urn:uuid:0c3a6a3e-8f5e-4b53-9d6c-2f6f0a1c7e10' }, performer: [{ reference: 'Patient?identifier=urn:x|d' }] }),
    entry('DELETE', 'Patient/a'), entry('GET', 'Patient?family=new'), entry('PUT', 'Patient/d', patient('d', { active: true })), entry('GET', 'Patient/d/_history')) }, 200],
  ['transaction that fails', 'POST', '', { body: bundle('transaction', entry('PUT', 'Patient/t', patient('t')), entry('PATCH', 'Patient/nobody', { resourceType: 'Parameters' })) }, 404],
  ['batch, whose entries fail each for itself and see one another', 'POST', '', { body: bundle('batch',
    entry('POST', 'Patient', patient('n', { name: [{ family: 'Batch' }] })), entry('PUT', 'Patient/x', patient('y')), entry('PUT', 'Patient/b', patient('b', { active: true })),
    entry('GET', 'Patient/b'), entry('GET', 'Patient?family=batch'), entry('PUT', 'Patient/b?-dry-run=true', patient('b')), entry('GET', 'Patient/nobody')) }, 200],
];

it.each(cases)('%s', async (name, method, path, options, status) => {
  const before = await everything();
  const dry = await ask(method, `${path}${path.includes('?') ? '&' : '?'}-dry-run=true`, options);
  expect([dry.status, dry.headers['x-dry-run']], `${dry.text} ${server().log.filter((line) => line.includes('unexpected'))}`).toEqual([status, 'true']);
  expect(await everything()).toEqual(before);
  const real = await ask(method, `${path}${path.includes('?') ? '&' : '?'}-dry-run=false`, options);
  expect(real.headers['x-dry-run']).toBeUndefined();
  expect(comparable(dry)).toEqual(comparable(real));
  if (status < 300 && !name.endsWith(', there')) expect(await everything()).not.toEqual(before);
});

it('sees in a batch and a transaction what entries before have done', async () => {
  const { json } = await ask('POST', '?-dry-run=true', { body: bundle('batch', entry('PUT', 'Patient/seen', patient('seen')), entry('GET', 'Patient/seen'), entry('DELETE', 'Patient/unseen')) });
  expect(json.entry.map(({ response }: any) => response.status.slice(0, 3))).toEqual(['201', '200', '200']);
  expect(json.entry[1].resource.id).toBe('seen');
  expect((await ask('GET', 'Patient/seen')).status).toBe(404);
});

it('takes the locks of the write', async () => {
  await client.query('begin');
  await client.query("select from resource where type = 'Patient' and id = 'd' for update");
  const answer = ask('PUT', 'Patient/d?-dry-run=true', { body: patient('d', { language: 'de' }) });
  for (;;) {
    const { rows } = await client.query("select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()");
    if (rows.length > 0) break;
  }
  await client.query('commit');
  expect((await answer).status).toBe(200);
});

describe('is refused', () => {
  it.each([
    ['PUT', 'Patient/a?-dry-run=maybe', patient('a')], ['PUT', 'Patient/a?-dry-run=true&-dry-run=true', patient('a')], ['GET', 'Patient?-dry-run=true', undefined],
    ['GET', 'Patient/_history?-dry-run=true', undefined], ['POST', 'Patient/a/$meta?-dry-run=true', {}],
  ])('%s %s: 400', async (method, path, body) => expect((await ask(method, path, body === undefined ? {} : { body: JSON.stringify(body) })).status).toBe(400));
});
