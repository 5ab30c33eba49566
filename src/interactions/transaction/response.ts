/** Bundle.entry.response: what an entry's request was answered with. R4: bundle.html, http.html#transaction-response. */
import { STATUS_CODES } from 'node:http';
import type { ResponseEntry } from '../../fhir/bundle.ts';
import { outcomeText, type Issue } from '../../fhir/outcome.ts';
import { etagOf } from '../../fhir/resource.ts';
import type { FhirRequest, FhirResponse } from '../../rest/endpoint.ts';
import type { Version } from '../../rest/resource-response.ts';
import type { Entry } from './entry.ts';

/** @returns `201 Created` */
export const statusText = (status: number): string => `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();

/** The response of an entry that was dispatched as a request of its own. */
export function entryOfResponse(response: FhirResponse, entry: Entry, request: FhirRequest): ResponseEntry {
  const { status, headers, body } = response;
  const text = typeof body === 'string' ? body : undefined;
  const location = headers['location'] ?? headers['content-location'];
  const lastModified = headers['last-modified'];
  const isOutcome = text?.startsWith('{"resourceType":"OperationOutcome"') === true && entry.method !== 'GET' && entry.path.at(-1)?.startsWith('$') !== true;
  return {
    ...(text !== undefined && !isOutcome && { resource: text }),
    response: {
      status: statusText(status),
      ...(location !== undefined && { location: location.replace(`${request.base}/`, '') }),
      ...(headers['etag'] !== undefined && { etag: headers['etag'] }),
      ...(lastModified !== undefined && { lastModified: new Date(lastModified).toISOString() }),
      ...(isOutcome && { outcome: text }),
    },
  };
}

/** What an entry's answer is to say besides, where there is something. */
export const outcomeOf = (issues: readonly Issue[]): { outcome?: string } => (issues.length === 0 ? {} : { outcome: outcomeText(issues) });

/** The response of a write; the resource stands in it where the client prefers so. */
export function entryOfVersion(status: 200 | 201, version: Version, body: string | undefined, issues: readonly Issue[]): ResponseEntry {
  return {
    ...(body !== undefined && { resource: body }),
    response: {
      status: statusText(status),
      location: `${version.type}/${version.id}/_history/${version.version}`,
      etag: etagOf(version.version),
      lastModified: version.lastUpdated.toISOString(),
      ...outcomeOf(issues),
    },
  };
}
