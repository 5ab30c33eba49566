/**
 * Strings in the oracle. R4: search.html#string. Compared without case, accents and punctuation; dashes, slashes and white space part
 * words. A family name is found by each of its words.
 */
import { isObject, listOf } from './json.ts';
import type { Typed } from './expression.ts';
import type { Parameter } from './definitions.ts';
import { BadQuery, unescape, type Matcher } from './values.ts';

export interface Text {
  readonly text: string;
  /** Where a search may begin in it. */
  readonly starts: readonly string[];
}

export const plain = (text: string): string =>
  [...text.normalize('NFKD').toLowerCase()]
    .map((character) => (/\p{M}/u.test(character) ? '' : character === 'ß' ? 'ss' : /[\s/_]|\p{Pd}/u.test(character) ? ' ' : /[\p{L}\p{N}]/u.test(character) ? character : ''))
    .join('').split(' ').filter((word) => word !== '').join(' ');

const partsOf: Readonly<Record<string, readonly string[]>> = {
  HumanName: ['text', 'family', 'given', 'prefix', 'suffix'],
  Address: ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'],
};

export function prepareString({ type, value }: Typed, { code }: Parameter): Text[] {
  const text = (one: string, isFamily: boolean): Text => {
    const folded = plain(one);
    return { text: one, starts: isFamily ? [folded, ...folded.split(' ').slice(1)] : [folded] };
  };
  if (typeof value === 'string') return [text(value, code === 'family')];
  if (!isObject(value)) return [];
  return (partsOf[type] ?? ['text']).flatMap((part) => listOf(value, part).flatMap((one) => (typeof one === 'string' ? [text(one, part === 'family')] : [])));
}

export function stringMatcher(value: string, modifier: string | undefined): Matcher<Text> {
  const asked = unescape(value);
  if (modifier === 'exact') return ({ text }) => text === asked;
  const folded = plain(asked);
  if (folded === '') throw new BadQuery(`"${value}" has no letter or digit`);
  if (modifier === 'contains') return ({ text }) => plain(text).includes(folded);
  if (modifier !== undefined) throw new BadQuery(`a string has no modifier "${modifier}"`);
  return ({ starts }) => starts.some((start) => start.startsWith(folded));
}
