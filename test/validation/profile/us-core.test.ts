/**
 * US Core 6.1: its 183 examples, and the data of the Inferno reference server, against the profiles that they claim. What is refused is in a
 * table, with the reason.
 */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { profilesWith, readUsCore, readUsCoreExamples } from '../../support/profiles.ts';
import { hasShared, readShared, sharedPath } from '../../support/shared.ts';

/** Refused of the Inferno data. */
const refused: Readonly<Record<string, [expression: string, reason: string][]>> = {
  'Patient/908': [
    ['Patient.gender', 'is made for US Core 7 and 8, without a gender, which 6.1 asks for'],
    ['Patient.extension[0].value', 'us-core-sex has a Coding since US Core 7, a code in 6.1'],
    ['Patient.extension[0].value', 'the same: there is no code'],
  ],
  'Observation/405f9fe5-4ca1-4beb-a946-60774e6878cf': [
    ['Observation.value', 'a data-absent-reason is none of the SNOMED codes of the ValueSet that no code may be outside of'],
  ],
  'SearchParameter/us-core-condition-asserted-date': [
    ['SearchParameter.extension[0].value', 'the work group "cgp" is younger than the required ValueSet of R4 4.0.1'],
  ],
};

describe.skipIf(!hasShared)('US Core', async () => {
  const profiles = hasShared ? profilesWith(await readUsCore()) : undefined!;
  const examples = hasShared ? await readUsCoreExamples() : [];
  const folder = sharedPath('data', 'inferno-us-core');
  const inferno: any[] = !hasShared ? [] : readdirSync(folder).flatMap((file) => {
    const resource = JSON.parse(readShared('data', 'inferno-us-core', file).toString());
    return resource.resourceType === 'Bundle' ? resource.entry.map((entry: any) => entry.resource) : [resource];
  });
  const errors = (resource: any): string[] =>
    profiles.validate(resource).filter(({ severity }) => severity === 'error').flatMap(({ expression = [], diagnostics }) => `${expression.join()} ${diagnostics}`);

  it('can be used as a whole: the package has snapshots, also where it is built on another one', () => {
    expect(profiles.compilePackaged()).toEqual([]);
  });

  it('passes all of its 183 examples', () => {
    expect(examples).toHaveLength(183);
    expect(examples.flatMap((one) => errors(one).map((error) => `${one.resourceType}/${one.id} ${error}`))).toEqual([]);
  });

  it('passes the Inferno data, but for what the table explains', () => {
    expect(inferno).toHaveLength(803);
    const found = inferno.map((one) => [`${one.resourceType}/${one.id}`, errors(one)] as const).filter(([, list]) => list.length > 0);
    expect(Object.fromEntries(found.map(([id, list]) => [id, list.map((line) => line.split(' ')[0]).toSorted()])))
      .toEqual(Object.fromEntries(Object.entries(refused).map(([id, list]) => [id, list.map(([expression]) => expression).toSorted()])));
  });

  it('says of a binding that cannot be told one thing a resource', () => {
    for (const one of [...examples, ...inferno]) {
      const told = profiles.validate(one).filter(({ severity }) => severity === 'information').map(({ diagnostics }) => /ValueSet (\S+)/.exec(diagnostics)?.[1]).filter((url) => url !== undefined);
      expect(new Set(told).size).toBe(told.length);
    }
  });
});
