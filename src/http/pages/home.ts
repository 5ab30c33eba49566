/** The first page: what this server is, what is in it, and the ways on. */
import { html, type Html } from './html.ts';
import { linkRow, number, type Page } from './layout.ts';
import { outsideUrl, urlAt } from './place.ts';
import { searchBox } from './search-box.ts';
import { countsOf, type Site, type TypeCount } from './site.ts';

export async function homePage(site: Site, base: string): Promise<Page> {
  const counts = await countsOf(site);
  return { title: 'FHIR R4 server', main: html`
<h1>Verbatim, a FHIR R4 server</h1>
<p class="lead">Version ${site.version}. FHIR base: <code>${base}</code></p>
${linkRow([
  ['API with Swagger UI', outsideUrl(base, '/docs')],
  ['Capabilities', urlAt(base, ['metadata'])],
  ['Latest changes', urlAt(base, ['_history'])],
  ['Health', outsideUrl(base, '/healthz')],
], 'Ways on')}
${searchBox(base, 'Go to a resource or a search', 'Patient?name=smith&birthdate=gt1980', '')}
<h2 id="resources">Resources</h2>
${countsHtml(counts, base)}
${otherTypes(site, counts ?? [], base)}
<h2>From a terminal</h2>
<pre class="snippet"><code>curl '${urlAt(base, ['Patient'], [['_count', '3']])}'</code></pre>
<p class="soft">Programs get JSON. A page is shown to whoever prefers <code>text/html</code>, as browsers do; <code>_format=json</code> and
<code>_format=html</code> in a URL decide it either way.</p>` };
}

function countsHtml(counts: readonly TypeCount[] | undefined, base: string): Html {
  if (counts === undefined) return html`<p class="issue mild">The database does not say just now what is in it.</p>`;
  if (counts.length === 0) return html`<p>There are none yet. POST a resource, or a transaction Bundle to the base.</p>`;
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const isExact = counts.every((count) => count.isExact);
  return html`<p class="soft">${isExact ? '' : 'About '}${number(total)} in ${counts.length} ${counts.length === 1 ? 'type' : 'types'}.</p>
<ul class="types">${counts.map((count) => countHtml(count, base))}</ul>`;
}

const countHtml = ({ type, count, isExact }: TypeCount, base: string): Html =>
  html`<li><a href="${urlAt(base, [type])}">${type} <span class="count">${isExact ? '' : 'about '}${number(count)}</span></a></li>`;

function otherTypes({ definitions }: Site, counts: readonly TypeCount[], base: string): Html {
  const shown = new Set(counts.map(({ type }) => type));
  const others = definitions.resourceTypes.filter((type) => !shown.has(type));
  return html`<details><summary>${counts.length === 0 ? 'All' : 'The other'} ${others.length} types of R4</summary>
<ul class="names">${others.map((type) => html`<li><a href="${urlAt(base, [type])}">${type}</a></li>`)}</ul></details>`;
}
