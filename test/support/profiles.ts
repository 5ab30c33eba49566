/** Validators for tests: with small profiles made there, or with US Core. */
import { loadConformance } from '../../src/fhir/conformance.ts';
import type { ConformanceResource } from '../../src/fhir/conformance-resource.ts';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { readPackage, type PackageResource } from '../../src/packages/package.ts';
import { profilesOver, type Profiles } from '../../src/validation/profiles.ts';
import { typeUrl, type ElementDefinition, type StructureDefinition } from '../../src/validation/snapshot/element.ts';
import { readShared } from './shared.ts';

const definitions = loadDefinitions();
const conformance = loadConformance();

export const profilesWith = (resources: readonly (ConformanceResource | StructureDefinition)[]): Profiles =>
  profilesOver({ definitions, conformance, packaged: resources as readonly ConformanceResource[] })([]);

/** @returns a profile by its differential */
export const profile = (url: string, type: string, element: readonly ElementDefinition[], more: object = {}): StructureDefinition =>
  ({ resourceType: 'StructureDefinition', url, kind: 'resource', type, baseDefinition: typeUrl(type), derivation: 'constraint', differential: { element }, ...more });

export const readUsCore = async (): Promise<readonly PackageResource[]> => (await readPackage(readShared('data', 'us-core', 'us_core_610.tgz'))).resources;

export const readUsCoreExamples = async (): Promise<any[]> =>
  (await readPackage(readShared('data', 'us-core', 'us_core_610.tgz'), { wanted: (name) => name.startsWith('package/example/') })).resources as any[];

/** Issues as lines: severity, code, expression, and the diagnostics where a case tells by them. */
export const lines = (profiles: Profiles, resource: object, urls: readonly string[] = []): string[] =>
  profiles.validate(resource as any, urls).map(({ severity, code, expression }) => `${severity} ${code} ${expression?.join(' ')}`);
