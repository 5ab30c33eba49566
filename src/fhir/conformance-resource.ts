/**
 * Resources that define profiles, extensions and terminology, cut down to what they say about instances: many of them are held in memory.
 * R4: structuredefinition.html, valueset.html, codesystem.html.
 */
import { isObject, type JsonObject, type JsonValue } from './json/value.ts';

/** A resource that defines something: of a package, or stored. */
export interface ConformanceResource {
  readonly resourceType: string;
  readonly url?: string;
  readonly [element: string]: unknown;
}

export const conformanceTypes = ['StructureDefinition', 'ValueSet', 'CodeSystem'] as const;

const isConformanceType = (type: string): type is (typeof conformanceTypes)[number] => (conformanceTypes as readonly string[]).includes(type);

/** @returns whether what is written changes what resources are validated by */
export const isConformance = ({ type }: { readonly type: string }): boolean => isConformanceType(type);

/** Elements that are words for people, or about the definition itself. */
const prose: Readonly<Record<(typeof conformanceTypes)[number], readonly string[]>> = {
  StructureDefinition: ['short', 'definition', 'comment', 'requirements', 'alias', 'mapping', 'example', 'meaningWhenMissing', 'orderMeaning', 'isModifierReason', 'condition', 'code', 'base', 'isSummary'],
  ValueSet: ['display', 'designation'],
  CodeSystem: ['display', 'designation', 'definition', 'property'],
};

const ofResource = ['text', 'contained', 'meta', 'description', 'purpose', 'copyright', 'contact', 'publisher', 'useContext', 'jurisdiction', 'mapping', 'keyword', 'identifier'];

/** @returns the resource without what says nothing about instances; undefined where it is not one that defines anything, or has no canonical */
export function instanceRules(resource: JsonObject): ConformanceResource | undefined {
  const { resourceType, url } = resource;
  if (typeof resourceType !== 'string' || typeof url !== 'string' || !isConformanceType(resourceType)) return undefined;
  const kept = without(resource, ofResource);
  const words = prose[resourceType];
  const { snapshot, differential, compose, expansion, concept } = kept;
  return {
    ...kept, resourceType, url,
    ...(isObject(snapshot) && { snapshot: { element: elements(snapshot, words) } }),
    ...(isObject(differential) && { differential: { element: elements(differential, words) } }),
    ...(compose !== undefined && { compose: stripped(compose, words) }),
    ...(expansion !== undefined && { expansion: stripped(expansion, words) }),
    ...(concept !== undefined && { concept: stripped(concept, words) }),
  };
}

/** The elements' own properties alone: a pattern may have a `display`. */
const elements = ({ element }: JsonObject, words: readonly string[]): JsonValue =>
  (Array.isArray(element) ? element.map((one) => (isObject(one) ? without(one, words) : one)) : (element ?? []));

function stripped(value: JsonValue, words: readonly string[]): JsonValue {
  if (Array.isArray(value)) return value.map((one) => stripped(one, words));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(without(value, words)).map(([key, inner]) => [key, stripped(inner, words)]));
}

const without = (value: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key))) as JsonObject;
