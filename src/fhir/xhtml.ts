/**
 * The XHTML of a narrative: well formed, of the elements that R4 lets it have, and without script. R4: narrative.html (txt-1),
 * datatypes.html#xhtml. One pass, linear in its length.
 */

const elements: ReadonlySet<string> = new Set([
  'a', 'abbr', 'acronym', 'address', 'b', 'bdo', 'big', 'blockquote', 'br', 'caption', 'center', 'cite', 'code', 'col', 'colgroup', 'dd', 'del', 'dfn', 'dir', 'div', 'dl', 'dt', 'em', 'font',
  'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'i', 'img', 'ins', 'kbd', 'li', 'map', 'area', 'menu', 'ol', 'p', 'pre', 'q', 's', 'samp', 'small', 'span', 'strike', 'strong', 'style', 'sub', 'sup', 'table',
  'tbody', 'td', 'tfoot', 'th', 'thead', 'tr', 'tt', 'u', 'ul', 'var',
]);

/** Attributes that name another document. */
const links: ReadonlySet<string> = new Set(['href', 'src', 'cite', 'longdesc', 'background', 'usemap']);

const deepest = 500;

/** Elements and sections begin with one of these. */
const name = /[A-Za-z_][\w.:-]*/y;
const attribute = /\s+([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;

/** @returns what is wrong with it, as a sentence; undefined where nothing is */
export function faultOfXhtml(text: string): string | undefined {
  const open: string[] = [];
  let isRootClosed = false;
  let at = 0;
  while (at < text.length) {
    const start = text.indexOf('<', at);
    const between = text.slice(at, start < 0 ? text.length : start);
    if (/\S/.test(between)) {
      if (open.length === 0) return 'The narrative is not one <div>';
      const entity = /&(?!(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});)/.exec(between);
      if (entity !== null) return 'An "&" in the narrative is no entity';
    }
    if (start < 0) break;
    const skipped = skipSection(text, start);
    if (skipped !== undefined) {
      if (skipped < 0) return 'A comment or section of the narrative has no end';
      at = skipped;
      continue;
    }
    const isClosing = text[start + 1] === '/';
    name.lastIndex = start + (isClosing ? 2 : 1);
    const tag = name.exec(text)?.[0];
    if (tag === undefined) return 'A "<" in the narrative begins no element';
    if (isClosing) {
      const end = text.indexOf('>', name.lastIndex);
      if (open.at(-1) !== tag || end < 0 || /\S/.test(text.slice(name.lastIndex, end))) return `"</${tag}>" in the narrative closes nothing that is open`;
      open.pop();
      isRootClosed = open.length === 0;
      at = end + 1;
      continue;
    }
    if (isRootClosed || (open.length === 0 && tag !== 'div')) return 'The narrative is not one <div>';
    if (!elements.has(tag)) return `<${tag.slice(0, 40)}> is no element that a narrative can have`;
    if (open.length === deepest) return `The narrative is nested deeper than ${deepest} levels`;
    const end = endOfTag(text, name.lastIndex, tag);
    if (typeof end === 'string') return end;
    if (end.isEmpty) isRootClosed = open.length === 0;
    else open.push(tag);
    at = end.at;
  }
  if (open.length > 0) return `<${open.at(-1)}> in the narrative is not closed`;
  return isRootClosed ? undefined : 'The narrative is not one <div>';
}

/** @returns behind a comment, section or instruction; -1 where it has no end, undefined where there is none */
function skipSection(text: string, start: number): number | undefined {
  const [begin, end] = text.startsWith('<!--', start) ? ['<!--', '-->'] : text.startsWith('<![CDATA[', start) ? ['<![CDATA[', ']]>'] : text.startsWith('<?', start) ? ['<?', '?>'] : [];
  if (begin === undefined) return undefined;
  const found = text.indexOf(end!, start + begin.length);
  return found < 0 ? -1 : found + end!.length;
}

function endOfTag(text: string, from: number, tag: string): { at: number; isEmpty: boolean } | string {
  let at = from;
  for (;;) {
    attribute.lastIndex = at;
    const match = attribute.exec(text);
    if (match === null) break;
    at = attribute.lastIndex;
    const key = match[1]!.toLowerCase();
    const value = (match[2] ?? match[3]!).replace(/[\s\p{Cc}]/gu, '').toLowerCase();
    if (key.startsWith('on')) return `The attribute "${match[1]!.slice(0, 40)}" of <${tag}> runs script`;
    if (links.has(key) && /^(?:&#|javascript:|vbscript:|data:(?!image\/))/.test(value)) return `The attribute "${key}" of <${tag}> leads to script`;
    if (key === 'style' && /expression\(|javascript:/.test(value)) return `The attribute "style" of <${tag}> runs script`;
  }
  while (at < text.length && /\s/.test(text[at]!)) at++;
  const isEmpty = text[at] === '/';
  if (text[isEmpty ? at + 1 : at] !== '>') return `The attributes of <${tag}> in the narrative are not well formed`;
  return { at: at + (isEmpty ? 2 : 1), isEmpty };
}
