/** The id of a request, in headers and log: the client's own where it has one. R4: http.html#custom (X-Request-Id). */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What may stand in a header and in a log line as it is. */
const form = /^[\x21-\x7e]{1,128}$/;

/** @returns the client's X-Request-Id, or a new one where there is none that can be sent back */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const own = headers['x-request-id'];
  return typeof own === 'string' && form.test(own) ? own : randomUUID();
}
