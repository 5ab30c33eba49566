/** A history Bundle is kept version by version, where HISTORY_IMPORT allows it. R4: http.html#history, bundle.html; DECISIONS.md "History Bundles". */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { indexRows } from '../support/index-rows.ts';
import { startServer, type TestServer } from '../support/server.ts';

let source: TestServer;
let copy: TestServer;
beforeAll(async () => {
  [source, copy] = await Promise.all([startServer(), startServer({ HISTORY_IMPORT: 'true', REFERENTIAL_INTEGRITY: 'warn' })]);
});
afterAll(() => Promise.all([source.close(), copy.close()]));

const get = async (at: TestServer, path: string): Promise<any> => (await send('GET', path.startsWith('http') ? path : `${at.base}/${path}`)).json;
const keep = (entry: unknown, at = copy): Promise<Answer> => send('POST', at.base, { body: { resourceType: 'Bundle', type: 'history', entry } });
const statuses = ({ status, text, json }: Answer): string[] => {
  expect(status, text).toBe(200);
  return json.entry.map((one: any) => one.response.status);
};
/** All that a history says, but for the server's name. */
const said = async (at: TestServer, path: string): Promise<unknown> => (await get(at, `${path}/_history?_count=1000`)).entry?.map(({ request, response, resource }: any) => ({ request, response, resource }));

beforeEach(async () => {
  for (const { db } of [source, copy]) {
    for (const table of ['resource', 'resource_history', 'resource_key', 'resource_reference', 'resource_date', 'resource_quantity', 'resource_canonical', 'resource_string']) await db.write.query({ text: `delete from ${table}` });
  }
});

/** Two resources, with an update, a deletion and what came after it. */
async function live(): Promise<void> {
  const put = async (id: string, more: object): Promise<void> => void (await send('PUT', `${source.base}/Patient/${id}`, { body: { resourceType: 'Patient', id, ...more } }));
  await put('a', { name: [{ family: 'One' }] });
  await put('b', { active: true });
  await put('a', { name: [{ family: 'Two' }], multipleBirthInteger: 2 });
  await send('DELETE', `${source.base}/Patient/a`);
  await put('a', { name: [{ family: 'Three' }], managingOrganization: { reference: 'Organization/o' } });
  await send('DELETE', `${source.base}/Patient/b`);
  await send('POST', `${source.base}/Observation`, { body: '{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"valueQuantity":{"value":1.10}}' });
}

describe('a history that is POSTed', () => {
  it('is kept as it is: numbers, times, methods, deletions, texts, and the search index', async () => {
    await live();
    // As it comes, byte for byte.
    const answer = await send('POST', copy.base, { body: (await send('GET', `${source.base}/_history`)).text });
    expect(answer.status, answer.text).toBe(200);
    expect([answer.json.type, new Set(statuses(answer))]).toEqual(['transaction-response', new Set(['201 Created'])]);
    expect(answer.json.entry.find(({ response }: any) => response.location === 'Patient/a/_history/4').response.etag).toBe('W/"4"');
    for (const path of ['Patient/a', 'Patient/b', 'Patient', 'Observation']) expect(await said(copy, path), path).toEqual(await said(source, path));
    const [observation] = (await get(source, 'Observation')).entry;
    const [there, here] = await Promise.all([source, copy].map((at) => send('GET', `${at.base}/Observation/${observation.resource.id}`)));
    expect([here!.text, here!.headers['etag'], here!.headers['last-modified']]).toEqual([there!.text, there!.headers['etag'], there!.headers['last-modified']]);
    expect((await get(copy, 'Patient?name=three')).total).toBe(1);
    expect((await get(copy, 'Patient?name=two')).total).toBe(0);
    expect((await get(copy, 'Observation?subject=Patient/a')).total).toBe(1);
    expect((await send('GET', `${copy.base}/Patient/b`)).status).toBe(410);
    // As often as the same is there.
    const rows = await Promise.all([source, copy].map(async ({ db }) => Object.entries(await indexRows(db.read)).map(([table, all]) => [table, all.length])));
    expect(rows[1]).toEqual(rows[0]);
    for (const at of [(await get(source, 'Patient/a/_history/1')).meta.lastUpdated, (await get(source, 'Patient/a/_history/2')).meta.lastUpdated]) {
      expect((await get(copy, `Patient/a/_history?_at=${at}`)).entry.map((one: any) => one.response.etag)).toEqual((await get(source, `Patient/a/_history?_at=${at}`)).entry.map((one: any) => one.response.etag));
    }
  });

  it('can be sent again, page by page, in any order', async () => {
    await live();
    const pages: any[][] = [];
    for (let next: string | undefined = `${source.base}/_history?_count=2`; next !== undefined;) {
      const page = await get(source, next);
      pages.push(page.entry);
      next = page.link.find(({ relation }: any) => relation === 'next')?.url;
    }
    expect(pages.length).toBe(4);
    for (const page of [pages[2]!, pages[0]!, pages[3]!, pages[1]!]) expect(new Set(statuses(await keep(page)))).toEqual(new Set(['201 Created']));
    for (const page of pages) expect(new Set(statuses(await keep(page)))).toEqual(new Set(['200 OK']));
    for (const path of ['Patient/a', 'Patient/b', 'Patient']) expect(await said(copy, path), path).toEqual(await said(source, path));
    const ends = (at: TestServer): Promise<object[]> => at.db.read.query({ text: 'select r.id, h.version, h.superseded_at from resource_history h join resource r using (rid) order by 1, 2' });
    expect(await ends(copy)).toEqual(await ends(source));
  });

  it('is followed as it grows, and what is written here goes on from it', async () => {
    await live();
    await keep((await get(source, '_history')).entry);
    const { meta } = await get(source, '_history');
    await send('PUT', `${source.base}/Patient/a`, { body: { resourceType: 'Patient', id: 'a', name: [{ family: 'Four' }] } });
    const grown = await keep((await get(source, `_history?_since=${meta.lastUpdated}`)).entry);
    expect(statuses(grown).filter((status) => status === '201 Created')).toHaveLength(1);
    expect(await said(copy, 'Patient/a')).toEqual(await said(source, 'Patient/a'));
    const own = await send('PUT', `${copy.base}/Patient/a`, { body: { resourceType: 'Patient', id: 'a', name: [{ family: 'Own' }] }, headers: { 'if-match': 'W/"5"' } });
    expect([own.status, own.json.meta.versionId]).toEqual([200, '6']);
    expect(own.json.meta.lastUpdated > (await get(copy, 'Patient/a/_history/5')).meta.lastUpdated).toBe(true);
  });

  const version = (n: number, more: object = {}, time = `2020-01-0${n}T00:00:00Z`): object =>
    ({ resource: { resourceType: 'Patient', id: 'v', meta: { versionId: String(n), lastUpdated: time }, ...more }, request: { method: 'PUT', url: 'Patient/v' }, response: { status: '200' } });

  it('takes what other servers write: absolute URLs with versions, etags and times of the response, gaps, zones', async () => {
    expect(statuses(await keep([
      { fullUrl: 'http://other/fhir/Patient/v', request: { method: 'DELETE', url: 'http://other/fhir/Patient/v/_history/9' }, response: { status: '204', lastModified: '2020-03-01T01:00:00.123456+01:00' } },
      { fullUrl: 'http://other/fhir/Patient/v', resource: { resourceType: 'Patient', id: 'v', active: true }, request: { method: 'POST', url: 'Patient' }, response: { status: '201', etag: 'W/"4"', lastModified: '2020-01-01T00:00:00Z' } },
    ]))).toEqual(['201 Created', '201 Created']);
    expect((await get(copy, 'Patient/v/_history')).entry.map(({ request, response }: any) => [request.method, response.etag, response.lastModified])).toEqual([
      ['DELETE', 'W/"9"', '2020-03-01T00:00:00.123Z'], ['POST', 'W/"4"', '2020-01-01T00:00:00.000Z'],
    ]);
    expect((await send('PUT', `${copy.base}/Patient/v`, { body: { resourceType: 'Patient', id: 'v' } })).json.meta.versionId).toBe('10');
  });

  it('is refused as a whole where a version is another one here, or older than the one before it', async () => {
    await keep([version(2)]);
    const cases: [object[], string][] = [
      [[version(1), version(2, { active: true })], 'Bundle.entry[1]'], [[version(2, {}, '2020-01-05T00:00:00Z')], 'Bundle.entry[0]'], [[version(3, {}, '2020-01-01T00:00:00Z')], 'Bundle.entry[0]'],
      [[version(1, {}, '2020-01-03T00:00:00Z')], 'Bundle.entry[0]'],
    ];
    for (const [entry, expression] of cases) {
      const answer = await keep(entry);
      expect([answer.status, answer.json.issue[0].code, answer.json.issue[0].expression]).toEqual([409, 'conflict', [expression]]);
    }
    expect((await get(copy, 'Patient/v/_history')).total).toBe(1);
  });

  it.each([
    ['no resource', { request: { method: 'PUT', url: 'Patient/v' }, response: { status: '200', etag: 'W/"1"', lastModified: '2020-01-01T00:00:00Z' } }, 400],
    ['no version', { resource: { resourceType: 'Patient', id: 'v', meta: { lastUpdated: '2020-01-01T00:00:00Z' } }, request: { method: 'PUT', url: 'Patient/v' } }, 400],
    ['no time', { resource: { resourceType: 'Patient', id: 'v', meta: { versionId: '1' } }, request: { method: 'PUT', url: 'Patient/v' } }, 400],
    ['no id', { resource: { resourceType: 'Patient', meta: { versionId: '1', lastUpdated: '2020-01-01T00:00:00Z' } }, request: { method: 'POST', url: 'Patient' } }, 400],
    ['a version that is no number', version(1, { meta: { versionId: 'abc', lastUpdated: '2020-01-01T00:00:00Z' } }), 400],
    ['a time that is none', version(1, {}, '2020-01-01'), 400],
    ['another method', { ...version(1), request: { method: 'GET', url: 'Patient/v' } }, 400],
    ['another type', { resource: { resourceType: 'Nonsense', id: 'v' }, request: { method: 'PUT', url: 'Nonsense/v' } }, 400],
    ['a bad id', version(1, { id: 'a b' }), 400],
    ['a resource that was cut down', version(1, { meta: { versionId: '1', lastUpdated: '2020-01-01T00:00:00Z', tag: [{ code: 'SUBSETTED' }] } }), 422],
  ])('is refused for an entry with %s, which is named', async (_name, entry, status) => {
    const answer = await keep([version(1, { id: 'other' }), entry]);
    expect([answer.status, answer.json.issue[0].expression[0].startsWith('Bundle.entry[1]')], answer.text).toEqual([status, true]);
    expect((await get(copy, 'Patient?_summary=count')).total).toBe(0);
  });

  it('is refused where a version is there twice', async () => {
    expect((await keep([version(1), version(1)])).json.issue[0].expression).toEqual(['Bundle.entry[0]', 'Bundle.entry[1]']);
  });

  it('warns of references to nothing, and can be rehearsed', async () => {
    const entry = [version(1, { managingOrganization: { reference: 'Organization/none' } })];
    const dry = await send('POST', `${copy.base}?-dry-run=true`, { body: { resourceType: 'Bundle', type: 'history', entry } });
    expect([dry.status, statuses(dry), (await send('GET', `${copy.base}/Patient/v`)).status]).toEqual([200, ['201 Created'], 404]);
    expect((await keep(entry)).json.entry[0].response.outcome.issue[0].diagnostics).toBe('"Organization/none" refers to nothing that is here');
  });

  it('puts a SearchParameter into use', async () => {
    const parameter = { resourceType: 'SearchParameter', id: 'p', meta: { versionId: '3', lastUpdated: '2020-01-01T00:00:00Z' }, url: 'http://x/p', name: 'p', status: 'active', description: 'p', code: 'kept-code', base: ['Patient'], type: 'string', expression: 'Patient.name.given' };
    expect(statuses(await keep([{ resource: parameter, request: { method: 'PUT', url: 'SearchParameter/p' } }]))).toEqual(['201 Created']);
    await expect.poll(async () => (await send('GET', `${copy.base}/Patient?kept-code=x`)).status, { timeout: 10_000 }).toBe(200);
  });

  it('by two clients at once is there once', async () => {
    const entry = Array.from({ length: 20 }, (_, n) => version(n % 9 + 1, { id: `v${Math.floor(n / 9)}` }));
    const answers = await Promise.all(Array.from({ length: 8 }, () => keep(entry)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(answers.flatMap(statuses).filter((status) => status === '201 Created')).toHaveLength(20);
    expect((await get(copy, 'Patient/v1/_history')).total).toBe(9);
  });

  it('is refused, and named, where the setting is off', async () => {
    const answer = await keep([version(1)], source);
    expect([answer.status, answer.json.issue[0].expression]).toEqual([400, ['Bundle.type']]);
  });
});
