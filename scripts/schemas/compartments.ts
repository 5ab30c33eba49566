/** schemas/compartments.json: which search parameters place a type in a compartment, from R4's five CompartmentDefinitions. R4: compartmentdefinition.html. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface CompartmentDefinition {
  code: string;
  resource: { code: string; param?: string[] }[];
}

const examples = join(import.meta.dirname, '../../node_modules/hl7.fhir.r4.examples');

export function buildCompartments(): Record<string, Record<string, string[]>> {
  const files = ['device', 'encounter', 'patient', 'practitioner', 'relatedPerson'];
  return Object.fromEntries(files.map((name) => {
    const definition = JSON.parse(readFileSync(join(examples, `CompartmentDefinition-${name}.json`), 'utf8')) as CompartmentDefinition;
    const members = definition.resource.flatMap(({ code, param }) => (param === undefined ? [] : [[code, param] as const]));
    return [definition.code, Object.fromEntries(members)];
  }));
}
