/** Search parameters of type uri: compared as they are, and by the segments of their paths. R4: search.html#uri. */
import type { TypedValue } from '../../fhir/fhirpath/compile.ts';
import type { Condition } from '../condition.ts';
import type { IndexedParameter, IndexSettings } from '../parameter.ts';
import type { IndexSink } from '../rows.ts';

/** Deeper paths are found below their first segments only. */
const indexedSegments = 32;

export function indexUri(parameter: IndexedParameter, values: readonly TypedValue[], sink: IndexSink, { hash }: IndexSettings): void {
  for (const { value } of values) {
    if (typeof value !== 'string') continue;
    const keys = hash.all(['uri', parameter.code, value], () => [hash(parameter.code, 'uri', value), ...prefixes(value).map((above) => hash(parameter.code, 'below', above))]);
    for (const key of keys) sink.key(key);
  }
}

/** `http://a.org/b/c` → itself, `http://a.org/b`, `http://a.org`; a URN has no path, and gives itself. */
function prefixes(uri: string): string[] {
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i.exec(uri)?.[0];
  const whole = uri.replace(/\/+$/, '');
  if (origin === undefined) return [whole];
  const segments = whole.slice(origin.length).split('/').slice(1, indexedSegments);
  return segments.reduce((all, segment) => [...all, `${all.at(-1)}/${segment}`], [origin]);
}

/**
 * @param modifier `below` (the value and what lies under it), `above` (the value and what it lies under) or none
 * @param value one alternative of the parameter, without escapes
 */
export function matchUri(parameter: IndexedParameter, modifier: string | undefined, value: string, { hash }: IndexSettings): Condition {
  if (modifier === 'below') return { kind: 'keys', any: [hash(parameter.code, 'below', value.replace(/\/+$/, ''))] };
  if (modifier === 'above') {
    // Stored with or without its last slash.
    const names = prefixes(value).flatMap((prefix) => [prefix, `${prefix}/`]);
    return { kind: 'keys', any: [...new Set([value, ...names])].map((name) => hash(parameter.code, 'uri', name)) };
  }
  return { kind: 'keys', any: [hash(parameter.code, 'uri', value)] };
}
