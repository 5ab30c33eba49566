/** Who gets a page and who gets JSON, by the literal Accept headers of browsers and clients. R4: http.html#mime-type. */
import { beforeAll, describe, expect, it } from 'vitest';
import { send, type Answer } from '../../support/http.ts';
import { useServer } from '../../support/server.ts';

const server = useServer();
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => send('GET', server().base + path, { headers });
const chrome = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7';
const page = 'text/html; charset=utf-8';
const fhir = 'application/fhir+json; charset=utf-8';

beforeAll(async () => {
  await send('PUT', `${server().base}/Patient/a`, { body: { resourceType: 'Patient', id: 'a', name: [{ family: 'Müller' }] } });
});

describe('a page is for', () => {
  const cases: readonly [who: string, accept: string][] = [
    ['Chrome', chrome],
    ['Firefox', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['Firefox of 2024', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8'],
    ['Safari', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
    ['Lynx', 'text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01'],
    ['HTML alone', 'text/html'],
    ['HTML before FHIR', 'text/html, application/fhir+json;q=0.9'],
    ['HTML where nothing else can be given', 'application/fhir+xml, text/html;q=0.5'],
  ];
  it.each(cases)('%s: %s', async (_who, accept) => {
    const answer = await get('/Patient/a', { accept });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, page]);
    expect(answer.headers['vary']).toContain('Accept');
  });
  it.each(['html', 'text/html', 'HTML'])('_format=%s, whatever Accept says', async (format) => {
    expect((await get(`/Patient/a?_format=${format}`, { accept: 'application/fhir+json' })).headers['content-type']).toBe(page);
  });
});

describe('JSON is for', () => {
  const cases: readonly [who: string, accept: string | undefined, contentType: string][] = [
    ['curl, and fetch', '*/*', fhir],
    ['nobody who says', undefined, fhir],
    ['HAPI', 'application/fhir+xml;q=1.0, application/fhir+json;q=1.0, application/xml+fhir;q=0.9, application/json+fhir;q=0.9', fhir],
    ['axios', 'application/json, text/plain, */*', 'application/json; charset=utf-8'],
    ['fhir-kit-client', 'application/fhir+json', fhir],
    ['fhirpy', 'application/json', 'application/json; charset=utf-8'],
    ['fhirclient.js', 'application/json,*/*', 'application/json; charset=utf-8'],
    ['HttpURLConnection of Java', 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', fhir],
    ['a tie with FHIR', 'text/html, application/fhir+json', fhir],
    ['a tie with anything', 'text/html, */*', fhir],
    ['FHIR before HTML', 'application/fhir+json, text/html;q=0.9', fhir],
    ['FHIR as XML before HTML', 'application/fhir+xml, text/html;q=0.9, */*;q=0.1', fhir],
    ['HTML refused', 'text/html;q=0, */*;q=0.1', fhir],
  ];
  it.each(cases)('%s: %s', async (_who, accept, contentType) => {
    const answer = await get('/Patient/a', accept === undefined ? {} : { accept });
    expect([answer.status, answer.headers['content-type'], answer.json?.id]).toEqual([200, contentType, 'a']);
    expect(answer.headers['content-security-policy']).toBeUndefined();
  });
  it('a browser that asks for it by _format', async () => {
    const answer = await get('/Patient/a?_format=json&_pretty=true', { accept: chrome });
    expect([answer.headers['content-type'], answer.json.id]).toEqual([fhir, 'a']);
  });
});

describe('a page', () => {
  it('may load nothing but its own stylesheet and images that are in it', async () => {
    const { headers, text } = await get('/Patient/a', { accept: chrome });
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; img-src data:; form-action 'self' http:\/\/127\.0\.0\.1:\d+; base-uri 'none'; frame-ancestors 'none'$/);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'private, no-cache', 'referrer-policy': 'same-origin' });
    expect(text).not.toMatch(/<script|\son\w+=|<link rel="stylesheet|src="http/i);
  });

  it('is never taken as unchanged: it shows more than the version', async () => {
    const { headers } = await get('/Patient/a', { accept: chrome });
    expect([headers['etag'], headers['last-modified']]).toEqual([undefined, undefined]);
    expect((await get('/Patient/a', { accept: chrome, 'if-none-match': 'W/"1"' })).status).toBe(200);
    expect((await get('/Patient/a', { 'if-none-match': 'W/"1"' })).status).toBe(304);
  });

  it('has its headers, and no body, by HEAD', async () => {
    const [head, whole] = [await send('HEAD', `${server().base}/Patient/a`, { headers: { accept: chrome } }), await get('/Patient/a', { accept: chrome })];
    expect([head.status, head.text, head.headers['content-type']]).toEqual([200, '', page]);
    expect(head.headers['content-length']).toBe(whole.headers['content-length']);
  });

  it('is also what a write answers to a person', async () => {
    const answer = await send('POST', `${server().base}/Patient`, { body: { resourceType: 'Patient', name: [{ text: 'New' }] }, headers: { accept: chrome } });
    expect([answer.status, answer.headers['content-type']]).toEqual([201, page]);
    expect(answer.headers['location']).toMatch(/\/_history\/1$/);
    expect(answer.text).not.toContain('_format=json');
  });
});

describe('an error', () => {
  const cases: readonly [path: string, status: number, said: string][] = [
    ['/fhir/Patient/nobody', 404, 'Patient/nobody is not known'], ['/fhir/Patientt', 404, 'is not a resource type of R4'], ['/fhir/Patient?nonsense=1', 400, 'nonsense'],
    ['/fhir/Patient/%zz', 400, 'bad percent-escape'], ['/nothing', 404, 'There is nothing at'], ['/fhir/Patient/a/$meta-add', 405, 'GET is not there'],
  ];
  it.each(cases)('%s is a page of %i for a browser, and JSON for a client', async (path, status, said) => {
    const url = server().base.replace(/\/fhir$/, '') + path;
    const shown = await send('GET', url, { headers: { accept: chrome } });
    expect([shown.status, shown.headers['content-type']]).toEqual([status, page]);
    expect(shown.text).toContain(said);
    expect(shown.text).toMatch(new RegExp(`<h1>${status} [A-Z]`));
    const plain = await send('GET', url, { headers: { accept: '*/*' } });
    expect([plain.status, plain.json.resourceType]).toEqual([status, 'OperationOutcome']);
  });

  it('of a deleted resource leads to its versions', async () => {
    await send('PUT', `${server().base}/Patient/gone`, { body: { resourceType: 'Patient', id: 'gone' } });
    await send('DELETE', `${server().base}/Patient/gone`);
    const answer = await get('/Patient/gone', { accept: chrome });
    expect(answer.status).toBe(410);
    expect(answer.text).toContain(`href="${server().base}/Patient/gone/_history"`);
  });

  it('of a Host that is none is shown, with links that hold nothing of it', async () => {
    const answer = await get('/Patient/a', { accept: chrome, host: 'a"><script>' });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('href="/fhir"');
    expect(answer.text).not.toContain('<script');
  });

  it('406 is JSON', async () => {
    const answer = await get('/Patient/a?_format=xml', { accept: chrome });
    expect([answer.status, answer.json.resourceType]).toEqual([406, 'OperationOutcome']);
  });
});
