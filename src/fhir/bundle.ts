/** Bundles as text: their entries cut out on the way in, and written around stored texts on the way out. R4: bundle.html. */
import { invalid, required, structure } from './outcome.ts';
import { findStart, members, skipString, skipValue, stringAt, type Member } from './json/walk.ts';

/** Bundle.entry.request */
export interface EntryRequest {
  readonly method: string;
  readonly url: string;
  readonly ifNoneMatch?: string;
  readonly ifModifiedSince?: string;
  readonly ifMatch?: string;
  readonly ifNoneExist?: string;
}

/** An entry of a batch, a transaction or a history as sent. */
export interface RequestEntry {
  readonly fullUrl?: string;
  readonly request: EntryRequest;
  /** Of a history. */
  readonly response?: { readonly etag?: string; readonly lastModified?: string };
  /** The resource's compact text: a view into the Bundle's own bytes. */
  readonly resource?: Buffer;
}

const requestFields = ['ifNoneMatch', 'ifModifiedSince', 'ifMatch', 'ifNoneExist'] as const;

const element = ['id', 'extension', 'modifierExtension'];
const known = {
  bundle: new Set(['resourceType', 'id', 'meta', 'implicitRules', 'language', 'identifier', 'type', 'timestamp', 'total', 'link', 'entry', 'signature']),
  entry: new Set([...element, 'link', 'fullUrl', 'resource', 'search', 'request', 'response']),
  request: new Set([...element, 'method', 'url', ...requestFields]),
} as const;

/** A condition that is misspelt must not be left aside: what was to be created once would be there twice. */
function refuseUnknown(keys: Iterable<string>, kind: keyof typeof known, path: string): void {
  for (const key of keys) {
    if (!known[kind].has(key.replace(/^_/, ''))) throw structure(`"${key.slice(0, 80)}" is no element here`, { expression: `${path}.${key.slice(0, 80)}` });
  }
}

/**
 * Reads the type and entries of a batch, a transaction or a history, an entry a step.
 * @param bytes compact JSON of a Bundle
 * @throws FhirError 400 naming the entry at fault
 */
export function* readBundle(bytes: Buffer): Generator<undefined, { readonly type: string | undefined; readonly entries: RequestEntry[] }> {
  let type: string | undefined;
  const entries: RequestEntry[] = [];
  for (let at = 1; bytes[at] === 0x22; at = behindComma(bytes, at)) {
    const start = skipString(bytes, at) + 1;
    const key = stringAt(bytes, at, start - 1);
    refuseUnknown([key], 'bundle', 'Bundle');
    if (key === 'type') type = stringOf(bytes, start, 'type', 'Bundle.type');
    if (key !== 'entry') {
      at = skipValue(bytes, start);
      continue;
    }
    if (bytes[start] !== 0x5b) throw structure('Bundle.entry is not an array', { expression: 'Bundle.entry' });
    for (at = start + 1; bytes[at] !== 0x5d; yield) {
      const { entry, end } = readEntry(bytes, at, `Bundle.entry[${entries.length}]`);
      entries.push(entry);
      at = behindComma(bytes, end);
    }
    at++;
  }
  return { type, entries };
}

const behindComma = (bytes: Buffer, at: number): number => (bytes[at] === 0x2c ? at + 1 : at);

/** @returns the entry, and where it ends */
function readEntry(bytes: Buffer, at: number, path: string): { readonly entry: RequestEntry; readonly end: number } {
  if (bytes[at] !== 0x7b) throw structure('A Bundle entry is not an object', { expression: path });
  const all = members(bytes, at);
  const fields = byKey(all);
  refuseUnknown(fields.keys(), 'entry', path);
  const resource = fields.get('resource');
  if (resource !== undefined && bytes[resource.start] !== 0x7b) throw structure('The entry\'s resource is not an object', { expression: `${path}.resource` });
  const request = fields.get('request');
  if (request === undefined || bytes[request.start] !== 0x7b) throw required('The entry has no request', { expression: `${path}.request` });
  const asked = byKey(members(bytes, request.start));
  refuseUnknown(asked.keys(), 'request', `${path}.request`);
  const method = stringIn(bytes, asked, 'method', `${path}.request`);
  const url = stringIn(bytes, asked, 'url', `${path}.request`) ?? (resource === undefined ? undefined : urlOf(method, bytes, resource.start));
  if (method === undefined) throw required('The entry\'s request has no method', { expression: `${path}.request.method` });
  if (url === undefined) throw required('The entry\'s request has no url', { expression: `${path}.request.url` });
  const fullUrl = stringIn(bytes, fields, 'fullUrl', path);
  const more: Partial<Record<(typeof requestFields)[number], string>> = {};
  for (const name of requestFields) {
    const value = stringIn(bytes, asked, name, `${path}.request`);
    if (value !== undefined) more[name] = value;
  }
  const response = fields.get('response');
  const entry = {
    ...(fullUrl !== undefined && { fullUrl }),
    request: { method, url, ...more },
    ...(response !== undefined && bytes[response.start] === 0x7b && { response: readResponse(bytes, response.start, `${path}.response`) }),
    ...(resource !== undefined && { resource: bytes.subarray(resource.start, resource.end) }),
  };
  return { entry, end: all.at(-1)!.end + 1 };
}

function readResponse(bytes: Buffer, at: number, path: string): NonNullable<RequestEntry['response']> {
  const fields = byKey(members(bytes, at));
  const [etag, lastModified] = [stringIn(bytes, fields, 'etag', path), stringIn(bytes, fields, 'lastModified', path)];
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
}

/** HAPI's client leaves the url out of a Bundle that it makes of resources, as R4 does not allow: of a POST and a PUT it follows from the resource. */
function urlOf(method: string | undefined, bytes: Buffer, resource: number): string | undefined {
  // Both nearly always come first, and the rest need not be walked for them.
  const find = (key: string): string | undefined => {
    const member = findStart(bytes, resource, key);
    return member === undefined ? undefined : stringOf(bytes, member.start, key, `Bundle.entry.resource.${key}`);
  };
  const [type, id] = [find('resourceType'), find('id')];
  if (method === 'POST') return type;
  return method === 'PUT' && type !== undefined && id !== undefined ? `${type}/${id}` : undefined;
}

const byKey = (all: readonly Member[]): ReadonlyMap<string, Member> => new Map(all.map((member) => [member.key, member]));

function stringIn(bytes: Buffer, fields: ReadonlyMap<string, Member>, key: string, path: string): string | undefined {
  const member = fields.get(key);
  return member === undefined ? undefined : stringOf(bytes, member.start, key, `${path}.${key}`);
}

function stringOf(bytes: Buffer, start: number, key: string, expression: string): string {
  if (bytes[start] !== 0x22) throw invalid(`"${key}" is not a string`, { expression });
  return stringAt(bytes, start, skipString(bytes, start));
}

/** Bundle.link */
export interface Link {
  readonly relation: 'self' | 'first' | 'previous' | 'next' | 'last';
  readonly url: string;
}

/** An entry to be written; `resource` is JSON text that goes in as it is. */
export interface ResponseEntry {
  readonly fullUrl?: string;
  readonly resource?: string;
  readonly search?: { readonly mode: 'match' | 'include' | 'outcome' };
  readonly request?: { readonly method: string; readonly url: string };
  readonly response?: {
    readonly status: string;
    readonly location?: string;
    readonly etag?: string;
    readonly lastModified?: string;
    /** JSON text of an OperationOutcome. */
    readonly outcome?: string;
  };
}

export interface ResponseBundle {
  readonly type: 'searchset' | 'history' | 'batch-response' | 'transaction-response';
  /** The instant of the snapshot that the answer was read from. */
  readonly lastUpdated?: Date;
  readonly total?: number;
  readonly links?: readonly Link[];
  readonly entries: readonly ResponseEntry[];
}

/** @returns the Bundle as minified JSON; `entry` is left out where it would be empty (REST: no `entry: []`) */
export function bundleText(bundle: ResponseBundle): string {
  const parts: string[] = ['{"resourceType":"Bundle"'];
  if (bundle.lastUpdated !== undefined) parts.push(`,"meta":{"lastUpdated":"${bundle.lastUpdated.toISOString()}"}`);
  parts.push(`,"type":"${bundle.type}"`);
  if (bundle.lastUpdated !== undefined) parts.push(`,"timestamp":"${bundle.lastUpdated.toISOString()}"`);
  if (bundle.total !== undefined) parts.push(`,"total":${bundle.total}`);
  if (bundle.links !== undefined && bundle.links.length > 0) parts.push(`,"link":${JSON.stringify(bundle.links)}`);
  if (bundle.entries.length > 0) {
    parts.push(',"entry":[');
    bundle.entries.forEach((entry, n) => parts.push(n === 0 ? entryText(entry) : `,${entryText(entry)}`));
    parts.push(']');
  }
  parts.push('}');
  return parts.join('');
}

function entryText(entry: ResponseEntry): string {
  const fields: string[] = [];
  if (entry.fullUrl !== undefined) fields.push(`"fullUrl":${JSON.stringify(entry.fullUrl)}`);
  if (entry.resource !== undefined) fields.push(`"resource":${entry.resource}`);
  if (entry.search !== undefined) fields.push(`"search":{"mode":"${entry.search.mode}"}`);
  if (entry.request !== undefined) fields.push(`"request":${JSON.stringify(entry.request)}`);
  if (entry.response !== undefined) {
    const { outcome, ...rest } = entry.response;
    const text = JSON.stringify(rest);
    fields.push(`"response":${outcome === undefined ? text : `${text.slice(0, -1)},"outcome":${outcome}}`}`);
  }
  return `{${fields.join(',')}}`;
}
