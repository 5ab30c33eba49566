/** The JSON Schema of a resource type for a reader: its own elements, one level deep. R4: json.html; JSON Schema 2020-12. */
import { choiceName, type Definitions, type ElementDefinition } from '../../fhir/definitions.ts';
import { minimalResource } from './sample.ts';

/**
 * Types of elements are named and not spelt out: with Extension in all of them, each document would hold all data types. No element
 * is required, since a primitive that has only extensions stands under another key (`_status`).
 */
export function resourceSchema(type: string, definitions: Definitions, sample: object | undefined): object {
  const definition = definitions.type(type);
  // A resource of any type, as an endpoint answers that says nothing of itself.
  if (definition === undefined || definition.abstract) return { type: 'object', required: ['resourceType'], properties: { resourceType: { type: 'string' } } };
  const properties = [...definition.elements].flatMap(([name, element]) => propertiesOf(name, element));
  return {
    type: 'object',
    required: ['resourceType'],
    properties: { resourceType: { const: type }, ...Object.fromEntries(properties) },
    examples: [sample ?? minimalResource(type, definitions)],
  };
}

/** A choice is a property for each of its types. */
function propertiesOf(name: string, element: ElementDefinition): [string, object][] {
  if (name.endsWith('[x]')) return element.types.map(({ code }) => [choiceName(name, code), elementSchema(code, element)]);
  return [[name, elementSchema(element.types[0]?.code ?? 'BackboneElement', element)]];
}

function elementSchema(code: string, { isArray, types }: ElementDefinition): object {
  const target = types.find((type) => type.code === code)?.target;
  const one = { ...primitiveSchema(code), ...(target !== undefined && target.length < 10 && { description: `${code}(${target.join(' | ')})` }) };
  return isArray ? { type: 'array', items: one } : one;
}

const jsonTypes: Readonly<Record<string, object>> = {
  boolean: { type: 'boolean' },
  integer: { type: 'integer' }, positiveInt: { type: 'integer', minimum: 1 }, unsignedInt: { type: 'integer', minimum: 0 },
  decimal: { type: 'number' },
};

/** @returns the schema of a value of a FHIR type: dates may be partial, so that no format of JSON Schema fits them */
export function primitiveSchema(code: string): object {
  const description = { title: code };
  if (jsonTypes[code] !== undefined) return { ...jsonTypes[code], ...description };
  return { type: /^[a-z]/.test(code) ? 'string' : 'object', ...description };
}
