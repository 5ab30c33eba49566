/** Answers that carry one resource: headers of a version and the body that was asked for. R4: http.html#read, #ops (Prefer: return). */
import type { Context } from '../context.ts';
import { etagOf } from '../fhir/resource.ts';
import { issue, outcomeText, type Issue } from '../fhir/outcome.ts';
import { matchesETag } from './etag.ts';
import { parsePreferences } from './preferences.ts';
import { represent } from './representation.ts';
import type { FhirRequest, FhirResponse } from './endpoint.ts';

/** What an answer says of a version. */
export interface Version {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly lastUpdated: Date;
}

export const versionUrl = (base: string, { type, id, version }: Version): string => `${base}/${type}/${id}/_history/${version}`;

/** ETag, Last-Modified and Content-Location of a version (http.html#versioning). */
export const versionHeaders = (base: string, version: Version): Record<string, string> => ({
  etag: etagOf(version.version),
  'last-modified': version.lastUpdated.toUTCString(),
  'content-location': versionUrl(base, version),
});

/**
 * Answers a GET of a version: 304 where the client has it, else 200 with its text.
 * If-None-Match outranks If-Modified-Since, which compares whole seconds (RFC 9110 section 13).
 */
export function readResponse(request: FhirRequest, context: Context, version: Version & { readonly body: string }): FhirResponse {
  const headers = versionHeaders(request.base, version);
  if (isUnchanged(request, version)) return { status: 304, headers };
  return { status: 200, headers, body: represent(version.type, version.body, request.parameters, context.definitions) };
}

/** Answers a GET of what has no versions: 304 where the client has it, else 200 with its text. */
export function definitionResponse(request: FhirRequest, context: Context, type: string, { text, tag }: { readonly text: string; readonly tag: string }): FhirResponse {
  const headers = { etag: `W/"${tag}"` };
  const known = request.headers['if-none-match'];
  if (known !== undefined && matchesETag(known, tag)) return { status: 304, headers };
  return { status: 200, headers, body: represent(type, text, request.parameters, context.definitions) };
}

function isUnchanged(request: FhirRequest, { version, lastUpdated }: Version): boolean {
  const known = request.headers['if-none-match'];
  if (known !== undefined) return matchesETag(known, version);
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && Math.floor(lastUpdated.getTime() / 1000) * 1000 <= since;
}

/**
 * Warnings of an answer that has no place for an outcome, as RFC 7234 section 5.5 has them. RFC 9111 took the header out of HTTP, and
 * nothing took its place.
 */
export function warningHeader(issues: readonly Issue[]): { readonly warning?: string } {
  if (issues.length === 0) return {};
  const texts = issues.slice(0, 20).map(({ diagnostics, expression }) => `${expression === undefined ? '' : `${expression.join(', ')}: `}${diagnostics}`);
  return { warning: texts.map((text) => `199 - "${text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, "'")}"`).join(', ') };
}

/** What a write answers with besides its status: by `Prefer: return`, the resource (default), nothing, or an OperationOutcome. */
export function writeResponse(
  request: FhirRequest, status: 200 | 201, written: Version & { readonly body: string | Buffer | undefined; readonly issues: readonly Issue[] },
): FhirResponse {
  const { issues } = written;
  const preference = parsePreferences(request.headers['prefer']);
  const location = versionUrl(request.base, written);
  const headers: Record<string, string> = { ...versionHeaders(request.base, written), ...(status === 201 && { location }) };
  if (preference.return !== undefined) headers['preference-applied'] = `return=${preference.return}`;
  if (preference.return !== 'OperationOutcome') Object.assign(headers, warningHeader(issues));
  switch (preference.return) {
    case 'minimal':
      return { status, headers };
    case 'OperationOutcome': {
      const verb = status === 201 ? 'Created' : 'Updated';
      const done = issue('information', 'informational', `${verb} ${written.type}/${written.id} version ${written.version}`);
      return { status, headers, body: outcomeText([done, ...issues]) };
    }
    default:
      return { status, headers, ...(written.body !== undefined && { body: String(written.body) }) };
  }
}
