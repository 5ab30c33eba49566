/** Entries of a Bundle as a table: what each resource is called, and the facts that tell it from its neighbours. R4: bundle.html. */
import { isObject, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';
import { html, type Html } from './html.ts';
import { labelOf } from './label.ts';
import { instant, number, table } from './layout.ts';
import type { FindTarget } from './place.ts';

/** Pages of results are shorter; a stored Bundle may hold any number. */
const shownEntries = 1_000;

const string = (value: JsonValue | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
const object = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {});

/** Entries of a searchset, a document or a collection. */
export function entryTable(entries: readonly JsonValue[], findTarget: FindTarget): Html {
  const rows = entries.slice(0, shownEntries).filter(isObject).map((entry) => entryRow(entry, findTarget));
  return html`${table('Entries', ['Resource', 'Details', 'Date', 'Last updated'], rows)}${cut(entries)}`;
}

const cut = ({ length }: readonly JsonValue[]): Html | undefined =>
  (length > shownEntries ? html`<p class="soft">${number(length - shownEntries)} more are in the JSON.</p>` : undefined);

function entryRow(entry: JsonObject, findTarget: FindTarget): Html {
  const resource = object(entry['resource']);
  const { title, facts, date } = labelOf(resource);
  const identity = identityOf(entry, resource);
  const target = targetOf(entry, findTarget);
  const isInclude = object(entry['search'])['mode'] === 'include';
  return html`<tr><th scope="row">${namedLink(title, identity, target, 'name')}${isInclude && html` <span class="tag">included</span>`}</th>
<td>${facts.join(' · ')}</td><td class="nowrap">${date !== undefined && dateHtml(date)}</td><td>${lastUpdated(resource)}</td></tr>
`;
}

const linked = (text: string, target: string | undefined, name: string): Html =>
  (target === undefined ? html`<span class="${name}">${text}</span>` : html`<a class="${name}" href="${target}">${text}</a>`);

/** What a resource is called, with its type and id below; or those alone. */
const namedLink = (title: string | undefined, identity: string, target: string | undefined, name: string): Html =>
  html`${linked(title ?? identity, target, name)}${title !== undefined && html`<br><small class="mono">${identity}</small>`}`;

function identityOf(entry: JsonObject, { resourceType, id }: JsonObject): string {
  const type = string(resourceType);
  if (type !== undefined && typeof id === 'string') return `${type}/${id}`;
  return type ?? string(object(entry['request'])['url']) ?? string(entry['fullUrl']) ?? 'Entry';
}

const targetOf = ({ fullUrl }: JsonObject, findTarget: FindTarget): string | undefined => (typeof fullUrl === 'string' ? findTarget('fullUrl', fullUrl) : undefined);

/** To the minute: seconds tell nobody which visit it was. */
const dateHtml = (date: string): Html => html`<time datetime="${date}">${date.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*$/, '$1 $2')}</time>`;

function lastUpdated({ meta }: JsonObject): Html | undefined {
  const text = string(object(meta)['lastUpdated']);
  return text === undefined ? undefined : instant(text);
}

/** Versions of a history, each with a link to itself unless it is a deletion. R4: http.html#history. */
export function versionTable(entries: readonly JsonValue[], findTarget: FindTarget): Html {
  const rows = entries.slice(0, shownEntries).filter(isObject).map((entry) => versionRow(entry, findTarget));
  return html`${table('Versions', ['Version', 'Change', 'Resource', 'Details', 'When'], rows)}${cut(entries)}`;
}

function versionRow(entry: JsonObject, findTarget: FindTarget): Html {
  const resource = object(entry['resource']);
  const { status, etag, lastModified } = object(entry['response']);
  const version = /"(.*)"/.exec(string(etag) ?? '')?.[1] ?? string(object(resource['meta'])['versionId']) ?? '';
  const isDeletion = object(entry['request'])['method'] === 'DELETE';
  const target = targetOf(entry, findTarget);
  const { title, facts } = labelOf(resource);
  const identity = string(resource['resourceType']) === undefined ? (string(object(entry['request'])['url']) ?? '') : identityOf(entry, resource);
  const own = isDeletion || target === undefined ? undefined : `${target}/_history/${encodeURIComponent(version)}`;
  const change = isDeletion ? 'deleted' : string(status)?.startsWith('201') === true ? 'created' : 'updated';
  return html`<tr><th scope="row">${linked(version, own, 'name')}</th><td>${change}</td>
<td>${namedLink(title, identity, target, 'plain')}</td><td>${facts.join(' · ')}</td>
<td>${typeof lastModified === 'string' ? instant(lastModified) : lastUpdated(resource)}</td></tr>
`;
}
