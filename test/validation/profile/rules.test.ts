/** What a profile can ask of an element besides slices. R4: elementdefinition.html, extensibility.html, terminologies.html#strength. */
import { describe, expect, it } from 'vitest';
import { compactJson } from '../../../src/fhir/json/scan.ts';
import { parseJson } from '../../../src/fhir/json/value.ts';
import { typeUrl, type ElementDefinition } from '../../../src/validation/snapshot/element.ts';
import { lines, profile, profilesWith } from '../../support/profiles.ts';

const text = { status: 'empty', div: '<div/>' };

describe('an element', () => {
  const cases: [what: string, type: string, element: ElementDefinition[], resource: object, expected: string[]][] = [
    ['too few', 'Patient', [{ path: 'Patient.name', min: 2 }], { name: [{ text: 'x' }] }, ['error required Patient.name']],
    ['none of a part', 'Patient', [{ path: 'Patient.name.family', min: 1 }], { name: [{ family: 'x' }, { text: 'x' }] }, ['error required Patient.name[1].family']],
    ['a part in a part that is absent', 'Patient', [{ path: 'Patient.name.family', min: 1 }], {}, []],
    ['too many', 'Patient', [{ path: 'Patient.name', max: '1' }], { name: [{ text: 'x' }, { text: 'y' }] }, ['error structure Patient.name']],
    ['one that must not be', 'Patient', [{ path: 'Patient.name', max: '0' }], { name: [{ text: 'x' }] }, ['error structure Patient.name']],
    ['extensions alone count', 'Patient', [{ path: 'Patient.birthDate', min: 1 }], { _birthDate: { extension: [{ url: 'urn:e', valueString: 'x' }] } }, []],
    ['extensions beside items of a list', 'Patient', [{ path: 'Patient.name.given', min: 2 }], { name: [{ given: ['a', null], _given: [null, { extension: [{ url: 'urn:e', valueString: 'x' }] }] }] }, []],
    ['another type of a choice', 'Patient', [{ path: 'Patient.deceased[x]', type: [{ code: 'boolean' }] }], { deceasedDateTime: '2020' }, ['error structure Patient.deceased']],
    ['a fixed code', 'Patient', [{ path: 'Patient.gender', fixedCode: 'female' }], { gender: 'male' }, ['error value Patient.gender']],
    ['a fixed object, exactly', 'Patient', [{ path: 'Patient.maritalStatus', fixedCodeableConcept: { text: 'x' } }], { maritalStatus: { text: 'x', coding: [{ code: 'y', system: 'urn:s' }] } },
      ['error value Patient.maritalStatus', 'warning code-invalid Patient.maritalStatus']],
    ['a pattern, at least', 'Patient', [{ path: 'Patient.maritalStatus', patternCodeableConcept: { text: 'x' } }], { maritalStatus: { text: 'x', id: 'a' } }, []],
    ['a pattern that is not there', 'Patient', [{ path: 'Patient.maritalStatus', patternCodeableConcept: { text: 'x' } }], { maritalStatus: { text: 'y' } }, ['error value Patient.maritalStatus']],
    ['a pattern with a list', 'Patient', [{ path: 'Patient.name', patternHumanName: { given: ['b'] } }], { name: [{ given: ['a', 'b'] }, { given: ['a'] }] }, ['error value Patient.name[1]']],
    ['a least value', 'Patient', [{ path: 'Patient.multipleBirth[x]', minValueInteger: 2 }], { multipleBirthInteger: 1 }, ['error value Patient.multipleBirth']],
    ['a largest date', 'Patient', [{ path: 'Patient.birthDate', maxValueDate: '2020-01-01' }], { birthDate: '2020-01-02' }, ['error value Patient.birthDate']],
    ['a length', 'Patient', [{ path: 'Patient.name.family', maxLength: 3 }], { name: [{ family: '😀😀😀' }, { family: 'long' }] }, ['error too-long Patient.name[1].family']],
    ['a target', 'Observation', [{ path: 'Observation.subject', type: [{ code: 'Reference', targetProfile: [typeUrl('Patient')] }] }], { subject: { reference: 'Group/1' } }, ['error value Observation.subject']],
    ['a target that is contained', 'Observation', [{ path: 'Observation.subject', type: [{ code: 'Reference', targetProfile: ['urn:named'] }] }],
      { contained: [{ resourceType: 'Patient', id: 'a' }], subject: { reference: '#a' } }, ['error structure Observation.subject']],
    ['an unknown target profile', 'Observation', [{ path: 'Observation.subject', type: [{ code: 'Reference', targetProfile: ['urn:none'] }] }], { subject: { reference: 'Group/1' } }, []],
    ['an invariant', 'Patient', [{ path: 'Patient.name', constraint: [{ key: 'n-1', severity: 'error', expression: 'family.exists()' }] }], { name: [{ family: 'x' }, { text: 'x' }] }, ['error invariant Patient.name[1]']],
    ['an invariant that warns', 'Patient', [{ path: 'Patient', constraint: [{ key: 'n-1', severity: 'warning', expression: 'name.exists()' }] }], {}, ['warning invariant Patient']],
    ['an invariant of the whole', 'Patient', [{ path: 'Patient.name', constraint: [{ key: 'n-1', severity: 'error', expression: '%resource.active' }] }], { active: false, name: [{ text: 'x' }] }, ['error invariant Patient.name[0]']],
    ['an invariant of dates that cannot be compared', 'Patient', [], { name: [{ text: 'x', period: { start: '2020', end: '2020-02' } }] }, []],
    ['an invariant of R4 on a part', 'Patient', [], { contact: [{ gender: 'male' }] }, ['error invariant Patient.contact[0]']],
    ['an invariant of a type', 'Patient', [], { name: [{ text: 'x', period: { start: '2021', end: '2020' } }] }, ['error invariant Patient.name[0].period']],
    ['an invariant of a type that is walked into', 'Patient', [{ path: 'Patient.name.period.start', min: 1 }], { name: [{ text: 'x', period: { start: '2021', end: '2020' } }] }, ['error invariant Patient.name[0].period']],
    ['a type\'s profile', 'Patient', [{ path: 'Patient.name', type: [{ code: 'HumanName', profile: ['urn:family'] }] }], { name: [{ text: 'x' }] }, ['error required Patient.name[0].family']],
    ['a content reference', 'Observation', [], { component: [{ code: { text: 'x' }, referenceRange: [{ age: {} }] }] }, ['error invariant Observation.component[0].referenceRange[0].age', 'error invariant Observation.component[0].referenceRange[0]']],
    ['mustSupport', 'Patient', [{ path: 'Patient.photo', mustSupport: true }], {}, []],
  ];
  const others = [profile('urn:named', 'Patient', [{ path: 'Patient.name', min: 1 }]), profile('urn:family', 'HumanName', [{ path: 'HumanName.family', min: 1 }])];
  it.each(cases)('%s', (_what, type, element, resource, expected) => {
    const profiles = profilesWith([profile('urn:p', type, element), ...others]);
    expect(profiles.compile('urn:p')).toEqual([]);
    const needed = type === 'Observation' ? { status: 'final', code: { text: 'x' } } : {};
    expect(lines(profiles, { resourceType: type, text, ...needed, ...resource }, ['urn:p']).toSorted()).toEqual(expected.toSorted());
  });
});

describe('a binding', () => {
  const terminology = [
    { resourceType: 'CodeSystem', url: 'urn:s', content: 'complete', concept: [{ code: 'a', concept: [{ code: 'b', concept: [{ code: 'c' }] }] }, { code: 'd' }] },
    { resourceType: 'CodeSystem', url: 'urn:fragment', content: 'fragment', concept: [{ code: 'a' }] },
    { resourceType: 'ValueSet', url: 'urn:all', compose: { include: [{ system: 'urn:s' }] } },
    { resourceType: 'ValueSet', url: 'urn:listed', compose: { include: [{ system: 'urn:other', concept: [{ code: 'x' }] }] } },
    { resourceType: 'ValueSet', url: 'urn:below', compose: { include: [{ system: 'urn:s', filter: [{ property: 'concept', op: 'is-a', value: 'b' }] }] } },
    { resourceType: 'ValueSet', url: 'urn:both', compose: { include: [{ valueSet: ['urn:all'] }, { valueSet: ['urn:listed'] }], exclude: [{ system: 'urn:s', concept: [{ code: 'd' }] }] } },
    { resourceType: 'ValueSet', url: 'urn:unknown', compose: { include: [{ system: 'http://loinc.org' }] } },
    { resourceType: 'ValueSet', url: 'urn:fragments', compose: { include: [{ system: 'urn:fragment' }] } },
    { resourceType: 'ValueSet', url: 'urn:expanded', expansion: { contains: [{ system: 'urn:s', code: 'a', contains: [{ system: 'urn:s', code: 'b' }] }] } },
    { resourceType: 'ValueSet', url: 'urn:itself', compose: { include: [{ valueSet: ['urn:itself'] }] } },
  ];
  const of = (code: string, system = 'urn:s') => ({ coding: [{ system, code }] });
  const [bad, warned, told] = [['error code-invalid Patient.maritalStatus'], ['warning code-invalid Patient.maritalStatus'], ['information informational Patient.maritalStatus']];
  const cases: [strength: string, valueSet: string, value: object, expected: string[]][] = [
    ['required', 'urn:all', of('c'), []], ['required', 'urn:all', of('z'), bad], ['required', 'urn:all', of('a', 'urn:o'), bad],
    ['required', 'urn:all|2.0', of('a'), []],
    ['required', 'urn:all', { coding: [{ code: 'a' }] }, bad],
    ['required', 'urn:all', { coding: [{ system: 'urn:o', code: 'z' }, { system: 'urn:s', code: 'a' }] }, []],
    ['required', 'urn:all', { text: 'x' }, bad],
    ['required', 'urn:below', of('b'), []], ['required', 'urn:below', of('c'), []], ['required', 'urn:below', of('a'), bad],
    ['required', 'urn:both', of('a'), []], ['required', 'urn:both', of('x', 'urn:other'), []], ['required', 'urn:both', of('d'), bad],
    ['required', 'urn:expanded', of('b'), []], ['required', 'urn:expanded', of('c'), bad],
    ['required', 'urn:unknown', of('1', 'http://loinc.org'), told], ['required', 'urn:unknown', of('a'), bad],
    ['required', 'urn:fragments', of('a', 'urn:fragment'), told], ['required', 'urn:none', of('a'), told], ['required', 'urn:itself', of('a'), told],
    ['extensible', 'urn:all', of('a'), []], ['extensible', 'urn:all', of('z'), warned], ['extensible', 'urn:all', { text: 'x' }, []],
    ['extensible', 'urn:unknown', of('1', 'http://loinc.org'), told],
    ['preferred', 'urn:all', of('z'), []], ['example', 'urn:all', of('z'), []],
  ];
  it.each(cases)('%s to %s of %j', (strength, valueSet, value, expected) => {
    const profiles = profilesWith([profile('urn:p', 'Patient', [{ path: 'Patient.maritalStatus', binding: { strength, valueSet } }]), ...terminology]);
    expect(lines(profiles, { resourceType: 'Patient', text, maritalStatus: value }, ['urn:p'])).toEqual(expected);
  });

  it('has one issue a resource where it cannot be told', () => {
    const profiles = profilesWith([profile('urn:p', 'Patient', [{ path: 'Patient.communication.language', binding: { strength: 'required', valueSet: 'urn:unknown' } }]), ...terminology]);
    const language = of('1', 'http://loinc.org');
    expect(lines(profiles, { resourceType: 'Patient', text, communication: [{ language }, { language }] }, ['urn:p'])).toEqual(['information informational Patient.communication[0].language']);
  });

  it('may have a ValueSet that no code may be outside of', () => {
    const extension = [{ url: typeUrl('elementdefinition-maxValueSet'), valueCanonical: 'urn:all' }];
    const profiles = profilesWith([profile('urn:p', 'Patient', [{ path: 'Patient.maritalStatus', binding: { strength: 'preferred', valueSet: 'urn:below', extension } }]), ...terminology]);
    expect(lines(profiles, { resourceType: 'Patient', text, maritalStatus: of('a') }, ['urn:p'])).toEqual([]);
    expect(lines(profiles, { resourceType: 'Patient', text, maritalStatus: of('z') }, ['urn:p'])).toEqual(bad);
  });
});

describe('an extension', () => {
  const extension = (url: string, context: string, element: ElementDefinition[], type = 'element') =>
    profile(url, 'Extension', [{ path: 'Extension.url', fixedUri: url }, ...element], { kind: 'complex-type', context: [{ type, expression: context }] });
  const loaded = [
    extension('urn:e:name', 'HumanName', [{ path: 'Extension.value[x]', min: 1, type: [{ code: 'string' }] }]),
    extension('urn:e:family', 'HumanName.family', [{ path: 'Extension.value[x]', min: 1 }]),
    extension('urn:e:patient', 'Patient', []), extension('urn:e:contact', 'Patient.contact', []), extension('urn:e:inner', 'urn:e:outer', [], 'extension'),
    extension('urn:e:outer', 'Patient', [
      { path: 'Extension.extension', sliceName: 'a', min: 1, max: '1' }, { path: 'Extension.extension.url', fixedUri: 'a', id: 'Extension.extension:a.url' }, { path: 'Extension.value[x]', max: '0' },
    ]),
    profile('urn:p', 'Patient', [{ path: 'Patient.extension', sliceName: 'needed', min: 1, type: [{ code: 'Extension', profile: ['urn:e:patient'] }] }]),
  ];
  const profiles = profilesWith(loaded);
  const value = (url: string) => ({ url, valueString: 'x' });
  const cases: [what: string, resource: object, expected: string[]][] = [
    ['on its type', { name: [{ extension: [value('urn:e:name')] }] }, []],
    ['with another value', { name: [{ extension: [{ url: 'urn:e:name', valueBoolean: true }] }] }, ['error structure Patient.name[0].extension[0].value', 'error required Patient.name[0].extension[0].value']],
    ['elsewhere', { extension: [value('urn:e:name')] }, ['error extension Patient.extension[0]']],
    ['on a primitive', { name: [{ family: 'x', _family: { extension: [value('urn:e:family')] } }] }, []],
    ['on another primitive', { name: [{ text: 'x', _text: { extension: [value('urn:e:family')] } }] }, ['error extension Patient.name[0].text.extension[0]']],
    ['on a backbone', { contact: [{ gender: 'male', name: { text: 'x' }, extension: [value('urn:e:contact')] }] }, []],
    ['on the root and not on a backbone', { extension: [value('urn:e:contact')] }, ['error extension Patient.extension[0]']],
    ['with parts', { extension: [{ url: 'urn:e:outer', extension: [value('a')] }] }, []],
    ['with too few parts', { extension: [{ url: 'urn:e:outer', extension: [value('b')] }] }, ['error required Patient.extension[0].extension']],
    ['in an extension', { extension: [{ url: 'urn:e:outer', extension: [value('a'), value('urn:e:inner')] }] }, []],
    ['not in an extension', { extension: [value('urn:e:inner')] }, ['error extension Patient.extension[0]']],
    ['unknown', { extension: [value('urn:who')] }, []],
    ['unknown, and it changes the meaning', { modifierExtension: [value('urn:who')] }, ['error extension Patient.modifierExtension[0]']],
    ['with value and extensions', { extension: [{ url: 'urn:who', valueString: 'x', extension: [value('b')] }] }, ['error invariant Patient.extension[0]']],
  ];
  it.each(cases)('%s', (_what, resource, expected) => expect(lines(profiles, { resourceType: 'Patient', text, ...resource }).toSorted()).toEqual(expected.toSorted()));

  it('is asked for by a slice', () => {
    expect(lines(profiles, { resourceType: 'Patient', text, extension: [value('urn:e:patient')] }, ['urn:p'])).toEqual([]);
    expect(lines(profiles, { resourceType: 'Patient', text, extension: [value('urn:who')] }, ['urn:p'])).toEqual(['error required Patient.extension']);
  });
});

describe('a resource', () => {
  const profiles = profilesWith([profile('urn:p', 'Patient', [{ path: 'Patient.name', min: 1 }])]);
  const claims = (url: string, type = 'Patient') => ({ resourceType: type, text, meta: { profile: [url] } });

  it('is held to the profiles that it claims', () => expect(lines(profiles, claims('urn:p|1.0'))).toEqual(['error required Patient.name']));
  it('may claim one that is not known', () => expect(profiles.validate(claims('urn:who') as any)).toEqual([
    { severity: 'warning', code: 'not-found', diagnostics: 'Patient: the profile urn:who is not known here, and has not been checked', expression: ['Patient'] },
  ]));
  it('may claim one in another version, which is another one', () => {
    const old = profilesWith([profile('urn:p', 'Patient', [{ path: 'Patient.name', min: 1 }], { version: '1.0' })]);
    expect(lines(old, claims('urn:p|2.0'))).toEqual(['warning not-found Patient']);
    expect(old.validate(claims('urn:p|2.0') as any)[0]!.diagnostics).toBe('Patient: the profile urn:p|2.0 is known here in version 1.0, and has not been checked');
    expect(lines(old, claims('urn:p|1.0'))).toEqual(['error required Patient.name']);
  });
  it('may not claim one of another type', () => expect(lines(profiles, claims('urn:p', 'Basic'))).toContain('error structure Basic'));
  it('in a Bundle and one that is contained are held to theirs', () => {
    const list = { resourceType: 'List', status: 'current', mode: 'working', text, contained: [{ ...claims('urn:p'), id: 'a' }], entry: [{ item: { reference: '#a' } }] };
    expect(lines(profiles, { resourceType: 'Bundle', type: 'collection', entry: [{ resource: list }] })).toEqual(['error required Bundle.entry[0].resource.contained[0].name']);
  });
  it('in a Bundle is held to the target profiles of what refers to it', () => {
    const held = profilesWith([
      profile('urn:about', 'Observation', [{ path: 'Observation.subject', type: [{ code: 'Reference', targetProfile: ['urn:p'] }] }]), profile('urn:p', 'Patient', [{ path: 'Patient.name', min: 1 }]),
    ]);
    const about = (reference: string) => ({ resource: { resourceType: 'Observation', status: 'final', code: { text: 'x' }, text, meta: { profile: ['urn:about'] }, subject: { reference } } });
    const bundle = (fullUrl: string, patient: object, ...references: string[]) => ({ resourceType: 'Bundle', type: 'collection', entry: [...references.map(about), { fullUrl, resource: { resourceType: 'Patient', id: 'a', text, ...patient } }] });
    const uuid = 'urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9';
    expect(lines(held, bundle(uuid, {}, uuid, uuid))).toEqual(['error structure Bundle.entry[0].resource.subject', 'error structure Bundle.entry[1].resource.subject']);
    expect(lines(held, bundle('http://x/fhir/Patient/a', {}, 'Patient/a', 'http://x/fhir/Patient/a', 'Patient/b'))).toEqual(['error structure Bundle.entry[0].resource.subject', 'error structure Bundle.entry[1].resource.subject']);
    expect(lines(held, bundle(uuid, { name: [{ text: 'x' }] }, uuid, 'Patient/a'))).toEqual([]);
    expect(held.validate(bundle(uuid, {}, uuid) as any)[0]!.diagnostics).toBe(`urn:about Observation.subject: the Patient ${uuid} meets none of urn:p`);
  });
  it('is asked with numbers whose text is kept', () => {
    const quantity = profilesWith([profile('urn:p', 'Observation', [{ path: 'Observation.value[x]', fixedQuantity: { value: 1.1 }, constraint: [{ key: 'v-1', severity: 'error', expression: '($this as Quantity).value > 1' }] }])]);
    const of = (number: string): object => parseJson(compactJson(Buffer.from(`{"resourceType":"Observation","status":"final","code":{"text":"x"},"text":{"status":"empty","div":"<div/>"},"valueQuantity":{"value":${number}}}`))) as object;
    expect(lines(quantity, of('1.10'), ['urn:p'])).toEqual([]);
    expect(lines(quantity, of('0.90'), ['urn:p']).toSorted()).toEqual(['error invariant Observation.value', 'error value Observation.value']);
  });
  it('breaks R4 itself, or a profile alone', () => {
    const broken = profilesWith([profile('urn:p', 'Patient', [{ path: 'Patient.contact', constraint: [{ key: 'c-1', severity: 'error', expression: 'name.exists()' }] }])]).validate({ ...claims('urn:p'), contact: [{ gender: 'male' }] } as any);
    expect(broken.map(({ diagnostics, isOfR4 }) => [diagnostics.split(' does not hold')[0], isOfR4])).toEqual([['urn:p Patient.contact: pat-1', true], ['urn:p Patient.contact: c-1', undefined]]);
  });
  it('says profile and element in its diagnostics', () => expect(profiles.validate(claims('urn:p') as any)[0]!.diagnostics).toBe('urn:p Patient.name: there must be at least 1, and there is none'));
});

describe('what cannot be used', () => {
  it('is said when it is compiled, and the rest is checked', () => {
    const profiles = profilesWith([
      profile('urn:p', 'Patient', [{ path: 'Patient.name', min: 1, constraint: [{ key: 'x-1', severity: 'error', expression: 'given.(' }] }]), profile('urn:q', 'Patient', [{ path: 'Patient.wings', min: 1 }]),
    ]);
    expect(profiles.compilePackaged()).toEqual([
      expect.stringMatching(/^urn:p Patient\.name: the expression of x-1 does not compile: /), 'urn:q, element Patient.wings: the base has no element wings here',
    ]);
    expect(lines(profiles, { resourceType: 'Patient', text }, ['urn:p'])).toEqual(['error required Patient.name', 'warning not-supported Patient']);
    expect(profiles.validate({ resourceType: 'Patient', text }, ['urn:p'])[1]!.diagnostics).toMatch(/^Patient: the profile urn:p has been checked in part: urn:p Patient\.name: the expression of x-1 does not compile: /);
    expect(profiles.validate({ resourceType: 'Patient', text }, ['urn:q'])).toEqual([
      { severity: 'error', code: 'not-found', diagnostics: 'Patient: the profile urn:q cannot be used, and has not been checked: urn:q, element Patient.wings: the base has no element wings here', expression: ['Patient'] },
    ]);
  });
});
