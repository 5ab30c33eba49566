/**
 * The FHIR definitions that the server works by, as one immutable value with a version. R4: structuredefinition.html,
 * searchparameter.html, compartmentdefinition.html.
 *
 * Everything that is compiled from definitions (expressions, validators, CapabilityStatement) is a cache keyed by this value.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';

/** An element of a type. `types` is empty where the content repeats another element's (`sameAs`, a path). */
export interface ElementDefinition {
  readonly types: readonly ElementType[];
  readonly isRequired: boolean;
  readonly isArray: boolean;
  readonly isSummary: boolean;
  readonly isModifier: boolean;
  readonly sameAs?: string;
  /** ValueSet of a required binding. */
  readonly requiredValueSet?: string;
  /** Elements of a backbone element. */
  readonly elements?: Elements;
}

export interface ElementType {
  /** A FHIR type: `CodeableConcept`, `dateTime`, `BackboneElement`. */
  readonly code: string;
  /** Resource types that a Reference or canonical may point to; absent: any. */
  readonly target?: readonly string[];
}

/** Elements by name; a choice has its name with `[x]`. */
export type Elements = ReadonlyMap<string, ElementDefinition>;

export interface TypeDefinition {
  readonly name: string;
  readonly kind: 'resource' | 'complex-type' | 'primitive-type' | 'logical';
  readonly base?: string;
  readonly abstract: boolean;
  readonly elements: Elements;
}

export type SearchParameterType = 'number' | 'date' | 'string' | 'token' | 'reference' | 'composite' | 'quantity' | 'uri' | 'special';

export interface SearchParameter {
  readonly url: string;
  readonly code: string;
  readonly type: SearchParameterType;
  readonly base: readonly string[];
  readonly expression?: string;
  readonly target: readonly string[];
  readonly component: readonly { readonly definition: string; readonly expression: string }[];
  /** Of one that came as a resource. */
  readonly posted?: Posted;
}

/** Where a search parameter came from, and how far it is in use. */
export interface Posted {
  /** Of the SearchParameter; of one that a package brings, '|' and its URL. */
  readonly id: string;
  /** The job that must complete before it can be searched by; absent: it is indexed. */
  readonly job?: string;
  /** Types on which another parameter of the same code and meaning answers for it, with that one's URL. */
  readonly aliases: Readonly<Record<string, string>>;
}

export interface Definitions {
  /** Differs whenever anything that is indexed or validated by may differ. */
  readonly version: string;
  /** The concrete resource types, sorted: 146. */
  readonly resourceTypes: readonly string[];
  hasResourceType(name: string): boolean;
  type(name: string): TypeDefinition | undefined;
  /** The parameter of a code on a type, those of all resources included. */
  searchParameter(type: string, code: string): SearchParameter | undefined;
  /** All parameters of a type, those of all resources included, sorted by code. */
  searchParameters(type: string): readonly SearchParameter[];
  searchParameterByUrl(url: string): SearchParameter | undefined;
  /** Those that the server brings along: the same value without what came as resources. */
  readonly builtIn: Definitions;
  /** The parameters that came as resources. */
  readonly posted: readonly SearchParameter[];
  /** Codes by system of an enumerated ValueSet; undefined where the definitions do not enumerate it. */
  valueSet(url: string): ReadonlyMap<string, readonly string[]> | undefined;
  /** Whether the code system says that its codes are case-sensitive. */
  isCaseSensitive(system: string): boolean;
  /** Compartment name → type → codes of the parameters that place a resource of the type in it. */
  readonly compartments: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
}

const schemas = join(import.meta.dirname, '../../schemas');

/** Code systems outside of HL7's own that are known to be case-sensitive. */
const caseSensitiveElsewhere = ['http://unitsofmeasure.org'];

/**
 * Reads the official definitions.
 * @param folder where the files of schemas/ are
 */
export function loadDefinitions(folder: string = schemas): Definitions {
  const hash = createHash('sha256');
  const read = <T>(file: string): Record<string, T> => {
    const text = readFileSync(join(folder, file), 'utf8');
    hash.update(text);
    return JSON.parse(text) as Record<string, T>;
  };
  const types = new Map(Object.entries(read<TypeSource>('structure.json')).map(([name, source]) => [name, typeOf(name, source)]));
  const parameters = Object.entries(read<ParameterSource>('search-parameters.json')).map(([url, source]) => parameterOf(url, source));
  const valueSets = new Map(Object.entries(read<Record<string, string[]>>('value-sets.json')).map(([url, systems]) => [url, new Map(Object.entries(systems))]));
  const caseSensitive = new Set([...Object.keys(read<true>('case-sensitive-systems.json')), ...caseSensitiveElsewhere]);
  const compartments = new Map(
    Object.entries(read<Record<string, string[]>>('compartments.json')).map(([name, members]) => [name, new Map(Object.entries(members))]),
  );
  const resourceTypes = [...types.values()].filter(({ kind, abstract }) => kind === 'resource' && !abstract).map(({ name }) => name);
  const resourceTypeSet = new Set(resourceTypes);
  const byType = new Map(resourceTypes.map((type) => [type, parametersOf(type, types, parameters)]));
  const byUrl = new Map(parameters.map((parameter) => [parameter.url, parameter]));
  const definitions: Definitions = {
    version: hash.digest('hex').slice(0, 16),
    resourceTypes,
    hasResourceType: (name) => resourceTypeSet.has(name),
    type: (name) => types.get(name),
    searchParameter: (type, code) => byType.get(type)?.get(code),
    searchParameters: (type) => [...(byType.get(type)?.values() ?? [])],
    searchParameterByUrl: (url) => byUrl.get(url),
    posted: [],
    get builtIn() { return definitions; },
    valueSet: (url) => valueSets.get(url),
    isCaseSensitive: (system) => caseSensitive.has(system),
    compartments,
  };
  return definitions;
}

interface ElementSource {
  types?: ElementType[];
  min?: 1;
  many?: true;
  summary?: true;
  modifier?: true;
  sameAs?: string;
  required?: string;
  elements?: Record<string, ElementSource>;
}

interface TypeSource {
  kind: TypeDefinition['kind'];
  base?: string;
  abstract?: true;
  elements: Record<string, ElementSource>;
}

interface ParameterSource {
  code: string;
  type: SearchParameterType;
  base: string[];
  expression?: string;
  target?: string[];
  component?: { definition: string; expression: string }[];
}

const elementsOf = (source: Record<string, ElementSource>): Elements =>
  new Map(Object.entries(source).map(([name, element]) => [name, elementOf(element)]));

const elementOf = ({ types, min, many, summary, modifier, sameAs, required, elements }: ElementSource): ElementDefinition => ({
  types: types ?? [],
  isRequired: min === 1,
  isArray: many === true,
  isSummary: summary === true,
  isModifier: modifier === true,
  ...(sameAs !== undefined && { sameAs }),
  ...(required !== undefined && { requiredValueSet: required }),
  ...(elements !== undefined && { elements: elementsOf(elements) }),
});

const typeOf = (name: string, { kind, base, abstract, elements }: TypeSource): TypeDefinition => ({
  name, kind, abstract: abstract === true, elements: elementsOf(elements), ...(base !== undefined && { base }),
});

const parameterOf = (url: string, { code, type, base, expression, target, component }: ParameterSource): SearchParameter => ({
  url, code, type, base, target: target ?? [], component: component ?? [], ...(expression !== undefined && { expression }),
});

/** A type's own parameters outrank those of the types that it specialises. */
function parametersOf(type: string, types: ReadonlyMap<string, TypeDefinition>, parameters: readonly SearchParameter[]): Map<string, SearchParameter> {
  const byCode = new Map<string, SearchParameter>();
  for (let name: string | undefined = type; name !== undefined; name = types.get(name)?.base) {
    const at = name;
    for (const parameter of parameters) {
      if (parameter.base.includes(at) && !byCode.has(parameter.code)) byCode.set(parameter.code, parameter);
    }
  }
  return new Map([...byCode].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The code of an element's name in JSON: `valueQuantity` for `value[x]` of type Quantity. */
export const choiceName = (element: string, typeCode: string): string =>
  `${element.slice(0, -3)}${typeCode.charAt(0).toUpperCase()}${typeCode.slice(1)}`;

/**
 * Finds the elements that an element's content repeats.
 * @param path of ElementDefinition.sameAs: `Observation.referenceRange`
 */
export function elementsAt(definitions: Definitions, path: string): Elements | undefined {
  const [type = '', ...steps] = path.split('.');
  let elements = definitions.type(type)?.elements;
  for (const step of steps) {
    const element: ElementDefinition | undefined = elements?.get(step);
    elements = element?.sameAs === undefined ? element?.elements : elementsAt(definitions, element.sameAs);
  }
  return elements;
}
