/** Whatever is thrown, as a response: an OperationOutcome with its status. R4: http.html#Status-Codes. */
import type { Log } from '../context.ts';
import { ContentionExhausted, DatabaseUnavailable, StatementTimeout } from '../db/errors.ts';
import { FhirError, issue, outcomeText, timeout, transient } from '../fhir/outcome.ts';
import type { FhirResponse } from './endpoint.ts';

/**
 * @returns the response; what is no FhirError and nothing of the database's known troubles is a defect: 500 with the request's
 *   id and no more, and the stack in the log
 */
export function errorResponse(error: unknown, { log, requestId }: { readonly log: Log; readonly requestId: string }): FhirResponse {
  const known = asFhirError(error);
  if (known !== undefined) {
    if (known.status >= 500) log.warn({ requestId, error: String((error as Error).cause ?? error) }, known.message);
    return { status: known.status, headers: known.headers, body: outcomeText(known.issues) };
  }
  log.error({ requestId, error: error instanceof Error ? error.stack : String(error) }, 'unexpected error');
  return { status: 500, headers: {}, body: outcomeText([issue('fatal', 'exception', `Unexpected error; the log has it under request ${requestId}`)]) };
}

const retryAfter = { headers: { 'retry-after': '1' } };

function asFhirError(error: unknown): FhirError | undefined {
  if (error instanceof FhirError) return error;
  if (error instanceof DatabaseUnavailable) return transient('The database cannot be reached', retryAfter);
  if (error instanceof ContentionExhausted) return transient('Other writes to the same resources were in the way', retryAfter);
  if (error instanceof StatementTimeout) return timeout('The request took longer than a statement may', retryAfter);
  if (error instanceof DOMException && error.name === 'AbortError') return timeout('The request took longer than it may', retryAfter);
  return undefined;
}
