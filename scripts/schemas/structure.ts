/** schemas/structure.json: types and their elements, from the snapshots of StructureDefinitions. R4: structuredefinition.html. */

export interface StructureDefinition {
  resourceType: string;
  name: string;
  kind: string;
  abstract: boolean;
  derivation?: string;
  baseDefinition?: string;
  snapshot: { element: ElementSource[] };
}

export interface ElementSource {
  path: string;
  min: number;
  max: string;
  type?: { code: string; targetProfile?: string[]; extension?: { url: string; valueUrl?: string }[] }[];
  isSummary?: boolean;
  isModifier?: boolean;
  contentReference?: string;
  binding?: { strength: string; valueSet?: string };
  base?: { path: string };
}

export interface ElementEntry {
  types?: { code: string; target?: string[] }[];
  min?: 1;
  many?: true;
  summary?: true;
  modifier?: true;
  /** The path of the element whose content this one repeats. */
  sameAs?: string;
  /** ValueSet of a required binding. */
  required?: string;
  elements?: Record<string, ElementEntry>;
}

export interface TypeEntry {
  kind: string;
  base?: string;
  abstract?: true;
  elements: Record<string, ElementEntry>;
}

const lastSegment = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

/** Types that later releases brought, or that are Medplum's own. */
const foreign = new Set(['SubscriptionStatus', 'Bot', 'ClientApplication']);

export function buildStructure(definitions: readonly StructureDefinition[]): Record<string, TypeEntry> {
  const own = definitions.filter((d) => d.resourceType === 'StructureDefinition' && d.derivation !== 'constraint' && !foreign.has(d.name));
  return Object.fromEntries(own.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((definition) => [definition.name, typeEntry(definition)]));
}

function typeEntry({ kind, abstract, baseDefinition, snapshot }: StructureDefinition): TypeEntry {
  const root: ElementEntry = { elements: {} };
  for (const element of snapshot.element.slice(1).filter(({ max }) => max !== '0')) {
    const path = element.path.split('.').slice(1);
    const parent = path.slice(0, -1).reduce((at, step) => at.elements![step]!, root);
    parent.elements ??= {};
    parent.elements[path.at(-1)!] = elementEntry(element);
  }
  return {
    kind,
    ...(baseDefinition !== undefined && { base: lastSegment(baseDefinition) }),
    ...(abstract && { abstract: true as const }),
    elements: root.elements!,
  };
}

function elementEntry(element: ElementSource): ElementEntry {
  const types = element.type?.map((type) => {
    // The ids of resources and the values of primitives are typed by FHIRPath's System types, with FHIR's own in an extension.
    const fhirType = type.extension?.find((extension) => extension.url.endsWith('structuredefinition-fhir-type'))?.valueUrl;
    const target = type.targetProfile?.map(lastSegment).filter((name) => !foreign.has(name));
    const code = fhirType ?? lastSegment(type.code).replace('System.String', 'string');
    return { code, ...(target !== undefined && !target.includes('Resource') && { target: target.toSorted() }) };
  });
  const { binding } = element;
  return {
    ...(types !== undefined && { types }),
    ...(element.min > 0 && { min: 1 as const }),
    ...(element.max !== '1' && { many: true as const }),
    ...(element.isSummary === true && { summary: true as const }),
    ...(element.isModifier === true && { modifier: true as const }),
    ...(element.contentReference !== undefined && { sameAs: element.contentReference.replace('#', '') }),
    ...(binding?.strength === 'required' && binding.valueSet !== undefined && { required: binding.valueSet.split('|')[0]! }),
  };
}
