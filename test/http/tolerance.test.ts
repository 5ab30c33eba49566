/** HTTP as clients send it: URLs, media types, encodings, methods, headers. R4: http.html; the clients are named in the cases. */
import { gzipSync } from 'node:zlib';
import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { startServer, useServer } from '../support/server.ts';

const server = useServer();
const root = (): string => server().base.replace(/\/fhir$/, '');
const at = (path: string): string => root() + path;
const body = '{"resourceType":"Patient","id":"a","name":[{"family":"Müller"}]}';
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => send('GET', at(path), { headers });

beforeAll(async () => {
  expect((await send('PUT', at('/fhir/Patient/a'), { body })).status).toBe(201);
});

describe('a URL', () => {
  const same = ['/fhir/Patient/a', '/fhir/Patient/a/', '/fhir//Patient/a', '//fhir/Patient//a', '/fhir/Patient/a?', '/fhir/R4/Patient/a', '/fhir/%50atient/%61', '/fhir/Patient/a#fragment'];
  it.each(same)('%s is the patient', async (path) => expect((await get(path)).json?.id).toBe('a'));

  const searches: readonly [path: string, total: number][] = [
    ['/fhir/Patient/?family=M%C3%BCller', 1], ['/fhir/Patient?name%3Aexact=M%C3%BCller', 1], ['/fhir/Patient?identifier=a|b', 0], ['/fhir/Patient?_id=a%2Cb', 1],
    ['/fhir/Patient?birthdate=ge1900-01-01T00:00:00+02:00', 0], ['/fhir/Patient?', 1], ['/fhir/Patient/?', 1],
  ];
  it.each(searches)('%s finds %i', async (path, total) => {
    expect((await get(path)).json?.total, path).toBe(total);
  });

  const refused: readonly [path: string, status: number][] = [
    ['/fhir/patient/a', 404], ['/fhir/Patientt', 404], ['/fhir/Patient/a/b/c/d', 404], ['/fhir/$nonsense', 404], ['/fhir/Patient/$everything', 404], ['/fhir/Patient/a/%24nonsense', 404], ['/nothing', 404],
    ['/fhir/Patient/a%2Fb', 400], ['/fhir/Patient/%00', 400], ['/fhir/Patient/%', 400], ['/fhir/Patient/%zz', 400], ['/fhir/Patient/%2561', 400], ['/fhir/Patient?name=%zz', 400], ['/fhir/Patient/a_b', 400], [`/fhir/Patient/${'x'.repeat(300)}`, 400],
  ];
  it.each(refused)('%s is %i with an outcome', async (path, status) => {
    const answer = await get(path);
    expect([answer.status, answer.json?.resourceType], answer.text).toEqual([status, 'OperationOutcome']);
  });

  it('suggests the type that was meant', async () => expect((await get('/fhir/patient')).json.issue[0].diagnostics).toContain('"Patient" is'));
  it('links keep host and path of the request', async () => {
    const answer = await get('/fhir/R4/Patient', { host: 'records.example.org:81' });
    expect(answer.json.link[0].url).toBe('http://records.example.org:81/fhir/R4/Patient');
    expect(answer.json.entry[0].fullUrl).toBe('http://records.example.org:81/fhir/R4/Patient/a');
  });
  it('forwarded headers are not believed unless TRUST_PROXY says so', async () => {
    const headers = { 'x-forwarded-host': 'evil.example.org', 'x-forwarded-proto': 'https', 'x-forwarded-prefix': '/x', 'x-forwarded-port': '8443' };
    expect((await get('/fhir/Patient', headers)).text).not.toContain('evil');
    const trusting = await startServer({ TRUST_PROXY: 'true' });
    try {
      const answer = await send('GET', `${trusting.base}/Patient`, { headers: { ...headers, 'x-forwarded-host': 'fhir.example.org' } });
      expect(answer.json.link[0].url).toBe('https://fhir.example.org:8443/x/fhir/Patient');
    } finally {
      await trusting.close();
    }
  });
  it('BASE_URL overrules', async () => {
    const based = await startServer({ BASE_URL: 'https://fhir.example.org/r4' });
    try {
      expect((await send('GET', `${based.base}/Patient`)).json.link[0].url).toBe('https://fhir.example.org/r4/Patient');
    } finally {
      await based.close();
    }
  });
});

describe('what is answered', () => {
  const fhir = 'application/fhir+json; charset=utf-8';
  const accepted: readonly [accept: string | undefined, query: string, contentType: string][] = [
    [undefined, '', fhir], ['*/*', '', fhir], ['application/fhir+json', '', fhir], ['application/json', '', 'application/json; charset=utf-8'], ['text/json', '', 'text/json; charset=utf-8'],
    ['application/json+fhir', '', fhir], ['application/fhir+json;fhirVersion=4.0', '', fhir], ['application/fhir+json; fhirVersion="4.0"; q=0.5', '', fhir], ['text/html,application/fhir+json', '', fhir],
    // HAPI's client.
    ['application/fhir+xml;q=1.0, application/fhir+json;q=1.0, application/xml+fhir;q=0.9, application/json+fhir;q=0.9', '', fhir],
    ['application/fhir+xml', '?_format=json', fhir], ['application/xml', '?_format=application/fhir%2Bjson', fhir], [undefined, '?_format=application/fhir+json', fhir], [undefined, '?_format=application/json', 'application/json; charset=utf-8'],
    [undefined, '?_format=text/json', 'text/json; charset=utf-8'], ['application/fhir+json;q=0, application/json;q=0.1', '', 'application/json; charset=utf-8'], ['APPLICATION/FHIR+JSON', '', fhir],
  ];
  it.each(accepted)('Accept %s with "%s" is %s', async (accept, query, contentType) => {
    const answer = await get(`/fhir/Patient/a${query}`, accept === undefined ? {} : { accept });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, contentType]);
  });
  const refused: readonly [accept: string, query: string][] = [
    ['application/fhir+xml', ''], ['text/turtle', ''], ['application/fhir+json;fhirVersion=3.0', ''], ['application/fhir+json;q=0', ''], ['*/*', '?_format=xml'], ['*/*', '?_format=nonsense'], ['image/png', ''],
  ];
  it.each(refused)('Accept %s with "%s" is 406', async (accept, query) => {
    const answer = await get(`/fhir/Patient/a${query}`, { accept });
    expect([answer.status, answer.json.resourceType, answer.headers['content-type']]).toEqual([406, 'OperationOutcome', fhir]);
  });
  it('_pretty is white space and no other difference', async () => {
    const pretty = await get('/fhir/Patient/a?_pretty=true');
    expect(pretty.text.split('\n').length).toBeGreaterThan(5);
    expect(pretty.json).toEqual((await get('/fhir/Patient/a')).json);
  });
});

describe('a body', () => {
  const put = (headers: Record<string, string>, bytes: unknown = body): Promise<Answer> => send('PUT', at('/fhir/Patient/a'), { body: bytes, headers });
  const taken = ['application/fhir+json', 'application/json', 'application/json+fhir', 'text/json', 'application/fhir+json; charset=UTF-8', 'application/fhir+json;charset="utf-8"', 'application/fhir+json; fhirVersion=4.0', 'Application/FHIR+JSON'];
  it.each(taken)('of %s is taken', async (type) => expect((await put({ 'content-type': type })).status).toBe(200));
  const refused = ['application/fhir+xml', 'text/plain', 'application/x-www-form-urlencoded', 'application/fhir+json; charset=latin1', 'application/fhir+json; fhirVersion=5.0', 'nonsense', 'application/octet-stream'];
  it.each(refused)('of %s is 415', async (type) => {
    const answer = await put({ 'content-type': type });
    expect([answer.status, answer.json?.resourceType], answer.text).toEqual([415, 'OperationOutcome']);
  });
  it('may begin with a byte order mark (.NET)', async () => expect((await put({}, `\uFEFF${body}`)).status).toBe(200));
  it('may be gzip (HAPI), within the limit on what it inflates to', async () => {
    expect((await put({ 'content-encoding': 'gzip' }, gzipSync(body))).status).toBe(200);
    expect((await put({ 'content-encoding': 'gzip' }, 'no gzip')).status).toBe(400);
    expect((await put({ 'content-encoding': 'br' }, gzipSync(body))).status).toBe(415);
  });
  it('of a GET or DELETE with a JSON Content-Type and nothing in it is none (Postman, axios)', async () => {
    expect((await get('/fhir/Patient/a', { 'content-type': 'application/json' })).status).toBe(200);
    expect((await send('DELETE', at('/fhir/Patient/nobody'), { headers: { 'content-type': 'application/json', 'content-length': '0' } })).status).toBe(200);
  });
  it('over BODY_LIMIT is 413, sent plain, in pieces or inflated, and the server goes on', async () => {
    const small = await startServer({ BODY_LIMIT: '100KiB' });
    try {
      const large = JSON.stringify({ resourceType: 'Patient', id: 'a', name: [{ family: 'x'.repeat(200_000) }] });
      for (const [headers, bytes] of [[{}, large], [{ 'content-encoding': 'gzip' }, gzipSync(large)]] as const) {
        const answer = await send('PUT', `${small.base}/Patient/a`, { body: bytes, headers: { ...headers } });
        expect([answer.status, answer.json?.issue[0].code], answer.text).toEqual([413, 'too-long']);
      }
      expect((await send('PUT', `${small.base}/Patient/a`, { body })).status).toBe(201);
    } finally {
      await small.close();
    }
  });
});

describe('a method', () => {
  const cases: readonly [method: string, path: string, allow: string[]][] = [
    ['POST', '/fhir/Patient/a', ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']], ['PATCH', '/fhir/Patient/a/_history/1', ['GET', 'HEAD']], ['DELETE', '/fhir/Patient/_search', ['POST']],
    ['PUT', '/fhir', ['GET', 'HEAD', 'POST']], ['POST', '/fhir/metadata', ['GET', 'HEAD']], ['PUT', '/fhir/Patient/a/_history/1', ['GET', 'HEAD']],
  ];
  it.each(cases)('%s %s is 405 with Allow', async (method, path, allow) => {
    const answer = await send(method, at(path), method === 'GET' ? {} : { body });
    expect([answer.status, answer.json?.resourceType]).toEqual([405, 'OperationOutcome']);
    expect(answer.headers['allow']!.split(', ').toSorted()).toEqual(allow.toSorted());
  });
  it('OPTIONS answers with Allow', async () => {
    const answer = await send('OPTIONS', at('/fhir/Patient/a'));
    expect([answer.status, answer.headers['allow']]).toEqual([204, expect.stringContaining('PUT')]);
    expect(answer.headers['accept-patch']).toBe('application/json-patch+json, application/merge-patch+json, application/fhir+json');
  });
});

describe('headers', () => {
  it('X-Request-Id is echoed, or made where it cannot be', async () => {
    expect((await get('/fhir/Patient/a', { 'x-request-id': 'abc-1' })).headers['x-request-id']).toBe('abc-1');
    expect((await get('/fhir/Patient/a')).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect((await get('/fhir/Patient/a', { 'x-request-id': 'x'.repeat(500) })).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
  it('Server-Timing, Cache-Control, Vary and nosniff are sent', async () => {
    expect((await get('/fhir/Patient/a')).headers).toMatchObject({
      'server-timing': expect.stringMatching(/^total;dur=\d/), 'cache-control': 'private, no-cache', vary: expect.stringContaining('Prefer'), 'x-content-type-options': 'nosniff',
    });
  });
  it('browsers may call from elsewhere, before any other check, and see the headers they need', async () => {
    const preflight = await send('OPTIONS', at('/fhir/Patient/a'), { headers: { origin: 'https://app.example.org', 'access-control-request-method': 'PUT', 'access-control-request-headers': 'if-match,content-type,prefer' } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe('*');
    expect(preflight.headers['access-control-allow-credentials']).toBeUndefined();
    for (const name of ['If-Match', 'If-None-Exist', 'Prefer', 'X-Request-Id']) expect(preflight.headers['access-control-allow-headers']).toContain(name);
    const answer = await get('/fhir/Patient/a', { origin: 'https://app.example.org' });
    for (const name of ['ETag', 'Location', 'Content-Location', 'Last-Modified']) expect(answer.headers['access-control-expose-headers']).toContain(name);
  });
  it('of 20 KiB are taken; over 64 KiB are 431 with an outcome', async () => {
    expect((await get('/fhir/Patient/a', { cookie: 'x'.repeat(20_000) })).status).toBe(200);
    const answer = await get('/fhir/Patient/a', { cookie: 'x'.repeat(70_000) });
    expect([answer.status, answer.json.resourceType]).toEqual([431, 'OperationOutcome']);
  });
  it('a Host that is none is 400', async () => expect((await get('/fhir/Patient/a', { host: 'a b<script>' })).status).toBe(400));
});

it('what is no HTTP is 400 with an outcome', async () => {
  const { port } = new URL(root());
  const text = await new Promise<string>((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
    socket.on('data', (data) => (received += data.toString()));
    socket.on('end', () => resolve(received));
    socket.on('error', reject);
  });
  expect(text).toMatch(/^HTTP\/1\.1 400 .*"resourceType":"OperationOutcome"/s);
});

describe('health', () => {
  it('/healthz and /readyz answer', async () => {
    expect((await get('/healthz')).json).toEqual({ status: 'ok' });
    expect((await get('/readyz')).json).toEqual({ status: 'ready' });
  });
});

it('one line a request is logged, without a value of the query', async () => {
  await get('/fhir/Patient?family=Geheimnis', { 'x-request-id': 'logged' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const lines = server().log.filter((line) => line.includes('"logged"'));
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({ method: 'GET', interaction: 'search-type', type: 'Patient', status: 200, ms: expect.any(Number), reqId: 'logged' });
  expect(server().log.join('')).not.toContain('Geheimnis');
});

it.each(['foo', '200-ok'])('Expect: %s, which is not met, is 417 with an outcome (RFC 9110, 10.1.1); 100-continue is met', async (expected) => {
  const { hostname, port } = new URL(server().base);
  const ask = (lines: string): Promise<string> => new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(lines));
    socket.on('data', (data) => (text += data.toString())).on('end', () => resolve(text)).on('error', reject);
  });
  const request = (expect: string): string => `POST /fhir/Basic HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: 51\r\nConnection: close\r\nX-Request-Id: mine\r\nExpect: ${expect}\r\n\r\n`;
  const refused = await ask(request(expected));
  expect(refused).toMatch(/^HTTP\/1\.1 417 /);
  expect(refused.toLowerCase()).toContain('x-request-id: mine');
  const outcome = JSON.parse(/\{"resourceType".*\}/.exec(refused)![0]);
  expect([outcome.resourceType, outcome.issue[0].diagnostics]).toEqual(['OperationOutcome', `"Expect" is "${expected}", and this server meets "100-continue" alone`]);
  expect(await ask(request('100-continue') + '{"resourceType":"Basic","code":{"text":"expected"}}')).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 /);
});
