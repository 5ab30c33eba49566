/** One resource: who it is, its narrative, its text, and what lies around it. */
import { isObject, type JsonObject } from '../../fhir/json/value.ts';
import { isId } from '../../fhir/resource.ts';
import { entryTable } from './entries.ts';
import { html, type Html } from './html.ts';
import { labelOf } from './label.ts';
import { instant, linkRow, type Page, type Step } from './layout.ts';
import { safeNarrative } from './narrative.ts';
import { jsonUrl, urlAt, type FindTarget, type Place } from './place.ts';
import { countsOf, type Site } from './site.ts';

/** @param content the resource's text, coloured */
export async function resourcePage(resource: JsonObject, place: Place, site: Site, findTarget: FindTarget, content: Html): Promise<Page> {
  const { title, facts } = labelOf(resource);
  const type = String(resource['resourceType']);
  const self = selfOf(resource, place, site);
  const heading = title ?? (self === undefined ? type : self.join('/'));
  return { title: title === undefined ? heading : `${heading} · ${type}`, trail: trailOf(type, self, place), main: html`
<h1>${heading}</h1>
<p class="lead">${[type, ...facts].join(' · ')}</p>
${identity(resource, self)}
${linkRow(linksOf(resource, self, place), 'About this resource')}
${self !== undefined && (await related(self, place, site))}
${narrativeHtml(resource, findTarget)}
${type === 'Bundle' && Array.isArray(resource['entry']) && html`<h2 id="entries">Entries</h2>${entryTable(resource['entry'], findTarget)}`}
<h2>Content</h2>
${content}` };
}

/** Type and id where the resource can be read under them, and the version where the page is of one. */
type Self = readonly [type: string, id: string];

function selfOf({ resourceType, id }: JsonObject, { path }: Place, { definitions }: Site): Self | undefined {
  if (path[0] === 'metadata' || typeof resourceType !== 'string' || typeof id !== 'string') return undefined;
  return definitions.hasResourceType(resourceType) && isId(id) ? [resourceType, id] : undefined;
}

const versionOf = ({ path }: Place): string | undefined => (path[2] === '_history' ? path[3] : undefined);

function trailOf(type: string, self: Self | undefined, place: Place): Step[] {
  const { base } = place;
  const steps: Step[] = [{ text: 'Resources', url: urlAt(base, []) }];
  if (self === undefined) return [...steps, { text: type }];
  const version = versionOf(place);
  steps.push({ text: type, url: urlAt(base, [type]) });
  return version === undefined ? [...steps, { text: self[1] }] : [...steps, { text: self[1], url: urlAt(base, self) }, { text: `version ${version}` }];
}

function identity({ meta, id }: JsonObject, self: Self | undefined): Html {
  const { versionId, lastUpdated, profile } = isObject(meta) ? meta : {};
  const facts: [string, Html][] = [];
  if (typeof id === 'string') facts.push(['Id', html`<code>${self === undefined ? id : self.join('/')}</code>`]);
  if (typeof versionId === 'string') facts.push(['Version', html`${versionId}`]);
  if (typeof lastUpdated === 'string') facts.push(['Last updated', instant(lastUpdated)]);
  if (Array.isArray(profile)) facts.push(['Profile', html`${profile.slice(0, 20).map((url) => html`<code>${String(url)}</code> `)}`]);
  return html`${facts.length > 0 && html`<dl class="facts">${facts.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`}`;
}

function linksOf({ meta }: JsonObject, self: Self | undefined, place: Place): [string, string][] {
  const { base } = place;
  const links: [string, string][] = [];
  if (place.isLinkable) links.push(['JSON', jsonUrl(place)]);
  if (self !== undefined) {
    const version = Number(isObject(meta) ? meta['versionId'] : undefined);
    if (versionOf(place) !== undefined) links.push(['Current version', urlAt(base, self)]);
    if (version > 1) links.push(['Version before', urlAt(base, [...self, '_history', String(version - 1)])]);
    links.push(['History', urlAt(base, [...self, '_history'])], [`All ${self[0]} resources`, urlAt(base, [self[0]])]);
  }
  return links;
}

/** Searches for what belongs to the resource: the types of its compartment that there are. R4: compartmentdefinition.html. */
async function related([type, id]: Self, { base }: Place, site: Site): Promise<Html | undefined> {
  const compartment = site.definitions.compartments.get(type);
  if (compartment === undefined) return undefined;
  const counts = (await countsOf(site)) ?? [];
  const links = counts.flatMap(({ type: other }): [string, string][] => {
    const code = other === type ? undefined : codeOf(compartment.get(other) ?? [], site.searchCodes(other));
    return code === undefined ? [] : [[other, urlAt(base, [other], [[code, `${type}/${id}`]])]];
  });
  return links.length === 0 ? undefined : html`<h2>Belonging to this ${type}</h2>${linkRow(links, `Searches for what belongs to this ${type}`)}`;
}

/** A compartment may have several parameters to a type; the one that says whom it is about comes first. */
function codeOf(codes: readonly string[], supported: readonly string[]): string | undefined {
  const usable = codes.filter((code) => supported.includes(code));
  return usable.find((code) => code === 'patient' || code === 'subject') ?? usable[0];
}

function narrativeHtml({ text }: JsonObject, findTarget: FindTarget): Html | undefined {
  if (!isObject(text) || typeof text['div'] !== 'string') return undefined;
  return html`<h2>Narrative</h2><div class="narrative">${safeNarrative(text['div'], findTarget)}</div>`;
}
