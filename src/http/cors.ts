/** Which browsers' pages may call the server, and which headers they see. REST: CORS lists. */
import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

const allowed = [
  'Accept', 'Authorization', 'Content-Type', 'If-Match', 'If-None-Match', 'If-None-Exist', 'If-Modified-Since', 'Prefer', 'Cache-Control',
  'X-Requested-With', 'X-Request-Id', 'X-Medplum', 'X-Security-Context',
];
const exposed = ['ETag', 'Location', 'Content-Location', 'Last-Modified', 'Preference-Applied', 'Retry-After', 'Server-Timing', 'X-Request-Id', 'X-Security-Context', 'X-Dry-Run', 'Warning'];

/** @param origins `*` for any; never with credentials */
export async function registerCors(server: FastifyInstance, origins: readonly string[] | '*'): Promise<void> {
  if (origins.length === 0) return;
  await server.register(cors, {
    origin: origins === '*' ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: allowed,
    exposedHeaders: exposed,
    maxAge: 600,
    // OPTIONS is answered by the FHIR routes, with Allow; these headers are added to it.
    preflightContinue: true,
    strictPreflight: false,
  });
}
