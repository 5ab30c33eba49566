/** /docs on a real server: what it serves, and that what the documents say works as it stands. R4: http.html. */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { send, type Answer } from '../support/http.ts';
import { serve, useServer } from '../support/server.ts';

const server = useServer();
const root = (): string => server().base.replace(/\/fhir$/, '');
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => send('GET', root() + path, { headers });
const types = loadDefinitions().resourceTypes;
const json = 'application/fhir+json';

describe('the page', () => {
  it('is at /docs, and takes everything from this server under a policy that allows nothing else', async () => {
    const moved = await get('/docs?urls.primaryName=Observation');
    expect([moved.status, moved.headers['location']]).toEqual([302, './docs/?urls.primaryName=Observation']);
    const page = await get('/docs/');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    const linked = [...page.text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link]) => link!);
    expect(linked.length).toBeGreaterThan(5);
    for (const link of linked) {
      expect(link).toMatch(/^\.\/static\//);
      expect((await get(`/docs/${link.slice(2)}`)).status, link).toBe(200);
    }
  });

  it('selects among the system and all types, Patient first', async () => {
    const { text } = await get('/docs/static/swagger-initializer.js');
    const urls = [...text.matchAll(/"name":"(\w+)","url":"openapi\/(\w+)\.json"/g)].map(([, name, file]) => [name, file]);
    expect(urls).toEqual(['System', ...types].map((name) => [name, name]));
    expect(text).toContain('"urls.primaryName":"Patient"');
  });

  it('leaves what is not there to the server: 404 with an outcome', async () => {
    for (const path of ['/docs/nothing', '/docs/openapi/Nonsense.json', '/docs/openapi/Patient', '/docs/static/nothing.js', '/docs/openapi/..%2Fpackage.json']) {
      const answer = await get(path);
      expect([answer.status, answer.json?.resourceType], path).toEqual([404, 'OperationOutcome']);
    }
  });

  const refused: readonly [path: string, headers: Record<string, string>, status: number][] = [
    ['/docs/%zz', {}, 400], ['/docs/openapi/%ff.json', {}, 400], ['/nothing/%', {}, 400], ['/healthz/%zz', {}, 400], [`/docs/openapi/${'a'.repeat(300)}`, {}, 414], [`/docs/static/${'a'.repeat(3_000)}`, {}, 404],
    ['/docs/static/%00', {}, 404], ['/docs/static/..%2f..%2fpackage.json', {}, 404], ['/docs/static/swagger-ui.css', { range: 'bytes=99999999-' }, 416], ['/docs/static/swagger-ui.css', { 'if-match': '"x"' }, 412],
  ];
  it.each(refused)('answers what Fastify and its file server refuse with an outcome: %s %o', async (path, headers, status) => {
    const answer = await get(path, headers);
    expect([answer.status, answer.json?.resourceType, answer.json?.issue.length], answer.text.slice(0, 300)).toEqual([status, 'OperationOutcome', 1]);
    expect([answer.headers['content-type'], answer.headers['x-request-id']]).toEqual(['application/fhir+json; charset=utf-8', expect.stringMatching(/./)]);
    expect(server().log.filter((line) => line.includes('unexpected error'))).toEqual([]);
    const page = await get(path, { ...headers, accept: 'text/html' });
    expect([page.status, page.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8']);
  });
});

describe('a document', () => {
  it('is JSON with an ETag, and is not sent twice', async () => {
    const answer = await get('/docs/openapi/Patient.json');
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache', etag: expect.stringMatching(/^"[\w-]{16}"$/) });
    const again = await get('/docs/openapi/Patient.json', { 'if-none-match': answer.headers['etag']! });
    expect([again.status, again.text]).toEqual([304, '']);
    expect((await send('HEAD', `${root()}/docs/openapi/Patient.json`)).status).toBe(200);
    expect((await get('/docs/json')).json).toEqual((await get('/docs/openapi/System.json')).json);
    expect((await get('/docs/yaml')).text).toMatch(/^openapi: 3\.1/);
  });

  it('has the base as the one who asks reaches it, behind a proxy with a prefix too', async () => {
    expect((await get('/docs/openapi/Patient.json')).json.servers).toEqual([{ url: '/fhir' }]);
    expect((await get('/docs/openapi/Patient.json', { 'x-forwarded-prefix': '/ehr' })).json.servers).toEqual([{ url: '/fhir' }]);
    const behind = await serve(server().databaseUrl, { TRUST_PROXY: 'true' });
    try {
      const { json: document } = await send('GET', `${behind.base.replace(/\/fhir$/, '')}/docs/openapi/Patient.json`, { headers: { 'x-forwarded-prefix': '/ehr' } });
      expect(document.servers).toEqual([{ url: '/ehr/fhir' }]);
    } finally {
      await behind.close();
    }
  });
});

describe('the sample bodies', () => {
  const documents = new Map<string, any>();
  beforeAll(async () => {
    for (const name of ['System', ...types]) documents.set(name, (await get(`/docs/openapi/${name}.json`)).json);
  });
  const bodyOf = (type: string, method: string, path: string): any => documents.get(type).paths[path][method].requestBody.content[json].example;

  it.each(types)('%s is created, and stored at its id', async (type) => {
    const created = await send('POST', `${server().base}/${type}`, { body: bodyOf(type, 'post', `/${type}`) });
    expect([created.status, created.text.slice(0, 300)]).toEqual([201, expect.any(String)]);
    const sample = bodyOf(type, 'put', `/${type}/{id}`);
    expect(documents.get(type).components.parameters['path.id'].example).toBe(sample.id);
    expect((await send('PUT', `${server().base}/${type}/${sample.id}`, { body: sample })).status).toBe(201);
    expect((await get(`/fhir/${type}/${sample.id}`)).status).toBe(200);
    expect((await get(`/fhir/${type}/${sample.id}/_history/1`)).status).toBe(200);
  });

  it('the transaction is carried out, and a second time finds the patient of the first', async () => {
    const example = bodyOf('System', 'post', '/');
    const statuses = async (): Promise<string[]> => (await send('POST', `${server().base}/`, { body: example })).json.entry.map(({ response }: any) => response.status.slice(0, 3));
    expect(await statuses()).toEqual(['201', '201']);
    expect(await statuses()).toEqual(['200', '201']);
  });
});

/** A value that a parameter can have, from what its description says. */
const valueOf = ({ schema, description }: any): string => /`([^`]+)`/.exec(description)?.[1] ?? valuesByType[schema.title ?? schema.items.title]!;
const valuesByType: Readonly<Record<string, string>> = { unsignedInt: '1', integer: '1', code: 'Patient', date: '2026-01-01', boolean: 'true', instant: '2026-01-01T00:00:00Z', dateTime: '2026', string: 'meta' };

describe('the parameters and statuses that are named', () => {
  it('each query parameter and preference is taken by each operation without a body that names it', async () => {
    await send('PUT', `${server().base}/Patient/p`, { body: { resourceType: 'Patient', id: 'p' } });
    let tried = 0;
    for (const name of ['System', 'Patient']) {
      const { paths, components } = (await get(`/docs/openapi/${name}.json`)).json;
      for (const [path, methods] of Object.entries<any>(paths)) {
        // There is no job to ask for.
        if (path.startsWith('/_job/')) continue;
        for (const { $ref } of methods.get?.parameters ?? []) {
          const parameter = components.parameters[$ref.split('/').at(-1)];
          const isPreference = parameter.in === 'header' && parameter.name === 'Prefer';
          const isCommon = parameter.in === 'query' && /^_(?!id|lastUpdated|tag|profile|security|source)/.test(parameter.name);
          if (!isPreference && !isCommon) continue;
          for (const value of parameter.schema.enum ?? [valueOf(parameter)]) {
            const url = `/fhir${path.replace('{id}', 'p').replace('{vid}', '1').replace('{member}', 'Observation')}`;
            const answer = await (isPreference ? get(url, { prefer: value }) : get(`${url}?${parameter.name}=${encodeURIComponent(value)}`));
            expect(answer.status, `${url} ${parameter.name}=${value}: ${answer.text.slice(0, 200)}`).toBe(200);
            if (isPreference) expect(answer.headers['preference-applied']).toBe(value);
            tried++;
          }
        }
      }
    }
    expect(tried).toBeGreaterThan(50);
  });

  it('each operation is carried out, by query and by the sample body', async () => {
    const tried: string[] = [];
    for (const name of ['System', 'Patient']) {
      const { paths } = (await get(`/docs/openapi/${name}.json`)).json;
      for (const [path, methods] of Object.entries<any>(paths)) {
        for (const [method, { tags, requestBody, responses }] of Object.entries<any>(methods)) {
          if (!tags.includes('Operations')) continue;
          const body = requestBody?.content[json].example;
          const answer = await send(method.toUpperCase(), `${server().base}${path.replace('{id}', 'p')}`, body === undefined ? {} : { body });
          expect(answer.status, `${method} ${path}: ${answer.text.slice(0, 200)}`).toBe('202' in responses ? 202 : 200);
          tried.push(`${method} ${path}`);
        }
      }
    }
    expect(tried).toEqual(expect.arrayContaining(['get /$meta', 'post /Patient/{id}/$meta-add', 'post /$reindex']));
  });

  const patient = { resourceType: 'Patient', id: 'statuses' };
  const cases: readonly [method: string, path: string, template: string, status: number, options?: { headers?: Record<string, string>; body?: object }][] = [
    ['PUT', '/Patient/statuses', '/Patient/{id}', 201, { body: patient }],
    ['PUT', '/Patient/statuses', '/Patient/{id}', 200, { body: { ...patient, active: true } }],
    ['PUT', '/Patient/statuses', '/Patient/{id}', 412, { body: patient, headers: { 'if-match': 'W/"9"' } }],
    ['PUT', '/Patient/statuses', '/Patient/{id}', 422, { body: { ...patient, meta: { tag: [{ code: 'SUBSETTED' }] } } }],
    ['PUT', '/Patient/statuses', '/Patient/{id}', 415, { body: patient, headers: { 'content-type': 'text/plain' } }],
    ['POST', '/Patient', '/Patient', 201, { body: { resourceType: 'Patient', identifier: [{ system: 'http://x', value: 'statuses' }] }, headers: { 'if-none-exist': 'identifier=http://x|statuses' } }],
    ['POST', '/Patient', '/Patient', 200, { body: { resourceType: 'Patient' }, headers: { 'if-none-exist': 'identifier=http://x|statuses' } }],
    ['POST', '/Patient', '/Patient', 412, { body: { resourceType: 'Patient' }, headers: { 'if-none-exist': 'gender=' } }],
    ['GET', '/Patient/statuses', '/Patient/{id}', 304, { headers: { 'if-none-match': 'W/"2"' } }],
    ['GET', '/Patient/statuses', '/Patient/{id}', 304, { headers: { 'if-modified-since': 'Sat, 01 Jan 2050 00:00:00 GMT' } }],
    ['GET', '/Patient/statuses', '/Patient/{id}', 406, { headers: { accept: 'image/png' } }],
    ['GET', '/Patient/nobody', '/Patient/{id}', 404],
    ['GET', '/Patient/nobody/_history', '/Patient/{id}/_history', 404],
    ['GET', '/Patient?nonsense=1', '/Patient', 400],
    ['DELETE', '/Patient/statuses', '/Patient/{id}', 412, { headers: { 'if-match': 'W/"9"' } }],
    ['DELETE', '/Patient/statuses', '/Patient/{id}', 200],
    ['DELETE', '/Patient/statuses', '/Patient/{id}', 204, { headers: { prefer: 'return=minimal' } }],
    ['GET', '/Patient/statuses', '/Patient/{id}', 410],
  ];
  it('each status is answered, and is in the document', async () => {
    const { paths } = (await get('/docs/openapi/Patient.json')).json;
    for (const [method, path, template, status, options] of cases) {
      const answer = await send(method, `${server().base}${path}`, options);
      expect(answer.status, `${method} ${path}: ${answer.text.slice(0, 200)}`).toBe(status);
      const stated = paths[template][method.toLowerCase()].responses[status];
      expect(stated, `${method} ${template} ${status}`).toBeDefined();
      for (const header of Object.keys(stated.headers ?? {}).filter((name) => name !== 'Preference-Applied')) expect(answer.headers[header.toLowerCase()], `${path} ${header}`).toBeDefined();
    }
  });
});
