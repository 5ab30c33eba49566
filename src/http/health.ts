/** /healthz: the process answers. /readyz: so does the database, and the server is not about to stop. */
import type { FastifyInstance } from 'fastify';

/** @param isReady rejects where a FHIR request could not be answered */
export function registerHealth(server: FastifyInstance, isReady: () => Promise<void>): void {
  server.get('/healthz', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    try {
      await isReady();
      return await reply.send({ status: 'ready' });
    } catch {
      return reply.code(503).header('retry-after', '1').send({ status: 'unavailable' });
    }
  });
}
