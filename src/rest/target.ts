/** The request URL of a Bundle entry: path and parameters below the base. R4: bundle.html#bdl-entry.request.url, http.html#transaction. */
import { badValue } from '../fhir/outcome.ts';
import type { Context } from '../context.ts';
import type { FhirRequest, Parameters } from './endpoint.ts';

/** @returns the bases that a URL in a request may be under: the request's own by either of its paths, the longer first, and the server's */
export const basesOf = ({ base }: FhirRequest, { settings }: Context): string[] =>
  [...(base.endsWith('/R4') ? [base, base.slice(0, -'/R4'.length)] : [`${base}/R4`, base]), ...settings.ownBases];

/**
 * @param url relative to the base (with or without leading slash), or absolute under one of the bases
 * @param expression where the url stands, for outcomes
 * @throws FhirError 400 when it is absolute elsewhere or not percent-encoded as a URL
 */
export function parseTarget(url: string, bases: readonly string[], expression: string): { path: string[]; parameters: Parameters } {
  const relative = withoutBase(url, bases);
  if (relative === undefined) throw badValue(`The url "${url.slice(0, 200)}" is not under this server's base`, { expression });
  const [beforeQuery = '', ...query] = relative.split('#', 1)[0]!.split('?');
  try {
    const path = beforeQuery.split('/').filter((segment) => segment !== '').map(decodeURIComponent);
    return { path, parameters: parseQuery(query.join('?')) };
  } catch {
    throw badValue(`The url "${url.slice(0, 200)}" has a bad percent-escape`, { expression });
  }
}

function withoutBase(url: string, bases: readonly string[]): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(url)) return url;
  const base = bases.find((candidate) => url === candidate || url.startsWith(`${candidate}/`) || url.startsWith(`${candidate}?`));
  return base === undefined ? undefined : url.slice(base.length);
}

/**
 * @param query what stands behind the question mark; "+" is a space
 * @returns the parameters, decoded; empty ones left out
 * @throws URIError on a bad percent-escape
 */
export const parseQuery = (query: string): Parameters =>
  query.split('&').filter((part) => part !== '').map((part) => {
    const [name = '', ...value] = part.split('=');
    return [decode(name), decode(value.join('='))] as const;
  });

const decode = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
