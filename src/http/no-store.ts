/** Forbids every cache to keep what is answered, where the operator wants so. R4: security.html; RFC 9111 section 5.2.2.5. */
import type { FastifyInstance } from 'fastify';

export function registerNoStore(server: FastifyInstance): void {
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (reply.getHeader('cache-control') === 'private, no-cache') reply.header('cache-control', 'no-store');
    done();
  });
}
