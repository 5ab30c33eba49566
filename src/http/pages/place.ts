/** Where a page stands, and the links from it: to itself as JSON, to resources, to what lies outside of the FHIR base. */
import { parseReference } from '../../fhir/reference.ts';
import type { FhirRequest, Parameters } from '../../rest/endpoint.ts';
import { urlWith } from '../../rest/links.ts';
import { mounts } from '../base.ts';

/** The request that a page answers. */
export interface Place extends Pick<FhirRequest, 'base' | 'path' | 'parameters'> {
  /** Whether a link can ask the same again: GET or HEAD. */
  readonly isLinkable: boolean;
}

/** @returns the URL of a path below the base */
export const urlAt = (base: string, path: readonly string[], parameters: Parameters = []): string =>
  urlWith([base, ...path.map(encodeURIComponent)].join('/'), parameters);

/** @returns the same request answered as JSON, laid out for reading */
export const jsonUrl = ({ base, path, parameters }: Place): string =>
  urlAt(base, path, [...parameters.filter(([name]) => name !== '_format' && name !== '_pretty'), ['_format', 'json'], ['_pretty', 'true']]);

/**
 * @param path outside of the FHIR base: `/docs`
 * @returns its URL; where BASE_URL ends in a path that this server does not know, it is taken to lie at the root of the host
 */
export function outsideUrl(base: string, path: string): string {
  const mount = mounts.find((candidate) => base.endsWith(candidate));
  return (mount === undefined ? new URL(base).origin : base.slice(0, -mount.length)) + path;
}

/** Elements whose value may be a URL relative to the base. */
const relative: ReadonlySet<string> = new Set(['reference', 'url', 'location']);

/** Finds what a string in a resource links to on this server. */
export type FindTarget = (key: string, value: string) => string | undefined;

/**
 * @param ownBases every absolute spelling of the base
 * @param isType whether a name is a resource type
 * @returns a function that gives the URL of a value: of a relative reference, and of anything below one of the bases
 */
export function targetFinder(base: string, ownBases: readonly string[], isType: (name: string) => boolean): FindTarget {
  const bases = [base, ...ownBases];
  return (key, value) => {
    if (value.length > 2_000) return undefined;
    if (relative.has(key)) {
      const reference = parseReference(value);
      if (reference !== undefined && reference.base === undefined) return isType(reference.type) ? `${base}/${value}` : undefined;
    }
    if (!/^https?:\/\/[\x21-\x7e]+$/.test(value)) return undefined;
    const own = bases.find((candidate) => value.startsWith(candidate) && /^(?:[/?]|$)/.test(value.slice(candidate.length)));
    return own === undefined ? undefined : base + value.slice(own.length);
  };
}
