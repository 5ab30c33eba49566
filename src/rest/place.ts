/** Where a request and its body stand, for outcomes: by themselves, or in an entry of a Bundle. R4: operationoutcome-definitions.html#OperationOutcome.issue.expression. */
import { FhirError, type ErrorDetails } from '../fhir/outcome.ts';

export interface Place {
  /** Of the body: `Patient`, or `Bundle.entry[3].resource`. */
  readonly body: string;
  /** `Bundle.entry[3]`; absent for a request of its own. */
  readonly entry?: string;
}

/** @returns where a field of the entry's request stands; nothing for a request of its own, whose URL and headers have no expression */
export const inRequest = ({ entry }: Place, field: 'method' | 'url' | 'ifMatch' | 'ifNoneExist'): ErrorDetails =>
  entry === undefined ? {} : { expression: `${entry}.request.${field}` };

/** Runs, and adds the entry to an error that names no place. */
export function within<T>(entry: string | undefined, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw named(entry, error);
  }
}

/** Adds the entry to an error that names no place. */
export function named(entry: string | undefined, error: unknown): unknown {
  if (!(error instanceof FhirError) || entry === undefined) return error;
  const issues = error.issues.map((issue) => (issue.expression === undefined ? { ...issue, expression: [entry] } : issue));
  return new FhirError(error.status, issues, error.headers);
}
