/**
 * US Core's examples with one rule of their profile broken at a time, wherever the profile has a rule and the example a value. What is
 * broken is taken from the snapshots of the package, not from those that we generate; each mutant must be refused with the code of the
 * rule at the element at fault.
 */
import { describe, expect, it } from 'vitest';
import { profilesWith, readUsCore, readUsCoreExamples } from '../../support/profiles.ts';
import { hasShared } from '../../support/shared.ts';

interface Mutant {
  readonly what: string;
  readonly profile: string;
  readonly resource: any;
  readonly code: string;
  readonly expression: string;
}

/** An object within a resource, with its expression. */
interface Spot {
  readonly of: any;
  readonly at: string;
}

/** The objects that hold an element, by its path. */
function holders(resource: any, path: readonly string[]): Spot[] {
  let spots: Spot[] = [{ of: resource, at: resource.resourceType }];
  for (const name of path.slice(0, -1)) {
    spots = spots.flatMap(({ of, at }) => {
      const value = of[name];
      if (Array.isArray(value)) return value.map((one, index) => ({ of: one, at: `${at}.${name}[${index}]` }));
      return typeof value === 'object' ? [{ of: value, at: `${at}.${name}` }] : [];
    });
  }
  return spots;
}

/** Makes a copy of the resource and breaks it at the first holder. */
function mutant(profile: string, resource: any, path: readonly string[], what: string, breaks: (spot: Spot, name: string) => [code: string, expression: string] | undefined): Mutant[] {
  const copy = structuredClone(resource);
  const name = path.at(-1)!;
  const spot = holders(copy, path).find(({ of }) => of[name] !== undefined);
  const result = spot && breaks(spot, name);
  return result === undefined ? [] : [{ what: `${resource.resourceType}/${resource.id} ${path.join('.')} ${what}`, profile, resource: copy, code: result[0], expression: result[1] }];
}

const indexed = ({ of, at }: Spot, name: string): string => (Array.isArray(of[name]) ? `${at}.${name}[0]` : `${at}.${name}`);
const replaceFirst = ({ of }: Spot, name: string, value: unknown): void => void (of[name] = Array.isArray(of[name]) ? [value, ...of[name].slice(1)] : value);

/** Extensions beside a primitive value count as the element. */
function remove(of: any, name: string, at: string): [code: string, expression: string] {
  delete of[name];
  delete of[`_${name}`];
  return ['required', `${at}.${name}`];
}

function* mutantsOf(profile: any, resource: any, known: (valueSet: string) => boolean): Generator<Mutant> {
  const byId = new Map<string, any>(profile.snapshot.element.map((one: any) => [one.id, one]));
  for (const element of profile.snapshot.element) {
    const path = element.path.split('.').slice(1);
    const isSlice = element.id.includes(':');
    if (path.length === 0 || element.path.includes('[x]')) continue;
    const make = (what: string, breaks: Parameters<typeof mutant>[4]) => mutant(profile.url, resource, path, what, breaks);
    if (isSlice) {
      if (element.min > 0 && /^[^:]+:[^.]+$/.test(element.id)) yield* make(`slice ${element.sliceName} removed`, ({ of, at }, name) => remove(of, name, at));
      continue;
    }
    if (element.min > 0) yield* make('removed', ({ of, at }, name) => remove(of, name, at));
    if (element.max === '1' && element.base?.max === '*') yield* make('twice', (spot, name) => {
      spot.of[name] = [spot.of[name][0], spot.of[name][0]];
      return ['structure', `${spot.at}.${name}`];
    });
    const fixed = Object.keys(element).find((key) => /^fixed[A-Z]/.test(key));
    if (fixed !== undefined) yield* make('not as fixed', (spot, name) => {
      replaceFirst(spot, name, 'other');
      return ['value', indexed(spot, name)];
    });
    if (element.patternCodeableConcept !== undefined) yield* make('not of the pattern', (spot, name) => {
      replaceFirst(spot, name, { coding: [{ system: 'urn:other', code: 'other' }] });
      return ['value', indexed(spot, name)];
    });
    if (element.binding?.strength === 'required' && known(element.binding.valueSet)) yield* make('of no code of the ValueSet', (spot, name) => {
      replaceFirst(spot, name, ['code', 'string', 'uri'].includes(element.type[0].code) ? 'no-such-code' : element.type[0].code === 'Coding' ? { system: 'urn:o', code: 'x' } : { coding: [{ system: 'urn:o', code: 'x' }] });
      return ['code-invalid', indexed(spot, name)];
    });
    const targets = (element.type ?? []).filter(({ code }: any) => code === 'Reference').flatMap((type: any) => type.targetProfile ?? []);
    if (targets.length > 0 && !targets.some((url: string) => url.endsWith('/Resource')) && byId.has(element.id)) yield* make('with another target', (spot, name) => {
      replaceFirst(spot, name, { reference: 'MessageHeader/1' });
      return ['value', indexed(spot, name)];
    });
  }
}

const race = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race';
/** Invariants and extensions of US Core, broken by hand: the example, how, and what is to be said. */
const byHand: readonly [example: string, breaks: (resource: any) => void, code: string, expression: string][] = [
  ['Patient/example', (one) => (one.name = [{ use: 'usual' }]), 'invariant', 'Patient.name[0]'],
  ['Patient/example', (one) => (one.extension.find(({ url }: any) => url === race).extension = [{ url: 'ombCategory', valueCoding: { system: 'urn:oid:2.16.840.1.113883.6.238', code: '2106-3' } }]), 'required', 'Patient.extension[0].extension'],
  ['Patient/example', (one) => one.extension.push(structuredClone(one.extension.find(({ url }: any) => url === race))), 'structure', 'Patient.extension[6]'],
  ['Patient/example', (one) => (one.name[0].extension = [one.extension.find(({ url }: any) => url === race)]), 'extension', 'Patient.name[0].extension[0]'],
  ['Patient/example', (one) => (one.gender = 'none'), 'code-invalid', 'Patient.gender'],
  ['Observation/blood-pressure', (one) => delete one.component[0].valueQuantity.code, 'required', 'Observation.component[0].value.code'],
  ['Observation/blood-pressure', (one) => (one.component[0].valueQuantity.code = 'kPa'), 'value', 'Observation.component[0].value.code'],
  ['Observation/blood-pressure', (one) => {
    delete one.component[0].valueQuantity;
    one.component[0].valueString = '120';
  }, 'structure', 'Observation.component[0].value'],
  ['Observation/blood-pressure', (one) => (one.component[0].code.coding = [{ system: 'http://loinc.org', code: '8867-4' }]), 'required', 'Observation.component'],
  ['Observation/blood-pressure', (one) => (one.effectiveDateTime = '2020'), 'invariant', 'Observation.effective'],
];

describe.skipIf(!hasShared)('mutants of US Core', async () => {
  const resources = hasShared ? await readUsCore() : [];
  const profiles = profilesWith(resources);
  const byUrl = new Map(resources.map((one) => [one.url, one]));
  const examples = hasShared ? await readUsCoreExamples() : [];
  const saysNo = ({ profile, resource, code, expression }: Mutant): boolean =>
    profiles.validate(resource, [profile]).some((one) => one.severity === 'error' && one.code === code && one.expression?.[0] === expression);

  it('are refused where the rule is broken, each of them', () => {
    const known = (valueSet: string): boolean => profiles.concepts.isMember(valueSet, 'no-such-code', undefined) === false;
    const mutants = examples.flatMap((one) => (one.meta?.profile ?? []).flatMap((url: string) => {
      const profile: any = byUrl.get(url);
      return profile === undefined ? [] : [...mutantsOf(profile, one, known)];
    }));
    expect(mutants.length).toBeGreaterThan(1000);
    expect(mutants.filter((one) => !saysNo(one)).map(({ what, code, expression }) => `${what}: ${code} at ${expression}`)).toEqual([]);
  });

  it.each(byHand)('%s %#', (example, breaks, code, expression) => {
    const resource = structuredClone(examples.find(({ resourceType, id }) => `${resourceType}/${id}` === example));
    breaks(resource);
    const found = profiles.validate(resource).filter(({ severity }) => severity === 'error').map((one) => `${one.code} ${one.expression?.[0]}`);
    expect(found).toContain(`${code} ${expression}`);
  });
});
