/** An entry of a history Bundle that is to be kept: one version of a resource, as the server that made it says. R4: http.html#history, bundle.html. */
import type { Context } from '../../context.ts';
import type { RequestEntry } from '../../fhir/bundle.ts';
import { findMember, stringAt } from '../../fhir/json/walk.ts';
import { isObject, type JsonObject } from '../../fhir/json/value.ts';
import { badValue, invalid, required } from '../../fhir/outcome.ts';
import { checkedId } from '../../fhir/resource.ts';
import { contentFrom } from '../../rest/content.ts';
import type { Content, Write } from '../../store/write.ts';

export interface HistoryEntry {
  readonly index: number;
  /** `Bundle.entry[3]` */
  readonly expression: string;
  readonly method: Write['method'];
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly lastUpdated: Date;
  /** Absent: a deletion. */
  readonly content?: Content;
}

/** PATCH makes a version as PUT does. */
const methods: Readonly<Record<string, Write['method']>> = { POST: 'POST', PUT: 'PUT', PATCH: 'PUT', DELETE: 'DELETE' };

/** Ends of `Patient/1/_history/2`, of `Patient/1`, and of URLs on the server that they come from. */
const target = /(?:^|\/)([A-Z][A-Za-z]+)(?:\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([^/?]+))?)?\/?$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** @throws FhirError 400 or 422 where it does not say which version of what it is */
export function readHistoryEntry({ request, response, resource, fullUrl }: RequestEntry, n: number, context: Context, canonicalNumbers: boolean): HistoryEntry {
  const expression = `Bundle.entry[${n}]`;
  const method = methods[request.method];
  if (method === undefined) throw badValue(`"${request.method.slice(0, 80)}" makes no version`, { expression: `${expression}.request.method` });
  const [, typeInUrl, idInUrl, versionInUrl] = target.exec(request.url) ?? [];
  const [, , idInFullUrl] = target.exec(fullUrl ?? '') ?? [];
  const type = (resource === undefined ? undefined : memberOf(resource, 'resourceType')) ?? typeInUrl;
  if (type === undefined || !context.definitions.hasResourceType(type)) throw invalid(`"${(type ?? request.url).slice(0, 80)}" is not a resource type of R4`, { expression: `${expression}.request.url` });
  if (method !== 'DELETE' && resource === undefined) throw required(`A version made by ${request.method} has no resource`, { expression: `${expression}.resource` });
  const content = method === 'DELETE' ? undefined : contentFrom({ bytes: resource!, canonicalNumbers }, type, context, `${expression}.resource`);
  const meta = isObject(content?.resource['meta']) ? content.resource['meta'] : {};
  const id = textOf(content?.resource ?? {}, 'id') ?? idInUrl ?? idInFullUrl;
  if (id === undefined) throw required('The version has no id', { expression: `${expression}.resource` });
  return {
    index: n, expression, method, type, id: checkedId(id, `${expression}.resource.id`),
    version: versionOf(textOf(meta, 'versionId') ?? /^(?:W\/)?"?([^"]+)"?$/.exec(response?.etag ?? '')?.[1] ?? versionInUrl, expression),
    lastUpdated: timeOf(textOf(meta, 'lastUpdated') ?? response?.lastModified, expression),
    ...(content !== undefined && { content }),
  };
}

function memberOf(bytes: Buffer, key: string): string | undefined {
  const member = findMember(bytes, 0, key);
  return member !== undefined && bytes[member.start] === 0x22 ? stringAt(bytes, member.start, member.end) : undefined;
}

const textOf = (object: JsonObject, key: string): string | undefined => (typeof object[key] === 'string' ? object[key] : undefined);

function versionOf(text: string | undefined, expression: string): number {
  if (text === undefined || text === '') throw required('The version has no meta.versionId, and response.etag does not say it', { expression });
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw badValue(`The version is "${text.slice(0, 80)}", and versions are whole numbers here`, { expression });
  return Number(text);
}

function timeOf(text: string | undefined, expression: string): Date {
  if (text === undefined) throw required('The version has no meta.lastUpdated, and response.lastModified does not say it', { expression });
  const time = new Date(instant.test(text) ? text : Number.NaN);
  if (Number.isNaN(time.getTime())) throw badValue(`"${text.slice(0, 80)}" is not an instant`, { expression });
  return time;
}
