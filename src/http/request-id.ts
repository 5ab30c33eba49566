/** The id of a request, in headers and log: the client's own where it has one. R4: http.html#custom (X-Request-Id). */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** What may stand in a header and in a log line as it is. */
const form = /^[\x21-\x7e]{1,128}$/;

/** @returns the client's X-Request-Id, or a new one where there is none that can be sent back */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const own = headers['x-request-id'];
  return typeof own === 'string' && form.test(own) ? own : randomUUID();
}

/** Longest id of a client's that is sent back beside one of this server's. */
const longest = 1024;

/** Sends an id that was replaced back as X-Correlation-Id, so that the client finds its own. */
export function registerCorrelation(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    const own = request.headers['x-request-id'];
    if (typeof own === 'string' && own !== '' && own !== request.id && own.length <= longest) reply.header('x-correlation-id', own);
    done();
  });
}
