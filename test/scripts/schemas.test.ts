/** schemas/structure.json is R4's, element by element: compared with the types of @types/fhir, which are made from HL7's definitions. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { loadDefinitions, type Elements } from '../../src/fhir/definitions.ts';

interface Property {
  readonly isRequired: boolean;
  readonly isArray: boolean;
  /** Name of the type, `string` and the like for primitives. */
  readonly type: string;
}

const declarations = readFileSync(createRequire(import.meta.url).resolve('@types/fhir/r4.d.ts'), 'utf8');
const interfaces = new Map([...declarations.matchAll(/export interface (\w+)(?: extends (\w+))? \{(.*?)\n\}/gs)].map(([, name, base, body]) => [name!, {
  base,
  own: new Map([...body!.matchAll(/^\s+(\w+)(\??):([^\n]*)/gm)].map(([, property, optional, type]): [string, Property] => [property!, { isRequired: optional === '', isArray: /\[\]|Array</.test(type!), type: type!.replace(/[[\]; ]|\s*\|\s*undefined|Array|[<>()]/g, '') }])),
}]));

function propertiesOf(name: string): Map<string, Property> {
  const { base, own } = interfaces.get(name)!;
  return new Map([...(base !== undefined && interfaces.has(base) ? propertiesOf(base) : []), ...own]);
}

/** Declared by @types/fhir in its own way: what every element and resource has. */
const everyones = new Set(['resourceType', 'id', 'extension', 'modifierExtension', 'meta', 'implicitRules', 'language', 'text', 'contained']);

function differences(path: string, elements: Elements, name: string): string[] {
  const properties = propertiesOf(name);
  const found: string[] = [];
  for (const [element, { isRequired, isArray, types, elements: inner }] of elements) {
    if (element.endsWith('[x]')) {
      if (![...properties.keys()].some((one) => one.startsWith(element.slice(0, -3)))) found.push(`${path}.${element} is not there`);
      continue;
    }
    const declared = properties.get(element);
    if (declared === undefined) found.push(`${path}.${element} is not R4's`);
    else if (declared.isRequired !== isRequired || declared.isArray !== isArray) found.push(`${path}.${element} has another cardinality`);
    // Primitives are string, number and boolean there, or the codes of a required binding.
    else if (/^[A-Z]/.test(types[0]?.code ?? '') && inner === undefined && types[0]!.code !== 'Resource' && declared.type !== types[0]!.code) found.push(`${path}.${element} is of another type, ${declared.type}`);
    const nested = `${name}${element.charAt(0).toUpperCase()}${element.slice(1)}`;
    if (inner !== undefined) found.push(...(interfaces.has(nested) ? differences(`${path}.${element}`, inner, nested) : [`${path}.${element} has no ${nested}`]));
  }
  const choices = [...elements.keys()].filter((element) => element.endsWith('[x]')).map((element) => element.slice(0, -3));
  for (const property of properties.keys()) {
    if (property.startsWith('_') || everyones.has(property) || elements.has(property) || choices.some((choice) => property.startsWith(choice))) continue;
    found.push(`${path}.${property} is missing`);
  }
  return found;
}

it('every type that @types/fhir has: the same elements, required, repeated and of a type alike', () => {
  const definitions = loadDefinitions();
  const names = [...interfaces.keys()].filter((name) => definitions.type(name) !== undefined);
  expect(names.length).toBeGreaterThan(180);
  expect(names.flatMap((name) => differences(name, definitions.type(name)!.elements, name))).toEqual([]);
});
