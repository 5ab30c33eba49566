/** Expect: what a client expects besides 100-continue is answered with 417, as any error is. RFC 9110, section 10.1.1. */
import type { FastifyInstance } from 'fastify';
import { issue, outcomeText } from '../fhir/outcome.ts';
import { requestId } from './request-id.ts';

export function registerExpectations(server: FastifyInstance): void {
  // Node answers it without asking the server where nobody listens.
  server.server.on('checkExpectation', (request, response) => {
    const expected = String(request.headers.expect).slice(0, 80);
    // The body was to wait for the answer, and is not read.
    response.writeHead(417, { 'content-type': 'application/fhir+json; charset=utf-8', 'x-request-id': requestId(request), connection: 'close' })
      .end(request.method === 'HEAD' ? undefined : outcomeText([issue('error', 'not-supported', `"Expect" is "${expected}", and this server meets "100-continue" alone`)]));
  });
}
