/** Request bodies as bytes, whatever their media type; gzip is inflated within the body limit. */
import { createGunzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { invalid, tooLong, unsupportedMediaType } from '../fhir/outcome.ts';

const compressed: ReadonlySet<string> = new Set(['gzip', 'x-gzip']);
/** What their bodies carry is not read. */
const withoutBody: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE']);

/** Takes every body as a Buffer; an empty one is as none. */
export function takeBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.addHook('onRequest', ({ method, headers }, _reply, done) => {
    // Fastify would read it, and refuse a Content-Type that is none.
    if (method === 'DELETE' && headers['content-type'] !== undefined) headers['content-type'] = 'application/octet-stream';
    done();
  });
  server.addHook('preParsing', (request, _reply, payload, done) => {
    if (withoutBody.has(request.method) || request.headers['content-length'] === '0') return done(null, payload);
    const encoding = request.headers['content-encoding']?.toLowerCase();
    if (encoding === undefined || encoding === 'identity' || encoding === '') return done(null, payload);
    if (!compressed.has(encoding)) return done(unsupportedMediaType(`Content-Encoding is "${encoding.slice(0, 80)}", and this server takes gzip`));
    const inflated = Object.assign(payload.pipe(createGunzip()), { receivedEncodedLength: 0 });
    payload.on('data', (chunk: Buffer) => (inflated.receivedEncodedLength += chunk.length));
    payload.on('error', (error) => inflated.destroy(error));
    // A request that is refused before its body is read leaves nobody else to hear of it, and an error unheard ends the process.
    inflated.on('error', () => {});
    done(null, inflated);
  });
}

/** @returns the error of reading a body in FHIR's words; undefined where it is another's */
export function bodyError(error: unknown, limit: number): Error | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooLong(`The body is larger than ${limit} bytes, which is the limit`);
  if (code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH') return invalid('The body is not as long as Content-Length says');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedMediaType('Content-Type is not a media type');
  if (code.startsWith('Z_')) return invalid('The body is not gzip, as Content-Encoding says');
  return undefined;
}
