/** Definitions that clients have stored: which of them hold, what is malformed, what takes for ever. R4: references.html#canonical, profiling.html. */
import { describe, expect, it } from 'vitest';
import { loadConformance } from '../../src/fhir/conformance.ts';
import { instanceRules, type ConformanceResource } from '../../src/fhir/conformance-resource.ts';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { profilesOver } from '../../src/validation/profiles.ts';
import { lines, profile } from '../support/profiles.ts';

const text = { status: 'empty', div: '<div/>' };
const patient = { resourceType: 'Patient', text };
const needs = (element: string, more: object = {}) => profile('urn:p', 'Patient', [{ path: `Patient.${element}`, min: 1 }], more);
const brought = { definitions: loadDefinitions(), conformance: loadConformance() };
const stored = (resources: readonly object[], packaged: readonly object[] = []) =>
  profilesOver({ ...brought, packaged: packaged as ConformanceResource[] })(resources.flatMap((one) => instanceRules(structuredClone(one) as any) ?? []));

describe('of several definitions with one canonical', () => {
  const cases: [what: string, resources: object[], holds: string][] = [
    ['the later version holds', [needs('name', { version: '1.10.0' }), needs('gender', { version: '1.9.0' })], 'name'],
    ['an active one holds before a draft', [needs('name', { status: 'active', version: '1' }), needs('gender', { status: 'draft', version: '2' })], 'name'],
    ['a draft before a retired one', [needs('name', { status: 'draft', version: '1' }), needs('gender', { status: 'retired', version: '2' })], 'name'],
    ['of two that are alike, the one stored later', [needs('gender'), needs('name')], 'name'],
  ];
  it.each(cases)('%s', (_, resources, holds) => expect(lines(stored(resources), patient, ['urn:p'])).toEqual([`error required Patient.${holds}`]));

  it('one of a package holds before stored ones', () => {
    expect(lines(stored([needs('gender', { version: '9' })], [needs('name', { version: '1' })]), patient, ['urn:p'])).toEqual(['error required Patient.name']);
  });

  it('and R4\'s own before stored ones', () => {
    const type = profile('http://hl7.org/fhir/StructureDefinition/Patient', 'Patient', [{ path: 'Patient.name', min: 1 }]);
    const genders = { resourceType: 'ValueSet', url: 'http://hl7.org/fhir/ValueSet/administrative-gender', compose: { include: [{ system: 'urn:s', concept: [{ code: 'x' }] }] } };
    const vitals = profile('http://hl7.org/fhir/StructureDefinition/vitalsigns', 'Observation', []);
    const profiles = stored([type, genders, vitals]);
    expect(lines(profiles, { ...patient, gender: 'female' })).toEqual([]);
    expect(lines(profiles, { ...patient, gender: 'x' })).toEqual(['error code-invalid Patient.gender']);
    expect(lines(profiles, { resourceType: 'Observation', status: 'final', code: { text: 'x' }, text, meta: { profile: [vitals.url] } })).toContain('error required Observation.category');
  });
});

describe('terminology that is stored', () => {
  const system = { resourceType: 'CodeSystem', url: 'urn:s', content: 'complete', concept: [{ code: 'a', display: 'A', concept: [{ code: 'b' }] }, { code: 'c' }] };
  const valueSet = (filter?: object[]) => ({ resourceType: 'ValueSet', url: 'urn:v', compose: { include: [{ system: 'urn:s', ...(filter && { filter }) }] } });
  const bound = profile('urn:p', 'Patient', [{ path: 'Patient.maritalStatus', binding: { strength: 'required', valueSet: 'urn:v' } }]);
  const married = (code: string) => ({ ...patient, maritalStatus: { coding: [{ system: 'urn:s', code }] } });
  const only = (resources: object[], code: string): string[] => lines(stored(resources), married(code), ['urn:p']).filter((line) => !line.startsWith('warning'));

  it('decides bindings', () => {
    expect(only([bound, valueSet(), system], 'b')).toEqual([]);
    expect(only([bound, valueSet(), system], 'z')).toEqual(['error code-invalid Patient.maritalStatus']);
  });
  it('with filters on the hierarchy', () => {
    const below = valueSet([{ property: 'concept', op: 'is-a', value: 'a' }]);
    expect(only([bound, below, system], 'b')).toEqual([]);
    expect(only([bound, below, system], 'c')).toEqual(['error code-invalid Patient.maritalStatus']);
  });
  it('says nothing where the CodeSystem is not there', () => expect(only([bound, valueSet()], 'z')).toEqual(['information informational Patient.maritalStatus']));
});

describe('what is malformed', () => {
  const malformed: [what: string, resource: any][] = [
    ['elements that are none', needs('name', { differential: { element: [null, 7, 'x', {}] } })],
    ['a differential that is none', needs('name', { differential: 'x' })],
    ['a snapshot without elements', needs('name', { snapshot: { element: [] } })],
    ['a type that is none', needs('name', { type: 7 })],
    ['a base that is none', needs('name', { baseDefinition: { a: 1 } })],
    ['a base that is not there', needs('name', { baseDefinition: 'urn:none' })],
    ['a base that is itself', needs('name', { baseDefinition: 'urn:p' })],
    ['slicing that is none', profile('urn:p', 'Patient', [{ path: 'Patient.name', slicing: 'x' as never }, { path: 'Patient.name', sliceName: 'a' }])],
    ['discriminators that are none', profile('urn:p', 'Patient', [{ path: 'Patient.name', slicing: { discriminator: [{}] } as never }, { path: 'Patient.name', sliceName: 'a', min: 1 }])],
    ['constraints that are none', profile('urn:p', 'Patient', [{ path: 'Patient.name', constraint: [null, { key: 1, expression: 2 }] as never }])],
    ['types that are none', profile('urn:p', 'Patient', [{ path: 'Patient.name', type: [null] as never }])],
    ['a binding that is none', profile('urn:p', 'Patient', [{ path: 'Patient.name', binding: 'x' as never }])],
  ];
  it.each(malformed)('%s: the outcome says what was not checked, or nothing was wrong', (_, resource) => {
    const issues = stored([resource]).validate({ ...patient, name: [{ text: 'x' }] }, ['urn:p']);
    for (const { diagnostics } of issues) expect(diagnostics).toMatch(/urn:p/);
    expect(stored([resource]).supported()).toBeInstanceOf(Map);
  });

  it('terminology defines nothing', () => {
    const bound = profile('urn:p', 'Patient', [{ path: 'Patient.maritalStatus', binding: { strength: 'required', valueSet: 'urn:v' } }]);
    for (const compose of ['x', { include: 'x' }, { include: [null] }, { include: [{ system: 'urn:s', concept: 'x' }] }, { include: [{ system: 'urn:s', filter: [null] }] }, { include: [{ valueSet: ['urn:v'] }] }]) {
      const found = lines(stored([bound, { resourceType: 'ValueSet', url: 'urn:v', compose }]), { ...patient, maritalStatus: { coding: [{ system: 'urn:s', code: 'a' }] } }, ['urn:p']);
      expect(found.filter((line) => line.startsWith('information')), JSON.stringify(compose)).toEqual(['information informational Patient.maritalStatus']);
    }
  });
});

it('what is advertised is known by its bases, and not compiled', () => {
  const chain = (id: number, base: string) => profile(`urn:${id}`, 'Patient', [], { baseDefinition: base });
  const profiles = stored([chain(1, 'http://hl7.org/fhir/StructureDefinition/Patient'), chain(2, 'urn:1|1.0'), chain(3, 'urn:none'), chain(4, 'urn:5'), chain(5, 'urn:4'), { ...chain(6, 'urn:1'), url: 7 }]);
  expect([...profiles.supported()]).toEqual([['Patient', ['urn:1', 'urn:2']]]);
});

it('an invariant that takes for ever is stopped, and the next resource is validated', () => {
  const profiles = stored([profile('urn:p', 'Patient', [{ path: 'Patient.name', constraint: [{ key: 'x-1', severity: 'error', expression: "family.matches('^(a+)+$')" }] }])]);
  expect(profiles.validate({ ...patient, name: [{ family: `${'a'.repeat(60)}b` }] }, ['urn:p'])).toEqual([
    { severity: 'error', code: 'too-costly', diagnostics: expect.stringMatching(/^Patient: what its profiles ask takes more than 10\d\d ms, and has not been checked$/), expression: ['Patient'] },
  ]);
  expect(lines(profiles, { ...patient, name: [{ family: 'b' }] }, ['urn:p'])).toEqual(['error invariant Patient.name[0]']);
  expect(lines(profiles, { ...patient, name: [{ family: 'aa' }] }, ['urn:p'])).toEqual([]);
});
