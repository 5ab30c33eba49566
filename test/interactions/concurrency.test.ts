/** Writes at the same time, from clients of one server and of two on one database. R4: http.html#concurrency; DECISIONS.md "Conditional writes". */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { serve, startServer, type TestServer } from '../support/server.ts';

let servers: TestServer[];
beforeAll(async () => {
  const first = await startServer();
  servers = [first, await serve(first.databaseUrl)];
});
afterAll(async () => {
  await servers[1]!.close();
  await servers[0]!.close();
});

const many = 50;
/** Sends from so many clients at once, each to its own one of the servers in use. */
const storm = (bases: readonly string[], request: (base: string, n: number) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: many }, (_, n) => request(bases[n % bases.length]!, n)));
function counted(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
const patient = (value: string, more: object = {}): object => ({ resourceType: 'Patient', identifier: [{ system: 'http://x', value }], ...more });
const jsonPatch = { 'content-type': 'application/json-patch+json' };
const fhirJson = { 'content-type': 'application/fhir+json' };

describe.each([['one server', 1], ['two servers', 2]] as const)('%s', (_name, count) => {
  const bases = (): string[] => servers.slice(0, count).map(({ base }) => base);
  const base = (): string => servers[0]!.base;

  it('50 clients that create by the same criteria: one 201, 49 times 200', async () => {
    const value = `create-${count}`;
    const answers = await storm(bases(), (at) => send('POST', `${at}/Patient`, { body: patient(value), headers: { 'if-none-exist': `identifier=http://x|${value}` } }));
    expect(counted(answers)).toEqual({ 201: 1, 200: 49 });
    expect((await send('GET', `${base()}/Patient?identifier=${value}`)).json.total).toBe(1);
  });

  it('50 clients that update by the same criteria: one 201, 49 times 200, and 50 versions without a gap', async () => {
    const value = `update-${count}`;
    const answers = await storm(bases(), (at, n) => send('PUT', `${at}/Patient?identifier=http://x|${value}`, { body: patient(value, { name: [{ family: `n${n}` }] }) }));
    expect(counted(answers)).toEqual({ 201: 1, 200: 49 });
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    expect(answers.map(({ json }) => Number(json.meta.versionId)).toSorted((a, b) => a - b)).toEqual(Array.from({ length: many }, (_, n) => n + 1));
  });

  it('50 clients that patch one resource: every patch takes effect', async () => {
    const id = `patched-${count}`;
    await send('PUT', `${base()}/Patient/${id}`, { body: patient(id, { id, telecom: [{ value: 'first' }] }) });
    const answers = await storm(bases(), (at, n) => (n % 2 === 0
      ? send('PATCH', `${at}/Patient/${id}`, { body: [{ op: 'add', path: '/telecom/-', value: { value: `t${n}` } }], headers: jsonPatch })
      : send('PATCH', `${at}/Patient?identifier=${id}`, {
        body: { resourceType: 'Parameters', parameter: [{ name: 'operation', part: [
          { name: 'type', valueCode: 'add' }, { name: 'path', valueString: 'Patient' }, { name: 'name', valueString: 'telecom' }, { name: 'value', valueContactPoint: { value: `t${n}` } }] }] },
        headers: fhirJson,
      })));
    expect(counted(answers)).toEqual({ 200: 50 });
    const { json } = await send('GET', `${base()}/Patient/${id}`);
    expect(json.telecom.map((telecom: any) => telecom.value).toSorted()).toEqual(['first', ...Array.from({ length: many }, (_, n) => `t${n}`)].toSorted());
    expect(json.meta.versionId).toBe('51');
  });

  it('50 clients that patch with the same If-Match: one takes effect', async () => {
    const id = `matched-${count}`;
    await send('PUT', `${base()}/Patient/${id}`, { body: patient(id, { id }) });
    const answers = await storm(bases(), (at, n) => send('PATCH', `${at}/Patient/${id}`, { body: { language: `l${n}` }, headers: { 'content-type': 'application/merge-patch+json', 'if-match': 'W/"1"' } }));
    expect(counted(answers)).toEqual({ 200: 1, 412: 49 });
  });

  it('clients that delete by criteria while others update by them: nothing is there twice', async () => {
    const value = `churn-${count}`;
    const path = `Patient?identifier=http://x|${value}`;
    const answers = await storm(bases(), (at, n) => (n % 3 === 0 ? send('DELETE', `${at}/${path}`) : send('PUT', `${at}/${path}`, { body: patient(value, { name: [{ family: `n${n}` }] }) })));
    expect(answers.filter(({ status }) => status !== 200 && status !== 201)).toEqual([]);
    expect((await send('GET', `${base()}/${path}`)).json.total).toBeLessThanOrEqual(1);
  });

  it('an update by criteria never hits a resource that has just lost them', async () => {
    const value = `moving-${count}`;
    const id = `moving-${count}`;
    await send('PUT', `${base()}/Patient/${id}`, { body: patient(value, { id }) });
    const answers = await storm(bases(), (at, n) => (n % 2 === 0
      ? send('PUT', `${at}/Patient/${id}`, { body: patient(n % 4 === 0 ? value : 'elsewhere', { id, language: `d${n}` }) })
      : send('PATCH', `${at}/Patient?identifier=http://x|${value}`, { body: [{ op: 'test', path: '/identifier/0/value', value }, { op: 'add', path: '/language', value: `c${n}` }], headers: jsonPatch })));
    // 404: it had other criteria at that moment. 422 would be a patch of what they do not select.
    expect(answers.map(({ status }) => status).filter((status) => ![200, 404].includes(status))).toEqual([]);
    const { json } = await send('GET', `${base()}/Patient/${id}/_history?_count=1000`);
    expect(json.entry.map(({ resource }: any) => Number(resource.meta.versionId))).toEqual(Array.from({ length: json.total }, (_, n) => json.total - n));
  });

  it('transactions that patch and update the same resources in opposite orders all succeed', async () => {
    const ids = Array.from({ length: 6 }, (_, n) => `ordered-${count}-${n}`);
    for (const id of ids) await send('PUT', `${base()}/Patient/${id}`, { body: patient(id, { id, telecom: [{ value: 'first' }] }) });
    const answers = await storm(bases(), (at, n) => {
      const data = Buffer.from(JSON.stringify([{ op: 'add', path: '/telecom/-', value: { value: `t${n}` } }])).toString('base64');
      const entry = (n % 2 === 0 ? ids : ids.toReversed()).map((id, m) => (m % 2 === 0
        ? { resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data }, request: { method: 'PATCH', url: `Patient/${id}` } }
        : { resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data }, request: { method: 'PATCH', url: `Patient?identifier=${id}` } }));
      return send('POST', at, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
    });
    expect(counted(answers)).toEqual({ 200: 50 });
    for (const id of ids) expect((await send('GET', `${base()}/Patient/${id}`)).json.telecom).toHaveLength(51);
  });
});
