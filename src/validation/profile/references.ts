/** What a Reference may lead to, and what it leads to within the resource or its Bundle. R4: references.html, elementdefinition.html#ElementDefinition.type.targetProfile. */
import type { JsonObject } from '../../fhir/json/value.ts';
import { isObject } from '../../fhir/json/value.ts';
import { knownOf, report, type Check, type Run } from './run.ts';

/** @returns the resource that a reference text names where it is contained or in a Bundle around it */
export function resolveReference(reference: string, run: Run): JsonObject | undefined {
  const { root, bundles } = run;
  if (reference === '#') return root;
  if (reference.startsWith('#')) return containedIn(root, run).get(reference.slice(1));
  for (const bundle of bundles) {
    const found = entriesOf(bundle, run).get(reference);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @returns what a resource contains, by id */
export function containedIn(resource: JsonObject, run: Run): ReadonlyMap<string, JsonObject> {
  const known = knownOf(resource, run);
  return (known.contained ??= firstOf(listOf(resource['contained']).map((one) => [String(one['id']), one] as const)));
}

/** Of a Bundle, by fullUrl and by `Type/id`. */
function entriesOf(bundle: JsonObject, run: Run): ReadonlyMap<string, JsonObject> {
  const known = knownOf(bundle, run);
  return (known.entries ??= firstOf(listOf(bundle['entry']).flatMap(({ fullUrl, resource }) => {
    if (!isObject(resource)) return [];
    const names = [`${String(resource['resourceType'])}/${String(resource['id'])}`];
    if (typeof fullUrl === 'string') names.push(fullUrl, fullUrl.split('/').slice(-2).join('/'));
    return names.map((name) => [name, resource] as const);
  })));
}

const firstOf = <T>(entries: readonly (readonly [string, T])[]): ReadonlyMap<string, T> => new Map(entries.toReversed());

const listOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

const literal = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** @returns the type of what a Reference names; undefined where it does not say */
export function targetType(value: JsonObject, run: Run): string | undefined {
  const { reference, type } = value;
  if (typeof reference === 'string') {
    const resource = resolveReference(reference, run);
    if (typeof resource?.['resourceType'] === 'string') return resource['resourceType'];
    const stated = literal.exec(reference)?.[1];
    if (stated !== undefined) return stated;
  }
  return typeof type === 'string' ? type.slice(type.lastIndexOf('/') + 1) : undefined;
}

/**
 * @param types that the target may be of; a profile that is not loaded has none, so that nothing can be said
 */
export function referenceCheck(types: ReadonlySet<string>, label: string): Check {
  const allowed = [...types].toSorted().join(', ');
  return (value, _, place, run) => {
    if (!isObject(value)) return;
    const type = targetType(value, run);
    if (type !== undefined && !types.has(type)) report(run, 'error', 'value', place, `${label}: the reference leads to a ${type} and may lead to ${allowed} only`);
  };
}
