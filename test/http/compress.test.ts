/** Answers in gzip, by setting. RFC 9110 section 8.4. */
import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { acceptsGzip } from '../../src/rest/encoding.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const on = useServer({ COMPRESS: 'on' });
const off = useServer();
const body = { resourceType: 'Patient', id: 'a', name: [{ family: 'x'.repeat(5_000) }] };

const raw = (url: string, encoding: string | undefined, method = 'GET'): Promise<{ headers: Record<string, any>; bytes: Buffer }> =>
  new Promise((resolve, reject) => {
    request(url, { method, headers: encoding === undefined ? {} : { 'accept-encoding': encoding } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ headers: response.headers, bytes: Buffer.concat(chunks) })).on('error', reject);
    }).on('error', reject).end();
  });

beforeAll(async () => {
  for (const server of [on(), off()]) {
    await send('PUT', `${server.base}/Patient/a`, { body });
    await send('PUT', `${server.base}/Patient/b`, { body: { resourceType: 'Patient', id: 'b' } });
  }
});

describe('COMPRESS=on', () => {
  it('sends gzip to who takes it, with the ETag and length of what is sent', async () => {
    const plain = await send('GET', `${on().base}/Patient/a`);
    expect(plain.headers['content-encoding']).toBeUndefined();
    const { headers, bytes } = await raw(`${on().base}/Patient/a`, 'gzip');
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(bytes.length), etag: plain.headers['etag'], vary: expect.stringContaining('Accept-Encoding') });
    expect(gunzipSync(bytes).toString()).toBe(plain.text);
    expect((await raw(`${on().base}/Patient/a`, 'gzip', 'HEAD')).headers['content-length']).toBe(headers['content-length']);
    const pretty = await raw(`${on().base}/Patient?_pretty=true`, 'gzip');
    expect(JSON.parse(gunzipSync(pretty.bytes).toString()).entry).toHaveLength(2);
  });
  it('leaves what is small, what is compressed, and who takes none', async () => {
    expect((await raw(`${on().base}/Patient/b`, 'gzip')).headers['content-encoding']).toBeUndefined();
    expect((await raw(`${on().base}/Patient/a`, 'br')).headers['content-encoding']).toBeUndefined();
    const { bytes } = await raw(`${on().base}/metadata`, 'gzip');
    expect(JSON.parse(gunzipSync(bytes).toString()).resourceType).toBe('CapabilityStatement');
  });
});

it('without the setting only the CapabilityStatement is compressed', async () => {
  expect((await raw(`${off().base}/Patient/a`, 'gzip')).headers['content-encoding']).toBeUndefined();
  expect((await raw(`${off().base}/metadata`, 'gzip')).headers['content-encoding']).toBe('gzip');
});

const headers: readonly [header: string | undefined, isTaken: boolean][] = [
  [undefined, false], ['', false], ['gzip', true], ['GZIP', true], ['x-gzip', true], ['br, gzip;q=0.5', true], ['gzip;q=0', false], ['gzip; q=0.0', false], ['*', true], ['*;q=0', false], ['identity', false], ['*, gzip;q=0', false],
];
it.each(headers)('Accept-Encoding %s: %s', (header, isTaken) => expect(acceptsGzip(header)).toBe(isTaken));
