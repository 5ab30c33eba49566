/** The frame of every page: head, banner with the ways to everywhere, main part, foot. */
import { Html, html } from './html.ts';
import { outsideUrl, urlAt } from './place.ts';
import { style } from './style.ts';

/** A step of the trail above the heading; the last one is the page itself. */
export interface Step {
  readonly text: string;
  readonly url?: string;
}

export interface Page {
  readonly title: string;
  readonly trail?: readonly Step[];
  /** Begins with the page's only h1. */
  readonly main: Html;
}

const drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0a58b0"/>'
  + '<path d="M4 4l4 8 4-8" fill="none" stroke="#fff" stroke-width="2"/></svg>';
/** In the page, so that no browser asks for /favicon.ico. */
const icon = `data:image/svg+xml,${encodeURIComponent(drawing)}`;

const styleElement = new Html(`<style>${style}</style>`);

/** @returns the whole document */
export const documentOf = (base: string, version: string, { title, trail = [], main }: Page): string => html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${title} · Verbatim</title>
<link rel="icon" href="${icon}">
${styleElement}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><div class="wide">
<a class="brand" href="${urlAt(base, [])}"><span>V</span>erbatim</a>
<nav aria-label="Server"><ul>
<li><a href="${urlAt(base, [])}">Resources</a></li>
<li><a href="${urlAt(base, ['_history'])}">Changes</a></li>
<li><a href="${outsideUrl(base, '/docs')}">API (Swagger UI)</a></li>
<li><a href="${urlAt(base, ['metadata'])}">Capabilities</a></li>
</ul></nav>
</div></header>
<main id="main" class="wide" tabindex="-1">
${trail.length > 0 && html`<nav class="trail" aria-label="Where you are"><ol>${trail.map(stepHtml)}</ol></nav>`}
${main}
</main>
<footer><div class="wide">Verbatim ${version} · FHIR R4 at <code>${base}</code></div></footer>
</body>
</html>
`.text;

const stepHtml = ({ text, url }: Step): Html => html`<li>${url === undefined ? html`<span aria-current="page">${text}</span>` : html`<a href="${url}">${text}</a>`}</li>`;

/** A row of links that look like buttons. */
export const linkRow = (links: readonly (readonly [text: string, url: string])[], label: string): Html | undefined =>
  (links.length === 0 ? undefined : html`<nav aria-label="${label}"><ul class="links">${links.map(([text, url]) => html`<li><a href="${url}">${text}</a></li>`)}</ul></nav>`);

/** A table that scrolls by itself on a narrow screen, by keyboard too. */
export const table = (label: string, columns: readonly string[], rows: readonly Html[]): Html => html`
<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table class="data">
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`;

/** @returns an instant as people read it, with the text of the resource behind it */
export function instant(text: string): Html {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return html`<span>${text}</span>`;
  return html`<time datetime="${text}" title="${text}">${match[1]} ${match[2]}${match[3] === 'Z' ? ' UTC' : ` ${match[3]}`}</time>`;
}

export const number = (value: number): string => value.toLocaleString('en');
