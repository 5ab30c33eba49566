/** CompartmentDefinition of R4's five compartments. R4: compartmentdefinition.html. */
import type { Definitions } from '../../fhir/definitions.ts';
import { firstDefinition } from './canonical.ts';

/** @returns undefined where R4 has no compartment of that id: `patient`, `relatedPerson` */
export function compartmentDefinition(id: string, definitions: Definitions): object | undefined {
  const code = id.charAt(0).toUpperCase() + id.slice(1);
  const members = definitions.compartments.get(code);
  if (members === undefined || id === code) return undefined;
  return {
    ...firstDefinition('CompartmentDefinition', id),
    name: code,
    status: 'active',
    code,
    search: true,
    resource: definitions.resourceTypes.map((type) => ({ code: type, ...(members.has(type) && { param: members.get(type) }) })),
  };
}
