/**
 * schemas/json-schema.json: a JSON Schema for each type, made of its elements. R4: json.html, structuredefinition.html.
 *
 * What JSON Schema has no word for is said by keywords of our own, which src/validation/structure/keywords.ts defines: `primitive` (a
 * primitive type), `object` (no number that is kept as text), `binding` (a ValueSet that enumerates the codes), `div`, `resource`, and `fhir` on objects: elements that must be there as
 * value or extension, choices with their least number, and lists of primitives with their extensions beside them.
 */
import type { ElementEntry, TypeEntry } from './structure.ts';

export interface JsonSchema {
  [keyword: string]: unknown;
}

type Structure = Readonly<Record<string, TypeEntry>>;

/** @returns by name of the type; abstract types that nothing refers to are left out */
export function buildJsonSchemas(structure: Structure, valueSets: Readonly<Record<string, unknown>>): Record<string, JsonSchema> {
  const types = Object.entries(structure).filter(([, { kind, abstract }]) => kind !== 'primitive-type' && !(kind === 'resource' && abstract));
  return Object.fromEntries(types.map(([name, type]) => [name, typeSchema(name, type, structure, valueSets)]));
}

function typeSchema(name: string, { kind, elements }: TypeEntry, structure: Structure, valueSets: Readonly<Record<string, unknown>>): JsonSchema {
  const inner: Record<string, JsonSchema> = {};
  const isResource = kind === 'resource';
  const root = objectSchema(name, elements, { structure, valueSets, inner, properties: isResource ? { resourceType: { const: name } } : {} });
  // The id of a resource is of type id, those of elements are strings.
  if (isResource) (root['properties'] as Record<string, JsonSchema>)['id'] = { primitive: 'id' };
  return { $id: name, ...root, ...(Object.keys(inner).length > 0 && { $defs: inner }) };
}

interface Builder {
  readonly structure: Structure;
  readonly valueSets: Readonly<Record<string, unknown>>;
  /** Of the type's backbone elements, by path. */
  readonly inner: Record<string, JsonSchema>;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

const choiceName = (name: string, code: string): string => `${name}${code.charAt(0).toUpperCase()}${code.slice(1)}`;

function objectSchema(path: string, elements: Readonly<Record<string, ElementEntry>>, builder: Builder): JsonSchema {
  const properties: Record<string, JsonSchema> = { ...builder.properties };
  const required: string[] = [];
  const needs: string[] = [];
  const lists: string[] = [];
  const choices: [name: string, least: number, names: string[]][] = [];
  const add = (name: string, code: string, element: ElementEntry, at: string): void => {
    const isPrimitive = builder.structure[code]?.kind === 'primitive-type';
    const one = schemaOf(code, element, at, builder);
    properties[name] = element.many === true ? { type: 'array', minItems: 1, items: isPrimitive ? { ...one, orNull: true } : one } : one;
    if (!isPrimitive || code === 'xhtml' || name === 'id') return;
    properties[`_${name}`] = element.many === true
      // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema
      ? { type: 'array', minItems: 1, items: { type: ['object', 'null'], if: { type: 'object' }, then: { $ref: 'Element' } } }
      : { $ref: 'Element' };
    if (element.many === true) lists.push(name);
  };
  for (const [name, element] of Object.entries(elements)) {
    const at = `${path}.${name}`;
    if (name.endsWith('[x]')) {
      const base = name.slice(0, -3);
      const codes = element.types!.map(({ code }) => code);
      for (const code of codes) add(choiceName(base, code), code, element, at);
      choices.push([base, element.min ?? 0, codes.map((code) => choiceName(base, code))]);
      continue;
    }
    const code = element.types?.[0]?.code ?? '';
    add(name, code, element, at);
    if (element.min !== 1) continue;
    if (builder.structure[code]?.kind === 'primitive-type' && code !== 'xhtml') needs.push(name);
    else required.push(name);
  }
  return {
    type: 'object', object: true, minProperties: 1, properties, additionalProperties: false, ...(required.length > 0 && { required }),
    ...((needs.length > 0 || choices.length > 0 || lists.length > 0) && { fhir: { ...(needs.length > 0 && { needs }), ...(choices.length > 0 && { choices }), ...(lists.length > 0 && { lists }) } }),
  };
}

function schemaOf(code: string, element: ElementEntry, at: string, builder: Builder): JsonSchema {
  const { structure, valueSets, inner } = builder;
  if (element.sameAs !== undefined) return { $ref: `#/$defs/${element.sameAs}` };
  if (code === 'Resource') return { resource: at.endsWith('.contained') ? 'contained' : 'any' };
  if (code === 'xhtml') return { div: true };
  if (structure[code]?.kind === 'primitive-type') {
    const binding = element.required !== undefined && element.required in valueSets && code === 'code' ? { binding: element.required } : {};
    return { primitive: code, ...binding };
  }
  if (element.elements === undefined) return { $ref: code };
  inner[at] = objectSchema(at, element.elements, { structure, valueSets, inner });
  return { $ref: `#/$defs/${at}` };
}
