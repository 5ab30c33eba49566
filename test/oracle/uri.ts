/** URIs in the oracle: equal to the letter, or above and below by segments of the path. R4: search.html#uri. */
import type { Typed } from './expression.ts';
import { BadQuery, unescape, type Matcher } from './values.ts';

export const prepareUri = ({ value }: Typed): string[] => (typeof value === 'string' ? [value] : []);

const isUnder = (one: string, other: string): boolean => one === other || one.startsWith(other.endsWith('/') ? other : `${other}/`);

export function uriMatcher(value: string, modifier: string | undefined): Matcher<string> {
  const asked = unescape(value);
  switch (modifier) {
    case undefined: return (uri) => uri === asked;
    case 'below': return (uri) => isUnder(uri, asked);
    case 'above': return (uri) => isUnder(asked, uri);
    default: throw new BadQuery(`a uri has no modifier "${modifier}"`);
  }
}
