/** $meta, $meta-add and $meta-delete. R4: resource-operation-meta.html, resource-operation-meta-add.html, resource-operation-meta-delete.html. */
import { describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const url = (path: string): string => `${server().base}/${path}`;
const get = (path: string): Promise<Answer> => send('GET', url(path));
const post = (path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => send('POST', url(path), { body, headers });
const put = (id: string, meta: object | undefined, type = 'Patient'): Promise<Answer> =>
  send('PUT', url(`${type}/${id}`), { body: `{"resourceType":"${type}","id":"${id}"${meta === undefined ? '' : `,"meta":${JSON.stringify(meta)}`},"extension":[{"url":"urn:x","valueDecimal":1.10}]}` });
const input = (valueMeta: object): object => ({ resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta }] });
const returned = ({ json }: Answer): any => json.parameter.find(({ name }: any) => name === 'return').valueMeta;
const tag = (code: string, more: object = {}): object => ({ system: 'urn:tags', code, ...more });

describe('$meta', () => {
  it('of a resource is its meta, by GET, by POST without a body, and with a body of no parameters', async () => {
    await put('m1', { profile: ['urn:p'], tag: [tag('a', { display: 'A' })] });
    const expected = { profile: ['urn:p'], tag: [tag('a', { display: 'A' })], versionId: '1', lastUpdated: expect.any(String) };
    const answer = await get('Patient/m1/$meta');
    expect([answer.status, answer.json.resourceType, answer.headers['etag']]).toEqual([200, 'Parameters', 'W/"1"']);
    expect(returned(answer)).toEqual(expected);
    expect(returned(await post('Patient/m1/$meta'))).toEqual(expected);
    expect(returned(await post('Patient/m1/$meta', '', { 'content-type': 'application/fhir+json' }))).toEqual(expected);
    expect(returned(await post('Patient/m1/$meta', { resourceType: 'Parameters' }))).toEqual(expected);
    expect(returned(await get('Patient/m1/%24meta'))).toEqual(expected);
    expect((await send('HEAD', url('Patient/m1/$meta'))).headers['content-length']).toBe(answer.headers['content-length']);
  });

  it('of a type and of the server is every profile, tag and label in use, each once, and nothing of one resource', async () => {
    await put('t1', { profile: ['urn:p1', 'urn:p2'], tag: [tag('b', { display: 'one' })], security: [{ system: 'urn:s', code: 'R' }] }, 'Device');
    await put('t2', { profile: ['urn:p2'], tag: [tag('b', { display: 'two' }), tag('c')] }, 'Device');
    await put('t3', undefined, 'Device');
    await put('t4', { tag: [tag('gone')] }, 'Device');
    await send('DELETE', url('Device/t4'));
    await put('t1', { profile: ['urn:other'] }, 'Location');
    const device = returned(await get('Device/$meta'));
    expect(device).toEqual({ profile: ['urn:p1', 'urn:p2'], tag: [tag('b', { display: 'one' }), tag('c')], security: [{ system: 'urn:s', code: 'R' }] });
    expect(returned(await get('Group/$meta'))).toEqual({});
    const system = returned(await get('$meta'));
    expect(system.profile).toEqual(expect.arrayContaining(['urn:p1', 'urn:p2', 'urn:other']));
    expect(Object.keys(system)).toEqual(['profile', 'tag', 'security']);
  });

  const refused: readonly [method: string, path: string, status: number, body?: unknown][] = [
    ['GET', 'Patient/never/$meta', 404], ['GET', 'Patient/a_b/$meta', 400], ['GET', 'Nonsense/$meta', 404], ['GET', 'Patient/m1/$meta?nonsense=1', 400], ['PUT', 'Patient/m1/$meta', 405], ['DELETE', '$meta', 405],
    ['POST', 'Patient/m1/$meta', 400, { resourceType: 'Parameters', parameter: [{ name: 'nonsense', valueString: 'x' }] }], ['POST', 'Patient/m1/$meta', 400, { resourceType: 'Patient' }],
    ['GET', 'Patient/m1/$meta-add', 405], ['POST', 'Patient/$meta-add', 404, input({})], ['POST', '$meta-delete', 404, input({})],
  ];
  it.each(refused)('%s %s is %i', async (method, path, status, body) => {
    const answer = await send(method, url(path), body === undefined ? {} : { body });
    expect([answer.status, answer.json?.resourceType], answer.text).toEqual([status, 'OperationOutcome']);
  });

  it('of a deleted resource is 410', async () => {
    await put('m2', undefined);
    await send('DELETE', url('Patient/m2'));
    expect((await get('Patient/m2/$meta')).status).toBe(410);
    expect((await post('Patient/m2/$meta-add', input({ tag: [tag('x')] }))).status).toBe(410);
    expect((await post('Patient/never/$meta-add', input({ tag: [tag('x')] }))).status).toBe(404);
  });
});

describe('$meta-add', () => {
  it('adds what is missing as a new version, and leaves every other byte', async () => {
    await put('a1', { source: 'urn:here', profile: ['urn:p'], tag: [tag('a', { display: 'A' })] });
    const answer = await post('Patient/a1/$meta-add', input({ profile: ['urn:p', 'urn:q'], tag: [tag('a', { display: 'other', version: '2' }), tag('b'), tag('b')], security: [{ code: 'R' }] }));
    expect([answer.status, answer.headers['etag']]).toEqual([200, 'W/"2"']);
    expect(returned(answer)).toMatchObject({ versionId: '2', source: 'urn:here', profile: ['urn:p', 'urn:q'], tag: [tag('a', { display: 'A' }), tag('b')], security: [{ code: 'R' }] });
    expect((await get('Patient/a1')).text).toContain('"valueDecimal":1.10');
    expect((await get('Patient?_id=a1&_tag=urn:tags|b')).json.total).toBe(1);
    expect((await get('Patient/a1/_history')).json.total).toBe(2);
  });
  it('of nothing new makes no version', async () => {
    await put('a2', { tag: [tag('a')] });
    expect((await post('Patient/a2/$meta-add', input({ tag: [tag('a', { display: 'x' })] }))).headers['etag']).toBe('W/"1"');
    expect((await get('Patient/a2/_history')).json.total).toBe(1);
  });
  it('keeps a number of an extension as it was sent', async () => {
    await put('a3', undefined);
    const text = '{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"n","extension":[{"url":"urn:n","valueDecimal":2.50}]}]}}]}';
    expect((await post('Patient/a3/$meta-add', text)).text).toContain('2.50');
  });
  it('holds to If-Match', async () => {
    await put('a4', undefined);
    expect((await post('Patient/a4/$meta-add', input({ tag: [tag('x')] }), { 'if-match': 'W/"7"' })).status).toBe(412);
    expect((await post('Patient/a4/$meta-add', input({ tag: [tag('x')] }), { 'if-match': 'W/"1"' })).status).toBe(200);
  });
  it('of many clients at once loses nothing', async () => {
    await put('a5', undefined);
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => post('Patient/a5/$meta-add', input({ tag: [tag(`t${n}`)] }))));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(returned(await get('Patient/a5/$meta')).tag).toHaveLength(8);
  });
  it('is an entry of a batch and of a transaction', async () => {
    await put('a6', undefined);
    for (const type of ['batch', 'transaction']) {
      const entry = [{ resource: input({ tag: [tag(type)] }), request: { method: 'POST', url: 'Patient/a6/$meta-add' } }, { request: { method: 'GET', url: 'Patient/a6/$meta' } }];
      const { json } = await post('', { resourceType: 'Bundle', type, entry });
      expect(json.entry[1].resource.parameter[0].valueMeta.tag, JSON.stringify(json)).toContainEqual(tag(type));
    }
  });
  const refused: readonly [why: string, body: unknown, expression: string | undefined][] = [
    ['no body', undefined, undefined], ['no parameter', { resourceType: 'Parameters' }, undefined], ['another type', { resourceType: 'Parameters', parameter: [{ name: 'meta', valueString: 'x' }] }, 'Parameters.parameter[0]'],
    ['no object', { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: 'x' }] }, 'Parameters.parameter[0].valueMeta'],
    ['two of them', { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: {} }, { name: 'meta', valueMeta: {} }] }, 'Parameters.parameter[1]'],
    ['an unknown one', { resourceType: 'Parameters', parameter: [{ name: 'tags', valueMeta: {} }] }, 'Parameters.parameter[0].name'], ['no array', { resourceType: 'Parameters', parameter: {} }, 'Parameters.parameter'],
    ['a Patient', { resourceType: 'Patient' }, 'resourceType'],
  ];
  it.each(refused)('with %s is 400', async (_why, body, expression) => {
    await put('a7', undefined);
    const answer = await post('Patient/a7/$meta-add', body);
    expect([answer.status, answer.json.issue[0].expression], answer.text).toEqual([400, expression === undefined ? undefined : [expression]]);
  });
});

describe('$meta-delete', () => {
  it('takes what is there, by URL and by system and code, and is silent on the rest', async () => {
    await put('d1', { profile: ['urn:p', 'urn:q'], _profile: [{ id: 'one' }, { id: 'two' }], tag: [tag('a', { display: 'A' })], security: [{ system: 'urn:s', code: 'R' }, { code: 'R' }] });
    const answer = await post('Patient/d1/$meta-delete', input({ profile: ['urn:p', 'urn:none'], tag: [tag('a'), tag('none')], security: [{ code: 'R' }] }));
    expect(answer.status).toBe(200);
    expect(returned(answer)).toEqual({ versionId: '2', lastUpdated: expect.any(String), profile: ['urn:q'], _profile: [{ id: 'two' }], security: [{ system: 'urn:s', code: 'R' }] });
    expect((await get('Patient?_id=d1&_tag=urn:tags|a')).json.total).toBe(0);
    expect((await post('Patient/d1/$meta-delete', input({ tag: [tag('none')] }))).headers['etag']).toBe('W/"2"');
  });
});
