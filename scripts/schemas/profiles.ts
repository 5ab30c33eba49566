/**
 * schemas/profiles.json: the profiles and extensions that R4 itself defines, by their differentials and without their words. Their
 * snapshots are generated where they are used. R4: profilelist.html, extensibility-registry.html.
 */
export interface ProfileSource {
  resourceType: string;
  url: string;
  derivation?: string;
  differential?: { element: Record<string, unknown>[] };
  [key: string]: unknown;
}

/** What of a StructureDefinition says something about instances, or names it. */
const kept = ['url', 'version', 'name', 'status', 'kind', 'abstract', 'context', 'contextInvariant', 'type', 'baseDefinition', 'derivation'];

const keptOfElement = new Set([
  'id', 'path', 'sliceName', 'slicing', 'min', 'max', 'contentReference', 'type', 'maxLength', 'constraint', 'binding', 'mustSupport',
]);
const keptByForm = /^(?:fixed|pattern|minValue|maxValue)[A-Z]/;

export function buildProfiles(definitions: readonly ProfileSource[]): Record<string, object> {
  const constraints = definitions.filter((d) => d.resourceType === 'StructureDefinition' && d.derivation === 'constraint');
  return Object.fromEntries(constraints.toSorted((a, b) => (a.url < b.url ? -1 : 1)).map((d) => [d.url, profileOf(d)]));
}

function profileOf(source: ProfileSource): object {
  const facts = Object.fromEntries(kept.filter((key) => key in source).map((key) => [key, source[key]]));
  return { resourceType: 'StructureDefinition', ...facts, differential: { element: (source.differential?.element ?? []).map(elementOf) } };
}

function elementOf(element: Record<string, unknown>): object {
  const entries = Object.entries(element).filter(([key]) => keptOfElement.has(key) || keptByForm.test(key));
  return Object.fromEntries(entries.map(([key, value]) => [key, stripOf[key]?.(value) ?? value]));
}

/** What of these elements is said in words. */
const stripOf: Readonly<Record<string, (value: any) => unknown>> = {
  slicing: ({ discriminator, ordered, rules }) => ({ ...(discriminator !== undefined && { discriminator }), ...(ordered !== undefined && { ordered }), rules }),
  binding: ({ strength, valueSet, extension }) => {
    const maximum = extension?.filter(({ url }: { url: string }) => url.endsWith('/elementdefinition-maxValueSet')) ?? [];
    return { strength, valueSet, ...(maximum.length > 0 && { extension: maximum }) };
  },
  constraint: (constraints: object[]) => constraints.map((one) => Object.fromEntries(
    Object.entries(one).filter(([key]) => ['key', 'severity', 'expression', 'extension'].includes(key)),
  )),
};
