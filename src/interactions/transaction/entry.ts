/** One entry of a batch or transaction: its request, read. R4: bundle.html, http.html#transaction. */
import type { Context } from '../../context.ts';
import type { RequestEntry } from '../../fhir/bundle.ts';
import { badValue } from '../../fhir/outcome.ts';
import type { FhirRequest, Method, Parameters } from '../../rest/endpoint.ts';
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

/** The entry as a request of its own. */
export function requestOf(entry: Entry, bundle: FhirRequest): FhirRequest {
  const prefer = bundle.headers['prefer'];
  return {
    method: entry.method,
    base: bundle.base,
    path: entry.path,
    parameters: entry.parameters,
    headers: { ...entry.headers, ...(prefer !== undefined && { prefer }) },
    ...(entry.resource !== undefined && { body: { mediaType: 'application/fhir+json', bytes: entry.resource } }),
  };
}

/** The place of a method in the order of processing: DELETE, POST, PUT and PATCH, GET and HEAD (http.html#trules). */
const phases: Readonly<Record<Method, number>> = { DELETE: 0, POST: 1, PUT: 2, PATCH: 2, GET: 3, HEAD: 3 };

/** @returns the entries in the order of processing; those of one phase in the order of the Bundle */
export const inProcessingOrder = (entries: readonly Entry[]): Entry[] => entries.toSorted((a, b) => phases[a.method] - phases[b.method] || a.index - b.index);
