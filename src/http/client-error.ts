/** Requests that are no HTTP, answered as far as the socket lets: with an OperationOutcome, like every error. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { issue, outcomeText, type IssueType } from '../fhir/outcome.ts';

const known: Readonly<Record<string, readonly [status: number, code: IssueType, diagnostics: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'too-long', 'The URL and headers are larger than 64 KiB: search by POST to _search'],
  HPE_INVALID_URL: [400, 'invalid', 'The URL has a character that must be percent-encoded, such as a space or a letter outside of ASCII'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'timeout', 'The request did not arrive in time'],
};

export function clientErrorHandler(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code, diagnostics] = known[error.code ?? ''] ?? [400, 'invalid', 'The request is not HTTP'];
  const body = outcomeText([issue('error', code, diagnostics)]);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/fhir+json; charset=utf-8\r\n`
    + `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
