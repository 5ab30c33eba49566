/** The search parameters, compartments, bindings and code systems of R4 as the oracle knows them: straight from schemas/, by no code of the server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type ParameterType = 'token' | 'reference' | 'string' | 'date' | 'composite' | 'uri' | 'quantity' | 'number' | 'special';

export interface Parameter {
  readonly url: string;
  readonly code: string;
  readonly type: ParameterType;
  readonly base: readonly string[];
  readonly expression?: string;
  readonly target?: readonly string[];
  readonly component?: readonly { readonly definition: string; readonly expression: string }[];
}

interface Element {
  readonly types?: readonly { readonly code: string }[];
  readonly required?: string;
  readonly elements?: Readonly<Record<string, Element>>;
}

const read = <T>(file: string): T => JSON.parse(readFileSync(join(import.meta.dirname, '../../schemas', file), 'utf8')) as T;

const byUrl = new Map(Object.entries(read<Record<string, Omit<Parameter, 'url'>>>('search-parameters.json')).map(([url, one]) => [url, { url, ...one }]));
const structure = read<Record<string, { kind: string; base?: string; elements: Record<string, Element> }>>('structure.json');
const valueSets = read<Record<string, Record<string, readonly string[]>>>('value-sets.json');
const caseSensitive = read<Record<string, boolean>>('case-sensitive-systems.json');
const compartments = read<Record<string, Record<string, readonly string[]>>>('compartments.json');

export const resourceTypes: readonly string[] = Object.entries(structure)
  .filter(([name, { kind }]) => kind === 'resource' && name !== 'Resource' && name !== 'DomainResource').map(([name]) => name);
const isResourceType = new Set(resourceTypes);
export const hasResourceType = (name: string): boolean => isResourceType.has(name);

const ancestors = (type: string): string[] => {
  const base = structure[type]?.base;
  return base === undefined ? [type] : [type, ...ancestors(base)];
};

const byType = new Map<string, ReadonlyMap<string, Parameter>>();

/** @returns the parameters of a type, those of Resource and DomainResource included, by code */
export function parametersOf(type: string): ReadonlyMap<string, Parameter> {
  let found = byType.get(type);
  if (found === undefined) {
    const bases = new Set([...ancestors(type), 'Resource']);
    found = new Map([...byUrl.values()].filter(({ base }) => base.some((one) => bases.has(one))).map((one) => [one.code, one]));
    byType.set(type, found);
  }
  return found;
}

export const parameterByUrl = (url: string): Parameter | undefined => byUrl.get(url);

/** @returns the codes that place a type in a compartment, or undefined where it never is in one */
export const compartmentCodes = (compartment: string, type: string): readonly string[] | undefined => compartments[compartment]?.[type];

export const compartmentTypes = (compartment: string): readonly string[] => Object.keys(compartments[compartment] ?? {});

/** UCUM is case-sensitive by its own rules; the others say so in their CodeSystem. */
export const isCaseSensitive = (system: string): boolean => system === 'http://unitsofmeasure.org' || caseSensitive[system] === true;

/** @returns the system of a code by its element's required binding */
export function boundSystem(path: string, code: string): string | undefined {
  const valueSet = elementAt(path)?.required;
  return valueSet === undefined ? undefined : Object.entries(valueSets[valueSet] ?? {}).find(([, codes]) => codes.includes(code))?.[0];
}

/** @returns whether the element at a path is bound to media types, whose hierarchy stands in the code itself */
export const isMediaType = (path: string): boolean => elementAt(path)?.required === 'http://hl7.org/fhir/ValueSet/mimetypes';

/** Walks `Patient.contact.gender`; an element of a data type goes on in that type. */
function elementAt(path: string): Element | undefined {
  const [root = '', ...names] = path.split('.');
  let elements = elementsOf(root);
  let element: Element | undefined;
  for (const name of names) {
    element = elements[name] ?? elements[`${name}[x]`];
    if (element === undefined) return undefined;
    elements = element.elements ?? elementsOf(element.types?.[0]?.code ?? '');
  }
  return element;
}

const elementsOf = (type: string): Readonly<Record<string, Element>> =>
  Object.assign({}, ...ancestors(type).toReversed().map((one) => structure[one]?.elements ?? {})) as Record<string, Element>;
