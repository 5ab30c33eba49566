/**
 * Binary in its own media type: what is sent to it as anything but a Binary is its content, and what is read of it is its content unless
 * FHIR's own media type is asked for. R4: binary.html#rest.
 */
import { binaryText, contentOfBinary, largestContent } from '../fhir/binary.ts';
import { compactJson } from '../fhir/json/scan.ts';
import { findMember, stringAt } from '../fhir/json/walk.ts';
import { required, tooLong } from '../fhir/outcome.ts';
import type { FhirRequest, FhirResponse, RequestBody } from '../rest/endpoint.ts';
import { fhirJson, jsonBodies } from '../rest/media-types.ts';
import { fhirTypes, prefersContent } from './negotiate.ts';

const isCreateOrUpdate = ({ method, path }: Pick<FhirRequest, 'method' | 'path'>): boolean =>
  (method === 'POST' && path.length === 1) || (method === 'PUT' && path.length <= 2);

/**
 * @param bytes the body as sent
 * @returns the Binary that a write to `/Binary` stands for; undefined where the body is a resource itself, or the request is another
 * @throws FhirError 413 for content that a resource cannot hold
 */
export function binaryBody(request: Pick<FhirRequest, 'method' | 'path' | 'headers'>, bytes: Buffer): RequestBody | undefined {
  const { path: [type, id], headers } = request;
  if (type !== 'Binary' || !isCreateOrUpdate(request)) return undefined;
  const contentType = headers['content-type']?.trim();
  if (contentType === undefined || contentType === '' || isResource(contentType, bytes)) return undefined;
  if (bytes.length > largestContent) throw tooLong(`The content is larger than ${largestContent} bytes, which is what a Binary can hold`);
  const securityContext = headers['x-security-context']?.trim();
  if (securityContext === '') throw required('X-Security-Context is empty');
  return {
    mediaType: fhirJson,
    bytes: binaryText({ contentType: contentType.replaceAll(/\s+/g, ' '), bytes, ...(securityContext !== undefined && { securityContext }) }, id),
  };
}

/** What says that it is FHIR is taken at its word unless it is a resource of another type; other JSON where it is a Binary. */
function isResource(contentType: string, bytes: Buffer): boolean {
  const mediaType = contentType.split(';')[0]!.trim().toLowerCase();
  if (!jsonBodies.has(mediaType)) return false;
  if (/^\s*\{\s*"resourceType"\s*:\s*"Binary"/.test(bytes.toString('latin1', 0, 200))) return true;
  const type = resourceTypeOf(bytes);
  return fhirTypes.has(mediaType) ? type === undefined || type === 'Binary' : type === 'Binary';
}

function resourceTypeOf(bytes: Buffer): string | undefined {
  try {
    const { bytes: compact } = compactJson(bytes);
    const member = compact[0] === 0x7b ? findMember(compact, 0, 'resourceType') : undefined;
    return member !== undefined && compact[member.start] === 0x22 ? stringAt(compact, member.start, member.end) : undefined;
  } catch {
    return undefined;
  }
}

/** @returns whether the request is answered with a Binary's content: a read or vread that does not ask for FHIR or a part of the resource */
export function wantsContent({ method, path, parameters, headers }: FhirRequest): boolean {
  const [type, id, history] = path;
  if (type !== 'Binary' || id === undefined || /^[_$]/.test(id) || (method !== 'GET' && method !== 'HEAD')) return false;
  if (path.length !== 2 && !(path.length === 4 && history === '_history')) return false;
  return !parameters.some(([name, value]) => (name === '_summary' || name === '_elements') && value !== '') && prefersContent(headers['accept'], parameters);
}

/** Nobody's file runs scripts on this server's origin, whatever it says it is. */
const fenced = { 'content-security-policy': 'sandbox' };

/** @returns the answer to a read with the content in its own media type; anything else as it is */
export function contentResponse(response: FhirResponse): FhirResponse {
  const { status, headers, body } = response;
  if (status !== 200 || typeof body !== 'string') return response;
  const { contentType, bytes, securityContext } = contentOfBinary(body);
  return {
    status, body: bytes,
    headers: { ...headers, ...fenced, 'content-type': contentType, ...(securityContext !== undefined && { 'x-security-context': securityContext }) },
  };
}
