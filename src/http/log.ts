/** One line a request: its id, what it was, how it ended. Never a value of the query or anything of a body. */
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request turned out to be: `search-type` and `Patient`. */
    fhir: { readonly interaction: string; readonly type?: string } | undefined;
  }
}

/** Probes ask every few seconds; their lines would hide the others. */
const quiet: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

export function registerLog(server: FastifyInstance): void {
  server.decorateRequest('fhir', undefined);
  server.addHook('onResponse', async (request, reply) => {
    // Before the server listens, the requests are its own: the sample being loaded.
    if (quiet.has(request.raw.url ?? '') || !server.server.listening) return;
    request.log.info({ method: request.method, ...request.fhir, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 }, 'request');
  });
}
