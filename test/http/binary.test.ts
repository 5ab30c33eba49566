/** Binary as content and as a resource, both ways. R4: binary.html#rest, http.html#mime-type; DECISIONS.md "Binary". */
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer({ BODY_LIMIT: '1MiB' });
const at = (path: string): string => `${server().base}/${path}`;
const fhir = { accept: 'application/fhir+json' };
const write = (method: string, path: string, body: string | Uint8Array, contentType: string, headers: Record<string, string> = {}): Promise<Answer> =>
  send(method, at(path), { body, headers: { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)), ...headers } });

/** The bytes of the answer as they come. */
const bytesAt = (path: string, headers: Record<string, string> = {}): Promise<{ headers: Record<string, unknown>; bytes: Buffer }> =>
  new Promise((resolve, reject) => {
    request(at(path), { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ headers: response.headers, bytes: Buffer.concat(chunks) })).on('error', reject);
    }).on('error', reject).end();
  });

describe('content that is sent as it is', () => {
  it('comes back byte for byte, with its media type, its version and a fence', async () => {
    const content = randomBytes(300_000);
    const created = await write('POST', 'Binary', content, 'image/png');
    expect(created.status).toBe(201);
    expect(created.json).toMatchObject({ resourceType: 'Binary', contentType: 'image/png', data: content.toString('base64'), meta: { versionId: '1' } });
    const { headers, bytes } = await bytesAt(`Binary/${created.json.id}`);
    expect(bytes.equals(content)).toBe(true);
    expect(headers).toMatchObject({
      'content-type': 'image/png', 'content-length': '300000', etag: 'W/"1"', 'x-content-type-options': 'nosniff', 'content-security-policy': 'sandbox',
      'content-location': at(`Binary/${created.json.id}/_history/1`),
    });
    expect((await send('GET', at(`Binary/${created.json.id}`), { headers: { 'if-none-match': 'W/"1"' } })).status).toBe(304);
    const head = await send('HEAD', at(`Binary/${created.json.id}`));
    expect([head.status, head.headers['content-length'], head.headers['content-type']]).toEqual([200, '300000', 'image/png']);
  });

  it('is put at an id, and each version keeps its own', async () => {
    expect((await write('PUT', 'Binary/text', 'one', 'text/plain; charset=utf-8')).status).toBe(201);
    expect((await write('PUT', 'Binary/text', 'zwei', 'text/plain;charset=iso-8859-1')).status).toBe(200);
    expect((await write('PUT', 'Binary/text', 'x', 'text/plain', { 'if-match': 'W/"1"' })).status).toBe(412);
    const [current, first] = [await send('GET', at('Binary/text')), await send('GET', at('Binary/text/_history/1'))];
    expect([current.text, current.headers['content-type'], current.headers['etag']]).toEqual(['zwei', 'text/plain;charset=iso-8859-1', 'W/"2"']);
    expect([first.text, first.headers['content-type'], first.headers['etag']]).toEqual(['one', 'text/plain; charset=utf-8', 'W/"1"']);
    expect((await write('PUT', 'Binary?_id=text', 'three', 'text/plain')).json.meta.versionId).toBe('3');
    expect((await write('PUT', 'Binary/_', 'x', 'text/plain')).status).toBe(404);
  });

  it('keeps X-Security-Context as securityContext, and says it again', async () => {
    const { json } = await write('POST', 'Binary', 'secret', 'text/plain', { 'x-security-context': 'Patient/1' });
    expect(json.securityContext).toEqual({ reference: 'Patient/1' });
    expect((await send('GET', at(`Binary/${json.id}`))).headers['x-security-context']).toBe('Patient/1');
    expect((await write('POST', 'Binary', 'secret', 'text/plain', { 'x-security-context': ' ' })).status).toBe(400);
  });

  it('over the limit of bodies is 413, none is 400, and one that is wrong elsewhere is 415', async () => {
    expect((await write('POST', 'Binary', Buffer.alloc(1_100_000), 'image/png')).status).toBe(413);
    expect((await write('POST', 'Binary', '', 'image/png')).status).toBe(400);
    expect((await write('POST', 'Patient', 'x', 'image/png')).status).toBe(415);
  });
});

describe('what is content and what is a resource', () => {
  const binary = JSON.stringify({ resourceType: 'Binary', contentType: 'text/plain', data: 'aGk=' });
  const patient = '{"resourceType":"Patient","active":true}';
  it.each([
    ['a Binary in FHIR\'s media type', binary, 'application/fhir+json', 'text/plain', 'hi'],
    ['a Binary in a generic one', binary, 'application/json', 'text/plain', 'hi'],
    ['one that begins otherwise', `{"data":"aGk=","contentType":"text/plain","resourceType":"Binary"}`, 'application/json', 'text/plain', 'hi'],
    ['other JSON', '{"a": 1.10}', 'application/json', 'application/json', '{"a": 1.10}'],
    ['JSON that is none', '{', 'application/json', 'application/json', '{'],
    ['another resource in FHIR\'s media type', patient, 'application/fhir+json', 'application/fhir+json', patient],
    ['XML', '<a/>', 'application/fhir+xml', 'application/fhir+xml', '<a/>'],
    ['a patch', '[]', 'application/json-patch+json', 'application/json-patch+json', '[]'],
    ['a form', 'a=1', 'application/x-www-form-urlencoded', 'application/x-www-form-urlencoded', 'a=1'],
  ])('%s', async (_name, body, sentAs, contentType, content) => {
    const { status, json } = await write('POST', 'Binary', body, sentAs);
    expect([status, json.contentType, Buffer.from(json.data, 'base64').toString()]).toEqual([201, contentType, content]);
    const read = await send('GET', at(`Binary/${json.id}`));
    expect([read.text, read.headers['content-type']]).toEqual([content, contentType]);
  });
  it('what says that it is FHIR and is no JSON is refused', async () => expect((await write('POST', 'Binary', '{', 'application/fhir+json')).status).toBe(400));
});

describe('how it is read', () => {
  it.each([
    [undefined, '', true], ['*/*', '', true], ['image/png', '', true], ['application/pdf', '', true], ['application/json', '', true], ['text/html,*/*;q=0.8', '', true],
    ['application/fhir+json', '', false], ['application/json+fhir', '', false],
    ['application/fhir+xml;q=1.0, application/fhir+json;q=1.0, application/xml+fhir;q=0.9, application/json+fhir;q=0.9', '', false],
    ['application/fhir+json;q=0.5, image/*', '', true], ['*/*, application/fhir+json', '', false],
    [undefined, '?_format=json', false], [undefined, '?_format=application/fhir+json', false], [undefined, '?_format=application/json', true], ['application/fhir+json', '?_format=text/plain', true],
    [undefined, '?_summary=true', false], [undefined, '?_elements=contentType', false],
  ])('Accept %s %s: as content %s', async (accept, query, isContent) => {
    await write('PUT', 'Binary/read', 'content', 'text/plain');
    const answer = await send('GET', at(`Binary/read${query}`), { headers: accept === undefined ? {} : { accept } });
    expect(answer.status).toBe(200);
    if (isContent) expect([answer.text, answer.headers['content-type']]).toEqual(['content', 'text/plain']);
    else expect([answer.json.resourceType, answer.json.contentType]).toEqual(['Binary', 'text/plain']);
  });

  it('errors are outcomes whatever is asked for; a page is given where _format asks for one', async () => {
    const missing = await send('GET', at('Binary/nobody'), { headers: { accept: 'image/png' } });
    expect([missing.status, missing.json.resourceType, missing.headers['content-type']]).toEqual([404, 'OperationOutcome', 'application/fhir+json; charset=utf-8']);
    await write('PUT', 'Binary/gone', 'x', 'text/plain');
    await send('DELETE', at('Binary/gone'));
    expect((await send('GET', at('Binary/gone'))).json.issue[0].code).toBe('deleted');
    await write('PUT', 'Binary/page', 'x', 'text/plain');
    expect((await send('GET', at('Binary/page?_format=html'))).headers['content-type']).toContain('text/html');
  });

  it('is a resource in searches, histories and Bundles', async () => {
    await write('PUT', 'Binary/listed', 'x', 'text/csv');
    expect((await send('GET', at('Binary?_id=listed'))).json.entry[0].resource.contentType).toBe('text/csv');
    expect((await send('GET', at('Binary/listed/_history'))).json.entry[0].resource.data).toBe('eA==');
    const batch = await send('POST', at(''), { body: { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: 'Binary/listed' } }] } });
    expect(batch.json.entry[0].resource.data).toBe('eA==');
  });

  it('a stored type that is none, or none at all, is bytes without a type; without data it is empty', async () => {
    for (const contentType of ['x', 'text/plain\r\nset-cookie: a=1', 'text/plain; a=é']) {
      await send('PUT', at('Binary/odd'), { body: { resourceType: 'Binary', id: 'odd', contentType, data: 'eA==' } });
      const answer = await send('GET', at('Binary/odd'));
      expect([answer.text, answer.headers['content-type'], answer.headers['set-cookie']]).toEqual(['x', 'application/octet-stream', undefined]);
    }
    await send('PUT', at('Binary/odd'), { body: { resourceType: 'Binary', id: 'odd', contentType: 'text/plain', securityContext: { reference: 'a\r\nb: c' } } });
    const empty = await send('GET', at('Binary/odd'));
    expect([empty.status, empty.text, empty.headers['content-length'], empty.headers['x-security-context']]).toEqual([200, '', '0', undefined]);
  });

  it('as a resource it is patched and read as any other', async () => {
    await write('PUT', 'Binary/patched', 'x', 'text/csv');
    expect((await send('PATCH', at('Binary/patched'), { body: { contentType: 'text/plain' }, headers: { 'content-type': 'application/merge-patch+json' } })).json.contentType).toBe('text/plain');
    expect((await send('GET', at('Binary/patched'), { headers: fhir })).json.meta.versionId).toBe('2');
  });
});
