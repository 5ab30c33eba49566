/** What Fastify and its file server throw before or beside FHIR, in FHIR's words: an OperationOutcome with the status that they mean. */
import { FhirError, invalid, issue, unknownPath, type IssueType } from '../fhir/outcome.ts';
import { bodyError } from './body.ts';

const known: Readonly<Record<number, readonly [code: IssueType, diagnostics: string]>> = {
  405: ['not-supported', 'The method is not one that this path is there for'],
  412: ['conflict', 'The file is not the one that If-Match or If-Unmodified-Since names'],
  414: ['too-long', 'A part of the path is longer than any that there is'],
  416: ['value', 'The file has no such range of bytes'],
};

/**
 * @param limit bytes of a body, for the text
 * @returns undefined for what is neither's, or a defect
 */
export function frameworkError(error: unknown, url: string, limit: number): Error | undefined {
  const own = bodyError(error, limit);
  if (own !== undefined || !(error instanceof Error) || error instanceof FhirError) return own;
  const { code, statusCode: status } = error as Error & { readonly code?: unknown; readonly statusCode?: unknown };
  if (code === 'FST_ERR_BAD_URL') return invalid('The URL has a percent sign that is not followed by two hexadecimal digits of UTF-8');
  if (status === 403 || status === 404) return nothingAt(url);
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined;
  const [type, diagnostics] = known[status] ?? ['invalid', 'The request cannot be carried out as it is'];
  return new FhirError(status, [issue('error', type, diagnostics)]);
}

export const nothingAt = (url: string): FhirError => unknownPath(`There is nothing at "${url.slice(0, 200)}"; the FHIR base is /fhir`);
