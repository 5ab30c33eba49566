/** What real clients depend on, by their literal requests: transactions, CORS, caching, encodings, headers. The numbers are those of the list that the project keeps of it. R4: http.html. */
import { gzipSync } from 'node:zlib';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { send, sendBytes, type Answer } from '../support/http.ts';
import { serve, startServer, useServer } from '../support/server.ts';

const server = useServer();
const at = (path: string): string => server().base + path;
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => send('GET', at(path), { headers });
const bundle = (type: string, ...entry: object[]): Promise<Answer> => send('POST', at('/'), { body: { resourceType: 'Bundle', type, entry } });
const text = '{"resourceType":"Patient","id":"a","name":[{"family":"Müller"}]}';
const put = (headers: Record<string, string> = {}, body: unknown = text): Promise<Answer> => send('PUT', at('/Patient/a'), { body, headers });

beforeAll(async () => {
  expect((await put()).status).toBe(201);
});

describe('51 entries of transactions and batches', () => {
  it.each(['Patient/a', '/Patient/a', 'Patient/a?', 'Patient/a/', '%50atient/a', 'BASE/Patient/a', 'BASE/R4/Patient/a', 'Patient?_id=a', 'Patient?_id%3Aexact=a'.replace('%3Aexact', ''), '/Patient?_id=a%2Cb'])('request.url may be %s', async (url) => {
    for (const type of ['batch', 'transaction']) {
      const { json } = await bundle(type, { request: { method: 'GET', url: url.replace('BASE', server().base) } });
      expect([json.entry[0].response.status, json.entry[0].resource.id ?? json.entry[0].resource.entry[0].resource.id], JSON.stringify(json)).toEqual(['200 OK', 'a']);
    }
  });
  it.each(['http://elsewhere.example.org/fhir/Patient/a', 'Patient/%zz'])('request.url "%s" is 400', async (url) => {
    expect((await bundle('transaction', { request: { method: 'GET', url } })).status).toBe(400);
  });
  it('request.url may be absent where the resource says it (HAPI\'s transaction().withResources)', async () => {
    const body = '{"resourceType":"Bundle","id":"530c6b97-5a5d-4c05-800a-2ef2621ef870","type":"transaction","total":2,"entry":[{"resource":{"resourceType":"Patient","active":true},"request":{"method":"POST"}},{"resource":{"resourceType":"Patient","id":"7","active":true},"request":{"method":"PUT"}}]}';
    const { json } = await send('POST', at('/'), { body });
    expect(json.entry.map(({ response }: any) => response.status), JSON.stringify(json)).toEqual(['201 Created', '201 Created']);
    expect((await get('/Patient/7')).json.active).toBe(true);
    for (const entry of [{ request: { method: 'GET' } }, { request: { method: 'DELETE' } }, { resource: { resourceType: 'Patient' }, request: { method: 'PUT' } }]) {
      expect((await bundle('transaction', entry)).json.issue[0].expression).toEqual(['Bundle.entry[0].request.url']);
    }
  });
  it('status begins with three digits, etag is weak', async () => {
    const { json } = await bundle('transaction', { resource: { resourceType: 'Patient' }, request: { method: 'POST', url: '/Patient' } }, { request: { method: 'GET', url: 'Patient/a' } });
    expect(json.entry[0].response).toMatchObject({ status: '201 Created', etag: 'W/"1"' });
    expect(json.entry[1].response).toMatchObject({ status: '200 OK', etag: 'W/"1"' });
  });
  it('an empty Bundle is 200', async () => {
    for (const type of ['batch', 'transaction']) expect((await bundle(type)).json).toMatchObject({ resourceType: 'Bundle', type: `${type}-response` });
    expect((await send('POST', at('/'), { body: { resourceType: 'Bundle', type: 'batch' } })).status).toBe(200);
  });
  it('of two equal ifNoneExist the second finds the first', async () => {
    const entry = { resource: { resourceType: 'Patient', identifier: [{ system: 'urn:t', value: '1' }] }, request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=urn:t|1' } };
    const { json } = await bundle('transaction', entry, entry);
    expect(json.entry.map(({ response }: any) => response.status)).toEqual(['201 Created', '200 OK']);
    expect(json.entry[0].response.location).toBe(json.entry[1].response.location);
  });
  it.each([[undefined], ['document'], ['collection'], ['searchset'], ['history'], ['batch-response'], ['nonsense']])('a Bundle of type %s is not carried out, and the outcome says where it can be stored', async (type) => {
    const answer = await send('POST', at('/'), { body: { resourceType: 'Bundle', ...(type !== undefined && { type }) } });
    expect([answer.status, answer.json.issue[0].diagnostics]).toEqual([400, expect.stringContaining(type === undefined ? 'no type' : `POST it to ${server().base}/Bundle`)]);
  });
});

describe('54 CORS', () => {
  const asked = { origin: 'https://app.example.org', 'access-control-request-method': 'PUT' };
  const wanted = 'accept,authorization,content-type,if-match,if-none-match,if-none-exist,if-modified-since,prefer,cache-control,x-requested-with,x-request-id,x-medplum';
  it('a preflight as browsers send it is answered, for any method and every header that clients use', async () => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status, headers } = await send('OPTIONS', at('/Patient/a'), { headers: { ...asked, 'access-control-request-method': method, 'access-control-request-headers': wanted, 'sec-fetch-mode': 'cors' } });
      expect([status, headers['access-control-allow-origin'], headers['access-control-allow-credentials']]).toEqual([204, '*', undefined]);
      expect(headers['access-control-allow-methods']!.split(', ')).toContain(method);
      const allowed = headers['access-control-allow-headers']!.toLowerCase().split(', ');
      for (const name of wanted.split(',')) expect(allowed).toContain(name);
    }
  });
  it.each(['/metadata', '/Patient', '/Patient/_search', '/', '/Patient/a/_history/1', '/$meta'])('also of %s', async (path) => {
    expect((await send('OPTIONS', at(path), { headers: asked })).headers).toMatchObject({ 'access-control-allow-origin': '*' });
  });
  it('what browsers may see is exposed, on errors as well', async () => {
    for (const path of ['/Patient/a', '/Patient/none', '/nonsense']) {
      const exposed = (await get(path, { origin: asked.origin })).headers['access-control-expose-headers'];
      for (const name of ['ETag', 'Location', 'Content-Location', 'Last-Modified', 'Preference-Applied', 'Retry-After', 'Server-Timing', 'X-Request-Id']) expect(exposed, path).toContain(name);
    }
  });
  it('is for the origins of the setting, and answers differ by Origin', async () => {
    const listed = await startServer({ CORS_ORIGINS: 'https://app.example.org,https://other.example.org' });
    try {
      const allowed = await send('GET', `${listed.base}/metadata?_elements=fhirVersion`, { headers: { origin: 'https://other.example.org' } });
      expect([allowed.headers['access-control-allow-origin'], allowed.headers['vary']]).toEqual(['https://other.example.org', expect.stringContaining('Origin')]);
      const foreign = await send('GET', `${listed.base}/metadata?_elements=fhirVersion`, { headers: { origin: 'https://evil.example.org' } });
      expect([foreign.headers['access-control-allow-origin'], foreign.headers['vary']]).toEqual([undefined, expect.stringMatching(/Accept.*Origin/)]);
      const preflight = await send('OPTIONS', `${listed.base}/Patient/a`, { headers: { ...asked, 'access-control-request-headers': 'if-match' } });
      expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, 'https://app.example.org']);
    } finally {
      await listed.close();
    }
  });
});

describe('55 caching', () => {
  it('a copy is private and asked for before it is used; answers differ by representation and preference', async () => {
    for (const path of ['/Patient/a', '/Patient', '/Patient/a/_history', '/metadata', '/Patient/none', '/StructureDefinition/Patient']) {
      expect((await get(path)).headers, path).toMatchObject({ 'cache-control': 'private, no-cache', vary: expect.stringMatching(/Accept, Accept-Encoding, Prefer/) });
    }
  });
  it('a search and a history that the client has are 304 until something on the page changes', async () => {
    const change = (n: number): Promise<Answer> => send('PUT', at('/Organization/c'), { body: { resourceType: 'Organization', id: 'c', name: `Cached ${n}` } });
    await change(1);
    for (const path of ['/Organization?name=cached', '/Organization?name=cached&_elements=name', '/Organization/c/_history', '/Organization/_history']) {
      const first = await get(path);
      const { etag } = first.headers;
      expect(etag, path).toMatch(/^W\/"[A-Za-z0-9_-]{16}"$/);
      const again = await get(path, { 'if-none-match': etag! });
      expect([again.status, again.text, again.headers['etag']], path).toEqual([304, '', etag]);
      expect((await send('HEAD', at(path), { headers: { 'if-none-match': etag! } })).status).toBe(304);
      expect((await get(path, { 'if-none-match': '"other"' })).status).toBe(200);
      await change(Math.random());
      const changed = await get(path, { 'if-none-match': etag! });
      expect([changed.status, changed.headers['etag'] === etag], path).toEqual([200, false]);
    }
    expect((await get('/Organization?name=cached&_count=1')).headers['etag']).not.toBe((await get('/Organization?name=cached')).headers['etag']);
  });
  it('a warning in the result does not change the tag each time', async () => {
    const ask = (): Promise<Answer> => get('/Organization?nonsense=1', { prefer: 'handling=lenient' });
    expect((await ask()).headers['etag']).toBe((await ask()).headers['etag']);
  });
  it('NO_STORE forbids copies', async () => {
    const strict = await serve(server().databaseUrl, { NO_STORE: 'true' });
    try {
      for (const path of ['/Patient/a', '/Patient?family=x', '/Patient/none']) expect((await send('GET', strict.base + path)).headers['cache-control'], path).toBe('no-store');
    } finally {
      await strict.close();
    }
  });
});

describe('56 bodies and connections', () => {
  it('gzip of HAPI\'s interceptor is taken', async () => expect((await put({ 'content-encoding': 'gzip', 'content-type': 'application/fhir+json; charset=UTF-8' }, gzipSync(text))).status).toBe(200));
  it('what is said to be gzip and is not, or is not read at all, ends nothing but its request', async () => {
    const gzip = { 'content-encoding': 'gzip' };
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE']) {
      for (const headers of [gzip, { ...gzip, 'content-length': '0' }, { 'content-encoding': 'br' }] as Record<string, string>[]) expect((await send(method, at('/Patient/nobody'), { headers })).status, method).not.toBe(415);
      for (const body of ['not gzip', gzipSync(text).subarray(0, 20)]) expect((await send(method, at('/Patient?_id=nobody'), { body, headers: gzip })).status, method).toBeLessThan(500);
    }
    for (const [body, status] of [['not gzip', 400], [gzipSync(text).subarray(0, 20), 400], ['', 400]] as const) expect((await put(gzip, body)).status).toBe(status);
    // Refused by their headers, before the body is looked at.
    expect((await put({ ...gzip, 'content-type': 'nonsense' }, 'not gzip')).status).toBe(415);
    for (const head of ['PUT /fhir/Patient/a HTTP/1.1\r\nContent-Type: application/fhir+json\r\nContent-Length: 99999999', 'GET /fhir/Patient/a HTTP/1.1\r\nContent-Length: 8', 'POST /nonsense HTTP/1.1\r\nContent-Type: nonsense\r\nContent-Length: 8']) {
      expect(await sendBytes(server().base, `${head}\r\nHost: x\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\nnot gzip`)).toMatch(/^HTTP\/1\.1 (?:200|4\d\d) /);
    }
    expect((await get('/Patient/a')).status).toBe(200);
  });
  it('a body that inflates over the limit is 413 before it is held', async () => {
    const small = await startServer({ BODY_LIMIT: '100KiB' });
    try {
      const answer = await send('PUT', `${small.base}/Patient/a`, { body: gzipSync(Buffer.alloc(50_000_000, 0x20)), headers: { 'content-encoding': 'gzip' } });
      expect([answer.status, answer.json.issue[0].code]).toEqual([413, 'too-long']);
    } finally {
      await small.close();
    }
  });
  it.each(['application/fhir+json; charset="UTF-8"', 'application/fhir+json; charset=Utf-8', 'application/fhir+json;CHARSET=utf-8'])('%s', async (type) => expect((await put({ 'content-type': type })).status).toBe(200));
  it('a byte order mark of .NET, also in a form', async () => {
    expect((await put({}, `\uFEFF${text}`)).status).toBe(200);
    expect((await send('POST', at('/Patient/_search'), { body: '\uFEFF_id=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } })).json.total).toBe(1);
  });
  it.each(['utf-8', 'iso-8859-1, utf-8;q=0.5', '*'])('Accept-Charset: %s is answered in utf-8', async (charset) => {
    expect((await get('/Patient/a', { 'accept-charset': charset })).headers['content-type']).toBe('application/fhir+json; charset=utf-8');
  });
  it('Expect: 100-continue (curl, .NET, HAPI) gets its 100', async () => {
    const { hostname, port } = new URL(server().base);
    const received = await new Promise<string>((resolve, reject) => {
      let all = '';
      const socket = connect(Number(port), hostname, () => socket.write(`PUT /fhir/Patient/a HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`));
      socket.on('data', (data) => {
        if (all === '') socket.write(text);
        all += data.toString();
      });
      socket.on('end', () => resolve(all)).on('error', reject);
    });
    expect(received).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });
  it('connections stay longer than a proxy keeps them, and a slow upload has five minutes', async () => {
    expect((await new Promise<Record<string, unknown>>((resolve, reject) => {
      const agent = new Agent({ keepAlive: true });
      httpRequest(at('/Patient/a'), { agent }, (response) => {
        response.resume().on('end', () => agent.destroy());
        resolve(response.headers);
      }).on('error', reject).end();
    }))['keep-alive']).toBe('timeout=75');
    expect(server().app.server.requestTimeout).toBe(300_000);
  });
});

describe('57 both loopbacks are one base', () => {
  it('in references, in If-None-Exist and in a Bundle\'s URLs', async () => {
    const own = await serve(server().databaseUrl, { PORT: '18199' });
    try {
      for (const host of ['localhost', '127.0.0.1', '[::1]']) {
        const base = `http://${host}:18199/fhir`;
        const { json } = await send('POST', `${own.base}/Observation`, { body: { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: `${base}/Patient/a` } } });
        expect((await send('GET', `${own.base}/Observation?subject=Patient/a&_id=${json.id}`)).json.total, host).toBe(1);
        expect((await send('GET', `${own.base}/Observation?subject=${base}/Patient/a&_id=${json.id}`)).json.total, host).toBe(1);
        const batch = await send('POST', own.base, { body: { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: `${base}/Patient/a` } }] } });
        expect(batch.json.entry[0].response.status, host).toBe('200 OK');
        expect((await send('POST', `${own.base}/Patient`, { body: { resourceType: 'Patient' }, headers: { 'if-none-exist': `${base}/Patient?_id=a` } })).status, host).toBe(200);
      }
    } finally {
      await own.close();
    }
  });
});

describe('60 headers of every answer', () => {
  it('X-Request-Id is echoed; one that cannot be is in X-Correlation-Id', async () => {
    expect((await get('/Patient/a', { 'x-request-id': 'abc-1' })).headers).toMatchObject({ 'x-request-id': 'abc-1' });
    expect((await get('/Patient/a', { 'x-request-id': 'abc-1' })).headers['x-correlation-id']).toBeUndefined();
    const replaced = (await get('/Patient/a', { 'x-request-id': 'two words' })).headers;
    expect([replaced['x-correlation-id'], replaced['x-request-id']]).toEqual(['two words', expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect((await get('/Patient/a', { 'x-request-id': 'x'.repeat(200) })).headers['x-correlation-id']).toBe('x'.repeat(200));
    expect((await get('/Patient/a')).headers['x-correlation-id']).toBeUndefined();
  });
  it.each(['/Patient/a', '/Patient/a/_history/1', '/metadata', '/Patient?_id=a', '/Patient/a/_history', '/Patient/none', '/Patient/a?_pretty=true', '/Patient/a?_elements=name', '/SearchParameter/Patient-name', '/Patient/a/$meta'])('HEAD of %s has the headers of GET', async (path) => {
    const [plain, head] = [await get(path), await send('HEAD', at(path))];
    expect([head.status, head.text]).toEqual([plain.status, '']);
    for (const name of ['content-length', 'content-type', 'etag', 'last-modified', 'content-location', 'cache-control', 'vary']) expect(head.headers[name], name).toBe(plain.headers[name]);
    expect(Number(head.headers['content-length'])).toBe(Buffer.byteLength(plain.text));
  });
  it('a server whose database is gone answers 503, an outcome and when to try again', async () => {
    const { url, drop } = await createDatabase();
    const broken = await serve(url);
    try {
      await drop();
      const answer = await send('GET', `${broken.base}/Patient/a`);
      expect([answer.status, answer.json.issue[0].code, answer.headers['retry-after']], answer.text).toEqual([503, 'transient', '1']);
      expect((await send('GET', broken.base.replace('/fhir', '/readyz'))).status).toBe(503);
    } finally {
      await broken.close();
    }
  });
});

it('what is no HTTP at all is 400 with an outcome', async () => {
  expect(await sendBytes(server().base, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"resourceType":"OperationOutcome"/s);
});
