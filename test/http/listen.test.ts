/** `localhost` is both loopbacks, and both are the same server. The number is that of the list that the project keeps of what clients depend on. */
import { request } from 'node:http';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import Fastify, { type FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { listen } from '../../src/http/listen.ts';
import { freePort } from '../support/process.ts';

const hasIpv6 = Object.values(networkInterfaces()).flat().some((one) => one?.address === '::1');

function app(): FastifyInstance {
  const server: FastifyInstance = Fastify({
    keepAliveTimeout: 75_000, http: { maxHeaderSize: 2_048 }, clientErrorHandler: (_error, socket) => void socket.end('HTTP/1.1 431 Own\r\nConnection: close\r\n\r\n'),
  });
  server.get('/', async () => 'here');
  return server;
}

const get = (host: string, port: number, headers: Record<string, string> = {}): Promise<{ status: number; text: string; keepAlive: string | undefined }> =>
  new Promise((resolve, reject) => {
    request({ host, port, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (data: Buffer) => (text += data.toString())).on('end', () => resolve({ status: response.statusCode!, text, keepAlive: response.headers['keep-alive']?.toString() }));
    }).on('error', reject).end();
  });

describe.skipIf(!hasIpv6)('57 localhost (skipped where the system has no ::1)', () => {
  it.each(['127.0.0.1', '::1', 'localhost'])('answers at %s, errors of HTTP included', async (host) => {
    const server = app();
    // The sample is loaded before the server listens.
    await server.inject('/');
    const { port, stop } = await listen(server, 0, 'localhost');
    try {
      expect((await get(host, port, { connection: 'keep-alive' }))).toEqual({ status: 200, text: 'here', keepAlive: 'timeout=75' });
      expect((await get(host, port, { cookie: 'x'.repeat(5_000) })).status).toBe(431);
    } finally {
      stop();
      await server.close();
    }
    await expect(get(host, port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is refused where another program has the port on either', async () => {
    for (const host of ['::1', '127.0.0.1']) {
      const port = await freePort();
      const other = createServer().listen(port, host);
      await new Promise((resolve) => other.once('listening', resolve));
      const server = app();
      await expect(listen(server, port, 'localhost'), host).rejects.toMatchObject({ code: 'EADDRINUSE' });
      await server.close();
      other.close();
    }
  });

  it('an address is that address only', async () => {
    const server = app();
    const { port } = await listen(server, 0, '127.0.0.1');
    expect((await get('127.0.0.1', port)).status).toBe(200);
    await expect(get('::1', port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.close();
  });
});
