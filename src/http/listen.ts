/** Where the server listens. `localhost` is `::1` first on many systems and `127.0.0.1` on others: it is both loopbacks here. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** A system without IPv6, or without its loopback. */
const isMissing = ({ code }: NodeJS.ErrnoException): boolean => code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';

export interface Listening {
  readonly port: number;
  /** Takes no more connections on the second loopback; the server closes the first itself. */
  stop(): void;
}

/**
 * @param server may have answered requests by inject already
 * @param port 0 for a free one
 * @throws the system's error, EADDRINUSE and others, of either loopback
 */
export async function listen(server: FastifyInstance, port: number, host: string): Promise<Listening> {
  const isLocal = host === 'localhost';
  await server.listen({ port, host: isLocal ? '127.0.0.1' : host, listenTextResolver: () => 'listening' });
  const address = server.server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  if (!isLocal) return { port: actual, stop() {} };
  // Fastify's own second listener has neither the error handler nor the timeouts of the first. One HTTP server takes all connections.
  const other = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.server.emit('connection', socket));
  other.listen(actual, '::1');
  try {
    await once(other, 'listening');
  } catch (error) {
    if (!isMissing(error as NodeJS.ErrnoException)) throw error;
  }
  return { port: actual, stop: () => void other.close() };
}
