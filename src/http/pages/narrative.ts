/**
 * A resource's narrative made safe to show: its XHTML is taken apart, and only what stands in a list is written again, with
 * attributes and text of our own spelling. Nothing of the source passes through as it is. R4: narrative.html.
 */
import { escaped, Html } from './html.ts';
import type { FindTarget } from './place.ts';
import { allowedTag, attributesOf, dropped, voidTags } from './narrative-rules.ts';

/** Elements inside of each other; deeper ones lose their tags and keep their text. */
const deepest = 60;
/** Characters that are read; FHIR's own narratives are of some thousand. */
const longest = 500_000;

/**
 * @param source Narrative.div
 * @returns HTML without script, event handler, style, form, frame or anything loaded from elsewhere
 */
export function safeNarrative(source: string, findTarget: FindTarget): Html {
  const text = source.slice(0, longest);
  const out: string[] = [];
  const open: string[] = [];
  /** The element whose content is being left out, and how many of its name are open. */
  let skipping: { name: string; depth: number } | undefined;
  let i = 0;
  while (i < text.length) {
    const start = text.indexOf('<', i);
    const end = start < 0 ? text.length : start;
    if (skipping === undefined) out.push(safeText(text.slice(i, end)));
    if (start < 0) break;
    const tag = tagAt(text, start);
    i = tag.end;
    if (tag.kind === 'text') {
      if (skipping === undefined) out.push('&lt;');
    } else if (skipping !== undefined) {
      if (tag.name === skipping.name && tag.kind === 'close') skipping.depth--;
      else if (tag.name === skipping.name && tag.kind === 'open') skipping.depth++;
      if (skipping.depth === 0) skipping = undefined;
    } else if (tag.kind === 'open' && dropped.has(tag.name)) {
      if (!tag.isEmpty) skipping = { name: tag.name, depth: 1 };
    } else if (tag.kind === 'open') openTag(tag, out, open, findTarget);
    else if (tag.kind === 'close') closeTag(tag.name, out, open);
  }
  for (const name of open.toReversed()) out.push(`</${name}>`);
  return new Html(out.join(''));
}

interface OpenTag {
  readonly kind: 'open';
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly isEmpty: boolean;
  readonly end: number;
}

type Tag = OpenTag | { readonly kind: 'close'; readonly name: string; readonly end: number } | { readonly kind: 'nothing' | 'text'; readonly name: ''; readonly end: number };

function openTag({ name, attributes, isEmpty }: OpenTag, out: string[], open: string[], findTarget: FindTarget): void {
  const allowed = allowedTag(name);
  if (allowed === undefined || open.length >= deepest) return;
  const written = attributesOf(allowed, attributes, findTarget);
  if (written === undefined) {
    // An image that is not shown still has its text.
    out.push(escaped(attributes.get('alt') ?? ''));
    return;
  }
  out.push(`<${allowed}${written.map(([key, value]) => ` ${key}="${escaped(value)}"`).join('')}>`);
  if (voidTags.has(allowed)) return;
  if (isEmpty) out.push(`</${allowed}>`);
  else open.push(allowed);
}

function closeTag(name: string, out: string[], open: string[]): void {
  const allowed = allowedTag(name);
  const at = allowed === undefined ? -1 : open.lastIndexOf(allowed);
  if (at < 0) return;
  while (open.length > at) out.push(`</${open.pop()!}>`);
}

/** Reads what starts at a `<`. A tag, comment or section that has no end swallows the rest, so that the reading stays linear. */
function tagAt(text: string, at: number): Tag {
  const behind = (mark: string): number => {
    const found = text.indexOf(mark, at);
    return found < 0 ? text.length : found + mark.length;
  };
  if (text.startsWith('<!--', at)) return { kind: 'nothing', name: '', end: behind('-->') };
  if (text.startsWith('<![CDATA[', at)) return { kind: 'nothing', name: '', end: behind(']]>') };
  if (text[at + 1] === '!' || text[at + 1] === '?') return { kind: 'nothing', name: '', end: behind('>') };
  if (text[at + 1] === '/') {
    const end = behind('>');
    return { kind: 'close', name: nameAt(text, at + 2), end };
  }
  const name = nameAt(text, at + 1);
  return name === '' ? { kind: 'text', name: '', end: at + 1 } : readOpenTag(text, at, name);
}

const nameAt = (text: string, at: number): string => /^[A-Za-z][A-Za-z0-9:._-]{0,40}/.exec(text.slice(at, at + 41))?.[0].toLowerCase() ?? '';

function readOpenTag(text: string, at: number, name: string): Tag {
  const attributes = new Map<string, string>();
  const attribute = /[\s/]*(?:([^\s/>=]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']*)))?|=)/y;
  let i = at + 1 + name.length;
  for (;;) {
    attribute.lastIndex = i;
    const match = attribute.exec(text);
    if (match === null || match[0] === '') break;
    const [whole, key, double, single, bare] = match;
    i += whole.length;
    if (key !== undefined && !attributes.has(key.toLowerCase())) attributes.set(key.toLowerCase(), decoded(double ?? single ?? bare ?? ''));
  }
  const close = text.indexOf('>', i);
  if (close < 0) return { kind: 'nothing', name: '', end: text.length };
  return { kind: 'open', name, attributes, isEmpty: text[close - 1] === '/', end: close + 1 };
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** An attribute's value as a browser would read it, but for the names of entities that XHTML has beyond these: they stay as written. */
const decoded = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,4}));?/g, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return named[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });

/** Text with its entities, which a browser reads as text whatever they say; anything else that could be markup is escaped. */
const safeText = (text: string): string => text.replace(/&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});)|[<>"']/g, (character) => escaped(character));
