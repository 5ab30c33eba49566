/** A JSON text for reading: laid out, coloured, references as links. Every token is shown as it is stored. R4: json.html. */
import { prettyJson } from '../../fhir/json/pretty.ts';
import { escaped, Html } from './html.ts';
import type { FindTarget } from './place.ts';

/** Characters of a laid-out text that are shown, and of one string in it: a browser is slow on more, and nobody reads it. */
const shownText = 250_000;
const shownString = 4_000;

export interface Coloured {
  readonly html: Html;
  /** Whether the text ended before its end. */
  readonly isCut: boolean;
}

/** @param text valid JSON */
export function colouredJson(text: string, findTarget: FindTarget): Coloured {
  const laid = prettyJson(text);
  const out: string[] = [];
  let key = '';
  let i = 0;
  while (i < laid.length && i < shownText) {
    const start = i;
    if (laid[i] === '"') {
      i = stringEnd(laid, i);
      const token = laid.slice(start, i);
      if (laid[i] === ':') {
        key = token.length > 100 ? '' : (JSON.parse(token) as string);
        out.push(span('k', shortened(token)));
      } else out.push(stringHtml(token, key, findTarget));
    } else if (/[-\d]/.test(laid[i]!)) {
      while (i < laid.length && /[-+.\deE]/.test(laid[i]!)) i++;
      out.push(span('n', laid.slice(start, i)));
    } else if (/[a-z]/.test(laid[i]!)) {
      while (i < laid.length && /[a-z]/.test(laid[i]!)) i++;
      out.push(span('l', laid.slice(start, i)));
    } else out.push(laid[i++]!);
  }
  return { html: new Html(out.join('')), isCut: i < laid.length };
}

const span = (name: string, text: string): string => `<span class="${name}">${escaped(text)}</span>`;

function stringHtml(token: string, key: string, findTarget: FindTarget): string {
  const target = token.length > shownString ? undefined : findTarget(key, JSON.parse(token) as string);
  return target === undefined ? span('s', shortened(token)) : `"<a href="${escaped(target)}">${escaped(token.slice(1, -1))}</a>"`;
}

const shortened = (token: string): string =>
  (token.length <= shownString ? token : `${token.slice(0, shownString / 2)}… (${(token.length - shownString / 2).toLocaleString('en')} more characters)"`);

/** @returns the offset behind the closing quote of the string that starts at `at` */
function stringEnd(text: string, at: number): number {
  let i = at + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}
