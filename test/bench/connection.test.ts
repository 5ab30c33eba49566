/** The load generator's connection against a real HTTP server: every way in which an answer ends. RFC 9112, 6 and 7. */
import { createServer, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { header, openConnection } from '../../bench/load/connection.ts';
import { pathOf, requestBytes } from '../../bench/load/request.ts';

let server: Server;
let base: URL;
const large = 'x'.repeat(300_000);

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    if (pathname === '/b/length') response.setHeader('content-length', large.length).end(large);
    else if (pathname === '/b/chunks') {
      for (let n = 0; n < 300; n++) response.write(large.slice(0, 1000));
      response.end();
    } else if (pathname === '/b/gzip') response.setHeader('content-encoding', 'gzip').end(gzipSync(large));
    else if (pathname === '/b/none') response.writeHead(204).end();
    else if (pathname === '/b/same') response.writeHead(304, { 'content-length': 17 }).end();
    else if (pathname === '/b/close') response.setHeader('connection', 'close').end('last');
    else if (pathname === '/b/break') request.socket.destroy();
    else {
      let body = '';
      request.on('data', (data: Buffer) => (body += data.toString())).on('end', () => response.setHeader('etag', 'W/"7"').end(`${request.method} ${searchParams.get('q')} ${body}`));
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  base = new URL(`http://127.0.0.1:${(server.address() as { port: number }).port}/b`);
});
afterAll(() => server.close());

describe('a connection', () => {
  it('goes on after answers of every kind', async () => {
    const connection = openConnection(base);
    const get = (path: string): Promise<string> => connection.send(requestBytes(base, { method: 'GET', path })).then((reply) => `${reply.status} ${reply.text()}`);
    for (let round = 0; round < 3; round++) {
      expect(await get('length')).toBe(`200 ${large}`);
      expect(await get('chunks')).toBe(`200 ${large}`);
      expect(await get('gzip')).toBe(`200 ${large}`);
      expect(await get('none')).toBe('204 ');
      expect(await get('same')).toBe('304 ');
      expect(await get('close')).toBe('200 last');
      await expect(get('break')).rejects.toThrow();
    }
    const reply = await connection.send(requestBytes(base, { method: 'POST', path: 'echo?q=a b|c', body: 'ü' }));
    expect(reply.text()).toBe('POST a b|c ü');
    expect(header(reply, 'ETag')).toBe('W/"7"');
    connection.close();
  });

  it('does not wait for ever', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
    const url = new URL(`http://127.0.0.1:${(silent.address() as { port: number }).port}/`);
    await expect(openConnection(url, 50).send(requestBytes(url, { method: 'GET', path: 'x' }))).rejects.toThrow('no answer within 50 ms');
    silent.closeAllConnections();
    silent.close();
  });
});

it.each([
  ['Patient?name=Fall River', '/fhir/Patient?name=Fall%20River'], ['Observation?code=a|b', '/fhir/Observation?code=a%7Cb'], [String.raw`Organization?name=A\, B`, '/fhir/Organization?name=A%5C,%20B'],
  ['Patient/1/$everything?_count=1', '/fhir/Patient/1/$everything?_count=1'], ['?_type=Patient', '/fhir?_type=Patient'], ['', '/fhir'], ['Patient?family=J%C3%A4', '/fhir/Patient?family=J%C3%A4'],
  ['Patient?family=Zoë', '/fhir/Patient?family=Zo%C3%AB'], ['http://host/fhir?page=2', '/fhir?page=2'],
])('%s is asked for as %s', (path, expected) => {
  expect(pathOf(new URL('http://host:8080/fhir'), path)).toBe(expected);
});
