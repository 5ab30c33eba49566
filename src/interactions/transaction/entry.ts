/** One entry of a batch or transaction: its request, read. R4: bundle.html, http.html#transaction. */
import type { Context } from '../../context.ts';
import { isBase64 } from '../../fhir/base64.ts';
import type { RequestEntry } from '../../fhir/bundle.ts';
import { findMember, stringAt } from '../../fhir/json/walk.ts';
import { badValue, structure } from '../../fhir/outcome.ts';
import type { FhirRequest, Method, Parameters, RequestBody } from '../../rest/endpoint.ts';
import { fhirJson, patchBodies } from '../../rest/media-types.ts';
import { basesOf, parseTarget } from '../../rest/target.ts';

export interface Entry {
  readonly index: number;
  /** `Bundle.entry[3]` */
  readonly expression: string;
  readonly method: Method;
  readonly path: readonly string[];
  readonly parameters: Parameters;
  readonly fullUrl?: string;
  /** The resource's compact text. */
  readonly resource?: Buffer;
  /** The conditions of the entry as the headers they stand for. */
  readonly headers: Readonly<Record<string, string>>;
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

const headerOf = { ifMatch: 'if-match', ifNoneMatch: 'if-none-match', ifModifiedSince: 'if-modified-since', ifNoneExist: 'if-none-exist' } as const;

/**
 * @param n its place in the Bundle
 * @throws FhirError 400 naming the entry when its method or url is none
 */
export function readEntry(entry: RequestEntry, n: number, bundle: FhirRequest, context: Context): Entry {
  const expression = `Bundle.entry[${n}]`;
  const { method, url } = entry.request;
  if (!methods.has(method)) throw badValue(`"${method.slice(0, 80)}" is not a method of a request`, { expression: `${expression}.request.method` });
  const { path, parameters } = parseTarget(url, basesOf(bundle, context), `${expression}.request.url`);
  const headers: Record<string, string> = {};
  for (const [field, header] of Object.entries(headerOf) as [keyof typeof headerOf, string][]) {
    const value = entry.request[field];
    if (value !== undefined) headers[header] = value;
  }
  return {
    index: n, expression, method: method as Method, path, parameters, headers,
    ...(entry.fullUrl !== undefined && { fullUrl: entry.fullUrl }),
    ...(entry.resource !== undefined && { resource: entry.resource }),
  };
}

/**
 * The entry as a request of its own.
 * @throws FhirError 400 where the resource of a PATCH is no patch
 */
export function requestOf(entry: Entry, bundle: FhirRequest): FhirRequest {
  const prefer = bundle.headers['prefer'];
  const body = bodyOf(entry);
  return {
    method: entry.method,
    base: bundle.base,
    path: entry.path,
    parameters: entry.parameters,
    headers: { ...entry.headers, ...(prefer !== undefined && { prefer }) },
    ...(body !== undefined && { body }),
  };
}

/** R4 has FHIRPath Patch in Bundles alone; a JSON Patch or merge patch is a Binary of that type, as in R5 and in HAPI. */
function bodyOf({ method, resource, expression }: Entry): RequestBody | undefined {
  if (resource === undefined) return undefined;
  const text = (key: string): string | undefined => {
    const member = findMember(resource, 0, key);
    return member !== undefined && resource[member.start] === 0x22 ? stringAt(resource, member.start, member.end) : undefined;
  };
  const type = method === 'PATCH' ? text('resourceType') : undefined;
  if (method !== 'PATCH' || type === 'Parameters') return { mediaType: fhirJson, bytes: resource };
  const mediaType = text('contentType')?.split(';')[0]!.trim().toLowerCase() ?? '';
  const language = patchBodies.get(mediaType);
  if (type !== 'Binary' || language === undefined || language === 'fhirpath-patch') {
    throw structure('The resource of a PATCH is Parameters, or a Binary whose contentType is application/json-patch+json or application/merge-patch+json', { expression: `${expression}.resource` });
  }
  const data = text('data');
  if (data === undefined || !isBase64(data)) throw structure('The Binary has no data in base64', { expression: `${expression}.resource.data` });
  return { mediaType, bytes: Buffer.from(data, 'base64') };
}

/** The place of a method in the order of processing: DELETE, POST, PUT and PATCH, GET and HEAD (http.html#trules). */
const phases: Readonly<Record<Method, number>> = { DELETE: 0, POST: 1, PUT: 2, PATCH: 2, GET: 3, HEAD: 3 };

/** @returns the entries in the order of processing; those of one phase in the order of the Bundle */
export const inProcessingOrder = (entries: readonly Entry[]): Entry[] => entries.toSorted((a, b) => phases[a.method] - phases[b.method] || a.index - b.index);

/**
 * @param ordered in the order of processing
 * @returns runs of entries that may be carried out at the same time: each of one phase, and no two about the same resource
 */
export function inWaves(ordered: readonly Entry[]): Entry[][] {
  const waves: Entry[][] = [];
  const seen = new Set<string>();
  let phase: number | undefined;
  for (const entry of ordered) {
    const about = subjectOf(entry);
    if (phases[entry.method] !== phase || (about !== undefined && seen.has(about))) {
      waves.push([]);
      seen.clear();
      phase = phases[entry.method];
    }
    waves.at(-1)!.push(entry);
    if (about !== undefined) seen.add(about);
  }
  return waves;
}

/** What an entry changes: an instance, or what criteria select. Undefined for reads, creations and searches. */
const subjectOf = ({ method, path, parameters }: Entry): string | undefined =>
  (method === 'GET' || method === 'HEAD' || (method === 'POST' && path.length < 3) ? undefined : JSON.stringify(path.length > 1 ? path.slice(0, 2) : [path, parameters]));
