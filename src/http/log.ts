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
  // Before the server listens, the requests are its own: the sample being loaded. When it stops it listens no more, and answers those under way.
  let isServing = false;
  server.addHook('onListen', async () => void (isServing = true));
  server.addHook('onResponse', (request, reply, done) => {
    if (isServing && !quiet.has(request.raw.url ?? '')) request.log.info({ method: request.method, ...request.fhir, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 }, 'request');
    done();
  });
}
