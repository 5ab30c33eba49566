/** Requests that are no HTTP, answered as far as the socket lets: with an OperationOutcome, like every error. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { issue, outcomeText, type IssueType } from '../fhir/outcome.ts';
import { rawRequest, type RawRequest } from './raw-url.ts';

const known: Readonly<Record<string, readonly [status: number, code: IssueType, diagnostics: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'too-long', 'The URL and headers are larger than 64 KiB: search by POST to _search'],
  HPE_INVALID_URL: [400, 'invalid', 'The URL has a character that must be percent-encoded, such as a space or a letter outside of ASCII'],
  HPE_INVALID_CONSTANT: [400, 'invalid', 'The request is not HTTP: a space in the URL must be percent-encoded'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'timeout', 'The request did not arrive in time'],
};

/** @param server carries out the requests that only the parser could not read */
export function answerClientError(server: FastifyInstance, error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isUrl = error.code === 'HPE_INVALID_URL' || error.code === 'HPE_INVALID_CONSTANT';
  const raw = isUrl && 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? rawRequest(error.rawPacket) : undefined;
  if (raw !== undefined) {
    void answerRaw(server, raw, socket);
    return;
  }
  const [status, code, diagnostics] = known[error.code ?? ''] ?? [400, 'invalid', 'The request is not HTTP'];
  const body = outcomeText([issue('error', code, diagnostics)]);
  end(socket, status, { 'content-type': 'application/fhir+json; charset=utf-8', 'content-length': Buffer.byteLength(body) }, Buffer.from(body));
}

/** The same server answers, without its parser. */
async function answerRaw(server: FastifyInstance, { method, url, headers }: RawRequest, socket: Socket): Promise<void> {
  try {
    const { statusCode, headers: answered, rawPayload } = await server.inject({ method, url, headers, remoteAddress: socket.remoteAddress ?? '' });
    end(socket, statusCode, answered, method === 'HEAD' ? Buffer.alloc(0) : rawPayload);
  } catch {
    socket.destroy();
  }
}

function end(socket: Socket, status: number, headers: Readonly<Record<string, unknown>>, body: Buffer): void {
  const lines = Object.entries(headers).filter(([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name)).map(([name, value]) => `${name}: ${String(value)}`);
  socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\nconnection: close\r\n\r\n`, 'latin1'), body]));
}
