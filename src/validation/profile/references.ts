/** What a Reference may lead to, and what it leads to within the resource or its Bundle. R4: references.html, elementdefinition.html#ElementDefinition.type.targetProfile. */
import type { JsonObject } from '../../fhir/json/value.ts';
import { isObject } from '../../fhir/json/value.ts';
import { report, type Check, type Run } from './run.ts';

/** @returns the resource that a reference text names where it is contained or in a Bundle around it */
export function resolveReference(reference: string, { root, bundles }: Run): JsonObject | undefined {
  if (reference === '#') return root;
  if (reference.startsWith('#')) return listOf(root['contained']).find(({ id }) => id === reference.slice(1));
  for (const bundle of bundles) {
    const entry = listOf(bundle['entry']).find(({ fullUrl, resource }) => {
      if (typeof fullUrl === 'string' && (fullUrl === reference || fullUrl.endsWith(`/${reference}`))) return true;
      return isObject(resource) && `${String(resource['resourceType'])}/${String(resource['id'])}` === reference;
    });
    if (isObject(entry?.['resource'])) return entry['resource'];
  }
  return undefined;
}

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
