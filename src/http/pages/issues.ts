/** OperationOutcomes for reading: errors with their status, and the warnings of a search. R4: operationoutcome.html. */
import { STATUS_CODES } from 'node:http';
import { isObject, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';
import { html, type Html } from './html.ts';
import { linkRow, type Page } from './layout.ts';
import { jsonUrl, urlAt, type Place } from './place.ts';

/** @param status of the answer; below 400 the outcome is a result, not an error */
export function outcomePage(outcome: JsonObject, status: number, place: Place, content: Html): Page {
  const { base, path } = place;
  const title = status >= 400 ? `${status} ${STATUS_CODES[status] ?? 'Error'}` : 'OperationOutcome';
  const [type, id] = path;
  const links: [string, string][] = [];
  if (place.isLinkable) links.push(['JSON', jsonUrl(place)]);
  if (status === 410 && type !== undefined && id !== undefined) links.push(['Its versions', urlAt(base, [type, id, '_history'])]);
  links.push(['Resources', urlAt(base, [])]);
  return { title, main: html`
<h1>${title}</h1>
${issuesHtml(outcome)}
${linkRow(links, 'Ways on')}
<h2>Content</h2>
${content}` };
}

export const issuesHtml = ({ issue }: JsonObject): Html =>
  html`${Array.isArray(issue) ? issue.slice(0, 500).filter(isObject).map(issueHtml) : undefined}`;

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

function issueHtml({ severity, code, diagnostics, details, expression }: JsonObject): Html {
  const isMild = severity === 'warning' || severity === 'information';
  const said = text(diagnostics) || (isObject(details) ? text(details['text']) : '');
  const places = Array.isArray(expression) ? expression.map(text).join(', ') : '';
  return html`<div class="issue${isMild ? ' mild' : ''}"><p class="kind">${text(severity)}: ${text(code)}</p>
<p>${said}</p>${places !== '' && html`<p><code>${places}</code></p>`}</div>`;
}
