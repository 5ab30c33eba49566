/** A page of a search or of a history: how much there is, the box to search again, the entries, and the pages around. R4: http.html#paging. */
import { isObject, JsonNumber, numberText, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';
import type { Parameters } from '../../rest/endpoint.ts';
import { cursorParameter } from '../../rest/cursor.ts';
import { isControl, isWithoutMeaning } from '../../rest/parameters.ts';
import { entryTable, versionTable } from './entries.ts';
import { html, type Html } from './html.ts';
import { issuesHtml } from './issues.ts';
import { linkRow, number, type Page, type Step } from './layout.ts';
import { jsonUrl, urlAt, type FindTarget, type Place } from './place.ts';
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
  const heading = headingOf(place, isHistory);
  return { title: heading, trail: trailOf(place, isHistory), main: html`
<h1>${heading}</h1>
<p class="lead">${totalText(bundle['total'], shown.length, isHistory)}${!isHistory && bundle['total'] === undefined && html` <a href="${countUrl(place)}">Count them all</a>`}</p>
${!isHistory && boxOf(place, site)}
${linkRow(linksOf(place, isHistory), 'About this result')}
${warnings}
${shown.length === 0 ? nothing(isHistory) : isHistory ? versionTable(shown, findTarget) : entryTable(shown, findTarget)}
${pagesHtml(bundle['link'], findTarget)}` };
}

const nothing = (isHistory: boolean): Html =>
  html`<p class="box">${isHistory ? 'There is no version to show.' : 'Nothing to show: no resource meets these criteria, or only their number was asked for.'}</p>`;

/** @returns the OperationOutcome of an entry that is no match (search.mode outcome) */
function outcomeOf(entry: JsonValue): JsonObject | undefined {
  if (!isObject(entry) || !isObject(entry['search']) || entry['search']['mode'] !== 'outcome') return undefined;
  return isObject(entry['resource']) ? entry['resource'] : undefined;
}

const typeOf = ({ path }: Place): string | undefined => (path[0]?.startsWith('_') === false ? path[0] : undefined);

function headingOf(place: Place, isHistory: boolean): string {
  const type = typeOf(place);
  if (!isHistory) return type ?? 'Search';
  const [, id] = place.path;
  return type === undefined ? 'Changes' : `History of ${id === undefined || id === '_history' ? type : `${type}/${id}`}`;
}

function trailOf(place: Place, isHistory: boolean): Step[] {
  const { base, path } = place;
  const type = typeOf(place);
  const steps: Step[] = [{ text: 'Resources', url: urlAt(base, []) }];
  if (type === undefined) return [...steps, { text: isHistory ? 'Changes' : 'Search' }];
  if (!isHistory) return [...steps, { text: type }];
  steps.push({ text: type, url: urlAt(base, [type]) });
  if (path[1] !== undefined && path[1] !== '_history') steps.push({ text: path[1], url: urlAt(base, path.slice(0, 2)) });
  return [...steps, { text: 'History' }];
}

function totalText(total: JsonValue | undefined, shown: number, isHistory: boolean): string {
  const [one, many] = isHistory ? ['version', 'versions'] : ['resource', 'resources'];
  const here = `${number(shown)} on this page`;
  if (typeof total !== 'number' && !(total instanceof JsonNumber)) return `${here}.`;
  const count = Number(numberText(total));
  const all = `${number(count)} ${count === 1 ? one : many}`;
  return count === shown ? `${all}.` : `${all}, ${here}.`;
}

/** What was searched for, without what chose the page and its form. */
const criteriaOf = (parameters: Parameters): Parameters =>
  parameters.filter(([name, value]) => value !== '' && name !== cursorParameter && name !== '_total' && !isControl(name));

const countUrl = ({ base, path, parameters }: Place): string =>
  urlAt(base, path, [...parameters.filter(([name]) => name !== cursorParameter && !isWithoutMeaning(name)), ['_total', 'accurate']]);

function boxOf(place: Place, site: Site): Html | undefined {
  const type = typeOf(place);
  if (type === undefined || !place.isLinkable) return undefined;
  const codes = site.searchCodes(type);
  return html`${searchBox(urlAt(place.base, [type]), 'Search by parameters', exampleFor(codes), typedText(criteriaOf(place.parameters)))}
<details><summary>Parameters of ${type}</summary><ul class="names">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ul></details>`;
}

/** A search that the type has the parameters for. */
function exampleFor(codes: readonly string[]): string {
  if (codes.includes('name') && codes.includes('birthdate')) return 'name=smith&birthdate=gt1980';
  return codes.includes('code') && codes.includes('date') ? 'code=8302-2&date=gt2020' : '_lastUpdated=gt2020-01-01&_count=20';
}

function linksOf(place: Place, isHistory: boolean): [string, string][] {
  const { base } = place;
  const type = typeOf(place);
  const links: [string, string][] = place.isLinkable ? [['JSON', jsonUrl(place)]] : [];
  if (!isHistory && type !== undefined) links.push(['History of the type', urlAt(base, [type, '_history'])]);
  return links;
}

/** A Bundle's links to pages, each shown where there is a page on that side. */
const pageLinks = [
  { relation: 'first', needs: 'previous', rel: 'first', text: 'First page' },
  { relation: 'previous', needs: 'previous', rel: 'prev', text: 'Previous page' },
  { relation: 'next', needs: 'next', rel: 'next', text: 'Next page' },
  { relation: 'last', needs: 'next', rel: 'last', text: 'Last page' },
] as const;

function pagesHtml(links: JsonValue | undefined, findTarget: FindTarget): Html | undefined {
  if (!Array.isArray(links)) return undefined;
  const urls = new Map(links.filter(isObject).map(({ relation, url }) => [relation, typeof url === 'string' ? findTarget('url', url) : undefined]));
  if (urls.get('next') === undefined && urls.get('previous') === undefined) return undefined;
  const there = pageLinks.filter(({ relation, needs }) => urls.get(relation) !== undefined && urls.get(needs) !== undefined);
  return html`<nav aria-label="Pages"><ul class="pages">${there.map(({ relation, rel, text }) => html`<li><a rel="${rel}" href="${urls.get(relation)}">${text}</a></li>`)}</ul></nav>`;
}
