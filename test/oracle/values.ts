/** How a value of a query is taken apart: `,` `|` `$` and their escapes, prefixes. R4: search.html#escaping, search.html#prefix. */

/** What the oracle finds wrong with a query: a server answers 400. */
export class BadQuery extends Error {}

/** Splits at a separator without `\` before it; escapes stay. */
export function split(text: string, separator: string): string[] {
  const parts = [''];
  for (let n = 0; n < text.length; n++) {
    if (text[n] === '\\') {
      if (!',|$\\'.includes(text[n + 1] ?? 'none')) throw new BadQuery(`"${text}" has "\\" before none of , | $ \\`);
      parts[parts.length - 1] += text.slice(n, n + 2);
      n++;
    } else if (text[n] === separator) parts.push('');
    else parts[parts.length - 1] += text.charAt(n);
  }
  return parts;
}

export const unescape = (text: string): string => text.replace(/\\(.)/g, '$1');

export const escape = (text: string): string => text.replace(/[\\,|$]/g, '\\$&');

export const prefixes = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const;
export type Prefix = (typeof prefixes)[number];

export function prefixOf(text: string): [prefix: Prefix, rest: string] {
  const found = prefixes.find((prefix) => text.startsWith(prefix));
  return found === undefined ? ['eq', text] : [found, text.slice(2)];
}

/** Where R4 leaves how much to the server (`ap`, the earth's radius), a query is judged by the least and by the most that can be meant. */
export interface Reading {
  readonly approximate: 'narrow' | 'wide';
  readonly now: Date;
  /** Whether quantities in UCUM match across units. */
  readonly canonicalUnits: boolean;
}

export type Matcher<Prepared> = (value: Prepared) => boolean;
