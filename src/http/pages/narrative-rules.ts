/** Which elements and attributes of a narrative are shown. R4: narrative.html (txt-1), less whatever could load, run or pose as the page. */
import type { FindTarget } from './place.ts';

/** Elements that go with all they hold. */
export const dropped: ReadonlySet<string> = new Set([
  'script', 'style', 'iframe', 'frame', 'frameset', 'object', 'embed', 'applet', 'noscript', 'noembed', 'noframes', 'template', 'svg', 'math', 'title', 'head',
  'textarea', 'select', 'option', 'button', 'audio', 'video', 'canvas', 'xmp', 'plaintext', 'portal', 'dialog',
]);

const kept: ReadonlySet<string> = new Set([
  'a', 'abbr', 'acronym', 'address', 'b', 'bdo', 'big', 'blockquote', 'br', 'caption', 'cite', 'code', 'col', 'colgroup', 'dd', 'del', 'dfn', 'div', 'dl', 'dt',
  'em', 'hr', 'i', 'img', 'ins', 'kbd', 'li', 'ol', 'p', 'pre', 'q', 's', 'samp', 'small', 'span', 'strong', 'sub', 'sup', 'table', 'tbody', 'td', 'tfoot', 'th',
  'thead', 'tr', 'tt', 'u', 'ul', 'var',
]);

export const voidTags: ReadonlySet<string> = new Set(['br', 'hr', 'img', 'col']);

/** @returns the element that is written for a name: headings go below those of the page; undefined where only its content stays */
export function allowedTag(name: string): string | undefined {
  const heading = /^h([1-6])$/.exec(name);
  if (heading !== null) return `h${Math.min(6, Number(heading[1]) + 2)}`;
  return kept.has(name) ? name : undefined;
}

const short = (value: string): string | undefined => (value.length <= 1_000 ? value : undefined);
const whole = (value: string): string | undefined => (/^\d{1,4}$/.test(value) ? value : undefined);
const oneOf = (...values: readonly string[]) => (value: string): string | undefined => (values.includes(value.toLowerCase()) ? value.toLowerCase() : undefined);
/** The page has ids of its own, which those of a narrative must not meet. */
const anchor = (value: string): string | undefined => (/^[A-Za-z0-9._-]{1,100}$/.test(value) ? `n-${value}` : undefined);
const language = (value: string): string | undefined => (/^[A-Za-z0-9-]{1,35}$/.test(value) ? value : undefined);

type Rule = (value: string) => string | undefined;

const everywhere: Readonly<Record<string, Rule>> = {
  id: anchor, title: short, lang: language, 'xml:lang': language, dir: oneOf('ltr', 'rtl', 'auto'),
};

const byTag: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  a: { name: anchor },
  col: { span: whole },
  colgroup: { span: whole },
  img: { alt: short, width: whole, height: whole },
  li: { value: whole },
  ol: { start: whole, type: (value) => (/^[1aAiI]$/.test(value) ? value : undefined) },
  td: { colspan: whole, rowspan: whole },
  th: { colspan: whole, rowspan: whole, scope: oneOf('row', 'col', 'rowgroup', 'colgroup'), abbr: short },
};

/** Images that are in the narrative itself; not SVG, which is a document. */
const inlineImage = /^data:image\/(?:png|gif|jpeg|webp);base64,[A-Za-z0-9+/=\s]+$/;

/**
 * @param tag as {@link allowedTag} gives it
 * @param attributes by lower-case name, decoded
 * @returns the attributes to write; undefined where the element is to be left out, which is an image that is elsewhere
 */
export function attributesOf(tag: string, attributes: ReadonlyMap<string, string>, findTarget: FindTarget): (readonly [string, string])[] | undefined {
  const written = new Map<string, string>();
  for (const [name, value] of attributes) {
    const rule = Object.hasOwn(everywhere, name) ? everywhere[name] : Object.hasOwn(byTag, tag) && Object.hasOwn(byTag[tag]!, name) ? byTag[tag]![name] : undefined;
    const safe = rule?.(value);
    if (safe === undefined) continue;
    written.set(name === 'xml:lang' ? 'lang' : name === 'name' ? 'id' : name, safe);
  }
  if (tag === 'img') {
    const source = attributes.get('src') ?? '';
    if (!inlineImage.test(source)) return undefined;
    written.set('src', source);
    if (!written.has('alt')) written.set('alt', '');
  }
  const href = tag === 'a' ? attributes.get('href') : undefined;
  if (href !== undefined) for (const [name, value] of linkAttributes(href.trim(), findTarget)) written.set(name, value);
  return [...written];
}

function linkAttributes(href: string, findTarget: FindTarget): (readonly [string, string])[] {
  if (href.startsWith('#')) {
    const target = anchor(href.slice(1));
    return target === undefined ? [] : [['href', `#${target}`]];
  }
  const own = findTarget('url', href);
  if (own !== undefined) return [['href', own]];
  // No space and no control character, which browsers leave out when they look for the scheme.
  return /^(?:https?:\/\/|mailto:|tel:)[^\s\p{Cc}]{1,2000}$/iu.test(href) ? [['href', href], ['rel', 'nofollow noopener noreferrer']] : [];
}
