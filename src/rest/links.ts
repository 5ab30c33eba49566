/** Links of a Bundle: the request's own URL with other parameters. R4: http.html#paging. */
import type { Link } from '../fhir/bundle.ts';
import { cursorParameter } from './cursor.ts';
import type { Parameters } from './endpoint.ts';

/** Characters that stand for themselves in a FHIR query, and read better so; all are legal in a query (RFC 3986 3.4). */
const readable = (text: string): string => encodeURIComponent(text).replace(/%(?:2C|3A|2F|24|40)/g, (code) => decodeURIComponent(code));

/** @returns `url?a=b&c=d`, percent-encoded */
export function urlWith(url: string, parameters: Parameters): string {
  if (parameters.length === 0) return url;
  return `${url}?${parameters.map(([name, value]) => `${readable(name)}=${readable(value)}`).join('&')}`;
}

/** The pages around the one shown; each a cursor. */
export interface Pages {
  readonly previous?: string;
  readonly next?: string;
  readonly last?: string;
}

/**
 * @param url of the search or history itself, without query
 * @param applied the parameters that took effect, without a cursor
 * @param own the cursor of the page shown, if any
 */
export function pageLinks(url: string, applied: Parameters, own: string | undefined, pages: Pages): Link[] {
  const at = (cursor: string | undefined): string => urlWith(url, cursor === undefined ? applied : [...applied, [cursorParameter, cursor]]);
  const links: Link[] = [{ relation: 'self', url: at(own) }, { relation: 'first', url: at(undefined) }];
  if (pages.previous !== undefined) links.push({ relation: 'previous', url: at(pages.previous) });
  if (pages.next !== undefined) links.push({ relation: 'next', url: at(pages.next) });
  if (pages.last !== undefined) links.push({ relation: 'last', url: at(pages.last) });
  return links;
}
