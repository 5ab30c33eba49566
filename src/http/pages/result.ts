/** A page of a search or of a history: how much there is, the box to search again, the entries, and the pages around. R4: http.html#paging. */
import { isObject, JsonNumber, numberText, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';
import type { Parameters } from '../../rest/endpoint.ts';
import { cursorParameter } from '../../rest/cursor.ts';
import { isControl, isWithoutMeaning } from '../../rest/parameters.ts';
import { entryTable, versionTable } from './entries.ts';
import { html, type Html } from './html.ts';
import { issuesHtml } from './issues.ts';
import { linkRow, number, type Page } from './layout.ts';
import { jsonUrl, urlAt, type FindTarget, type Place } from './place.ts';
import { scopeOf, type Scope } from './scope.ts';
import { searchBox, typedText } from './search-box.ts';
import type { Site } from './site.ts';

/** @returns whether the Bundle is the answer to a search or a history, and not a stored Bundle */
export const isResult = ({ resourceType, type, id }: JsonObject): boolean =>
  resourceType === 'Bundle' && id === undefined && (type === 'searchset' || type === 'history');

export function resultPage(bundle: JsonObject, place: Place, site: Site, findTarget: FindTarget): Page {
  const entries = Array.isArray(bundle['entry']) ? bundle['entry'] : [];
  const outcomes = entries.map(outcomeOf);
  const shown = entries.filter((_entry, n) => outcomes[n] === undefined);
  const warnings = outcomes.map((outcome) => outcome !== undefined && issuesHtml(outcome));
  const isHistory = bundle['type'] === 'history';
  const scope = scopeOf(place, isHistory);
  const links = pagesOf(bundle['link'], findTarget);
  const isUncounted = bundle['total'] === undefined && scope.isCountable && place.isLinkable;
  return { title: scope.heading, trail: scope.trail, main: html`
<h1>${scope.heading}</h1>
<p class="lead">${countText(bundle['total'], shown, isHistory, links)}${isUncounted && html` <a href="${countUrl(place)}">Count them all</a>`}</p>
${boxOf(scope, place, site)}
${linkRow(linksOf(place, scope), 'About this result')}
${warnings}
${shown.length === 0 ? nothing(isHistory) : isHistory ? versionTable(shown, findTarget) : entryTable(shown, findTarget)}
${pagesHtml(links)}` };
}

const nothing = (isHistory: boolean): Html =>
  html`<p class="box">${isHistory ? 'There is no version to show.' : 'Nothing to show: no resource meets these criteria, or only their number was asked for.'}</p>`;

/** @returns the OperationOutcome of an entry that is no match (search.mode outcome) */
function outcomeOf(entry: JsonValue): JsonObject | undefined {
  if (!isObject(entry) || !isObject(entry['search']) || entry['search']['mode'] !== 'outcome') return undefined;
  return isObject(entry['resource']) ? entry['resource'] : undefined;
}

/** How many there are, as far as the answer says so; what is included is none of them. */
function countText(total: JsonValue | undefined, shown: readonly JsonValue[], isHistory: boolean, links: PageUrls): string {
  const [one, many] = isHistory ? ['version', 'versions'] : ['resource', 'resources'];
  const included = shown.filter((entry) => isObject(entry) && isObject(entry['search']) && entry['search']['mode'] === 'include').length;
  const matches = shown.length - included;
  const besides = included === 0 ? '' : `, and ${number(included)} included with them`;
  const named = (count: number): string => `${number(count)} ${count === 1 ? one : many}`;
  if (typeof total !== 'number' && !(total instanceof JsonNumber)) {
    const others = links.get('next') !== undefined ? ', and there are more' : links.get('previous') !== undefined ? ', the last one' : '';
    return `${named(matches)} on this page${others}${besides}.`;
  }
  const count = Number(numberText(total));
  return `${named(count)}${count === matches ? '' : `, ${number(matches)} on this page`}${besides}.`;
}

/** What was searched for, without what chose the page and its form. */
const criteriaOf = (parameters: Parameters): Parameters =>
  parameters.filter(([name, value]) => value !== '' && name !== cursorParameter && name !== '_total' && !isControl(name));

const countUrl = ({ base, path, parameters }: Place): string =>
  urlAt(base, path, [...parameters.filter(([name]) => name !== cursorParameter && !isWithoutMeaning(name)), ['_total', 'accurate']]);

function boxOf({ search }: Scope, place: Place, site: Site): Html | undefined {
  if (search === undefined || !place.isLinkable) return undefined;
  const { type, path } = search;
  const codes = site.searchCodes(type);
  return html`${searchBox(urlAt(place.base, path), 'Search by parameters', exampleFor(codes), typedText(criteriaOf(place.parameters)))}
<details><summary>Parameters of ${type}</summary><ul class="names">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul></details>`;
}

/** A search that the type has the parameters for. */
function exampleFor(codes: readonly string[]): string {
  if (codes.includes('name') && codes.includes('birthdate')) return 'name=smith&birthdate=gt1980';
  return codes.includes('code') && codes.includes('date') ? 'code=8302-2&date=gt2020' : '_lastUpdated=gt2020-01-01&_count=20';
}

function linksOf(place: Place, { type }: Scope): [string, string][] {
  const links: [string, string][] = place.isLinkable ? [['JSON', jsonUrl(place)]] : [];
  if (type !== undefined) links.push(['History of the type', urlAt(place.base, [type, '_history'])]);
  return links;
}

/** A Bundle's links to pages, each shown where there is a page on that side. */
const pageLinks = [
  { relation: 'first', needs: 'previous', rel: 'first', text: 'First page' },
  { relation: 'previous', needs: 'previous', rel: 'prev', text: 'Previous page' },
  { relation: 'next', needs: 'next', rel: 'next', text: 'Next page' },
  { relation: 'last', needs: 'next', rel: 'last', text: 'Last page' },
] as const;

type PageUrls = ReadonlyMap<JsonValue | undefined, string | undefined>;

/** The pages around, by relation, that lie on this server. */
const pagesOf = (links: JsonValue | undefined, findTarget: FindTarget): PageUrls =>
  new Map((Array.isArray(links) ? links : []).filter(isObject).map(({ relation, url }) => [relation, typeof url === 'string' ? findTarget('url', url) : undefined]));

function pagesHtml(urls: PageUrls): Html | undefined {
  if (urls.get('next') === undefined && urls.get('previous') === undefined) return undefined;
  const there = pageLinks.filter(({ relation, needs }) => urls.get(relation) !== undefined && urls.get(needs) !== undefined);
  return html`<nav aria-label="Pages"><ul class="pages">${there.map(({ relation, rel, text }) => html`<li><a rel="${rel}" href="${urls.get(relation)}">${text}</a></li>`)}</ul></nav>`;
}
