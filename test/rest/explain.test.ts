/** -explain, SEARCH_HANDLING and INSTANTIATES: settings of what is answered. R4: search.html#3.1.1.6, #3.1.1.3, capabilitystatement.html. */
import { beforeAll, describe, expect, it } from 'vitest';
import { structureFaults } from '../support/conformance.ts';
import { send, type Answer } from '../support/http.ts';
import { serve, useServer } from '../support/server.ts';

const server = useServer({ EXPLAIN: 'on', SEARCH_HANDLING: 'lenient', INSTANTIATES: 'http://example.org/CapabilityStatement/a|1,http://example.org/CapabilityStatement/b' });
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => send('GET', `${server().base}/${path}`, { headers });
const parts = ({ json }: Answer, name: string): any[] => json.parameter.filter((one: any) => one.name === name).map(({ part }: any) => part);
const texts = (part: any[], name: string): string[] => part.filter((one) => one.name === name).map(({ valueString }) => valueString);

beforeAll(async () => {
  for (const [type, id, more] of [['Organization', 'o', {}], ['Patient', 'p', { managingOrganization: { reference: 'Organization/o' }, name: [{ family: 'Plan' }] }]] as const) {
    expect((await send('PUT', `${server().base}/${type}/${id}`, { body: { resourceType: type, id, ...more } })).status).toBe(201);
  }
});

describe('-explain=true', () => {
  it.each(['Patient?family=plan', '?_type=Patient,Basic&_id=p', 'Patient/p/*?_id=p', 'Patient?organization.name:missing=true&family=plan'])('%s: one match, with SQL and plan, as valid Parameters', async (path) => {
    const answer = await get(`${path}&-explain=true`);
    expect([answer.status, answer.json.resourceType, structureFaults(answer.json)]).toEqual([200, 'Parameters', []]);
    const statements = parts(answer, 'statement');
    expect(statements.length).toBeGreaterThan(0);
    for (const statement of statements) {
      expect(texts(statement, 'sql')[0]).toMatch(/^(?:select|with) /);
      expect(texts(statement, 'plan')[0]).toMatch(/actual time|actual rows|Execution Time/);
    }
    expect(parts(answer, 'result')[0]).toContainEqual({ name: 'matches', valueInteger: 1 });
  });

  it('says what was asked, sorted, included and ignored', async () => {
    const answer = await get('Patient?family=plan&nonsense=1&_sort=-birthdate&_include=Patient:organization&_count=5&-explain=true');
    const [query] = parts(answer, 'query');
    expect(texts(query, 'parameter')).toEqual(['family=plan', '_sort=-birthdate', '_include=Patient:organization', '_count=5']);
    expect(texts(query, 'ignored')[0]).toContain('nonsense');
    expect(texts(query, 'sort')[0]).toContain('birthdate, descending');
    expect(texts(query, 'conditions')[0]).toMatch(/^Patient: \[\{"kind":"string"/);
    expect(parts(answer, 'result')[0]).toContainEqual({ name: 'included', valueInteger: 1 });
    expect(texts(parts(answer, 'statement')[0]!, 'value').length).toBeGreaterThan(0);
  });

  it('by POST too, and never in a link', async () => {
    const posted = await send('POST', `${server().base}/Patient/_search`, { body: '-explain=true&family=plan', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect([posted.status, posted.json.resourceType]).toEqual([200, 'Parameters']);
    const plain = await get('Patient?family=plan&-explain=false');
    expect([plain.json.resourceType, plain.text.includes('explain')]).toEqual(['Bundle', false]);
  });

  it('is refused for another value, with a bad query, in a transaction, and where EXPLAIN is off', async () => {
    expect((await get('Patient?-explain=yes')).status).toBe(400);
    expect((await get('Patient?birthdate=yesterday&-explain=true')).status).toBe(400);
    const entry = [{ request: { method: 'GET', url: 'Patient?-explain=true' } }];
    expect((await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(400);
    const off = await serve(server().databaseUrl, { EXPLAIN: 'off' });
    try {
      const answer = await send('GET', `${off.base}/Patient?-explain=true`);
      expect([answer.status, answer.json.issue[0].code, answer.json.issue[0].diagnostics]).toEqual([403, 'forbidden', expect.stringContaining('EXPLAIN')]);
    } finally {
      await off.close();
    }
  });
});

describe('SEARCH_HANDLING=lenient', () => {
  it('ignores unknown parameters with a warning; Prefer: handling=strict outranks it', async () => {
    const answer = await get('Patient?nonsense=1&family=plan');
    expect([answer.status, answer.json.total, answer.json.entry.at(-1).search.mode, answer.json.link[0].url]).toEqual([200, 1, 'outcome', `${server().base}/Patient?family=plan`]);
    expect((await get('Patient?_sort=nonsense')).status).toBe(200);
    expect((await get('Patient?nonsense=1', { prefer: 'handling=strict' })).status).toBe(400);
  });

  it('never for modifiers, values, and criteria of writes', async () => {
    for (const path of ['Patient?family:nonsense=x', 'Patient?birthdate=yesterday']) expect((await get(path)).status, path).toBe(400);
    expect((await send('DELETE', `${server().base}/Patient?nonsense=1`)).status).toBe(400);
  });
});

it('INSTANTIATES stands in the CapabilityStatement', async () => {
  expect((await get('metadata')).json.instantiates).toEqual(['http://example.org/CapabilityStatement/a|1', 'http://example.org/CapabilityStatement/b']);
});
