/** Line and column of what is wrong with a request's body. R4: operationoutcome.html. */
import { positionAt } from '../fhir/json/fault.ts';
import { locate, offsetInText } from '../fhir/json/locate.ts';
import { compactJson } from '../fhir/json/scan.ts';
import { FhirError, type Issue } from '../fhir/outcome.ts';
import type { FhirRequest } from './endpoint.ts';

/** Bytes that are read for the positions of one answer; issues beyond that have none. */
const mostBytes = 100_000_000;

/** @returns the error, its issues about elements of the body with their places in it */
export function positioned(error: unknown, { body }: FhirRequest): unknown {
  if (!(error instanceof FhirError) || error.status >= 500 || body === undefined || !body.mediaType.endsWith('json')) return error;
  if (!error.issues.some(isUnplaced)) return error;
  try {
    const compact = compactJson(body.bytes).bytes;
    let left = Math.ceil(mostBytes / body.bytes.length);
    const issues = error.issues.map((issue): Issue => (isUnplaced(issue) && left-- > 0
      ? { ...issue, position: positionAt(body.bytes, offsetInText(body.bytes, locate(compact, issue.expression![0]!))) } : issue));
    return Object.assign(new FhirError(error.status, issues, error.headers), { stack: error.stack, cause: error.cause });
  } catch {
    // A body that is no JSON has been refused for that.
    return error;
  }
}

/** Expressions begin with the type of the body. */
const isUnplaced = ({ expression, position }: Issue): boolean => position === undefined && expression?.[0] !== undefined && /^[A-Z]\w*[.[]/.test(expression[0]);
