/** Slices by every discriminator, and the rules of slicing. R4: profiling.html#slicing, #discriminator, #reslicing. */
import { describe, expect, it } from 'vitest';
import { typeUrl, type ElementDefinition } from '../../../src/validation/snapshot/element.ts';
import { lines, profile, profilesWith } from '../../support/profiles.ts';

type Case = [what: string, resource: object, expected: string[]];

/** Says what a Patient's or Observation's differential asks of the resources of the cases. */
function cases(type: string, element: readonly ElementDefinition[], list: readonly Case[], others: readonly object[] = []): void {
  const profiles = profilesWith([profile('urn:p', type, element), ...(others as any[])]);
  it('can be compiled', () => expect(profiles.compile('urn:p')).toEqual([]));
  const needed = type === 'Observation' ? { status: 'final', code: { text: 'x' } } : {};
  it.each(list)('%s', (_what, resource, expected) => {
    const found = lines(profiles, { resourceType: type, text: { status: 'empty', div: '<div/>' }, ...needed, ...resource }, ['urn:p']);
    expect(found).toEqual(expected);
  });
}

const sliced = (path: string, type: string, at: string, rules = 'open', ordered = false): ElementDefinition => ({ path, slicing: { discriminator: [{ type, path: at }], rules, ordered } });
const mrn = { system: 'urn:mrn', value: '1' };
const ssn = { system: 'urn:ssn', value: '2' };
const other = { system: 'urn:other', value: '3' };
const bySystem: ElementDefinition[] = [
  { path: 'Patient.identifier', sliceName: 'mrn', min: 1, max: '1' }, { path: 'Patient.identifier.system', fixedUri: 'urn:mrn', min: 1 },
  { path: 'Patient.identifier', sliceName: 'ssn', max: '1' }, { path: 'Patient.identifier.system', fixedUri: 'urn:ssn', min: 1 }, { path: 'Patient.identifier.value', min: 1, id: 'Patient.identifier:ssn.value' },
];

describe('value', () => cases('Patient', [sliced('Patient.identifier', 'value', 'system'), ...bySystem], [
  ['one of each', { identifier: [mrn, ssn] }, []],
  ['others besides', { identifier: [other, mrn, other] }, []],
  ['the slice is missing', { identifier: [ssn] }, ['error required Patient.identifier']],
  ['the element is missing', {}, ['error required Patient.identifier']],
  ['too many of a slice', { identifier: [mrn, other, mrn] }, ['error structure Patient.identifier[2]']],
  ['what the slice asks', { identifier: [mrn, { system: 'urn:ssn' }] }, ['error required Patient.identifier[1].value']],
]));

describe('rules', () => {
  describe('closed', () => cases('Patient', [sliced('Patient.identifier', 'value', 'system', 'closed'), ...bySystem], [
    ['a value of no slice', { identifier: [mrn, other] }, ['error structure Patient.identifier[1]']],
    ['values of slices', { identifier: [ssn, mrn] }, []],
  ]));
  describe('openAtEnd', () => cases('Patient', [sliced('Patient.identifier', 'value', 'system', 'openAtEnd'), ...bySystem], [
    ['others at the end', { identifier: [ssn, mrn, other, other] }, []],
    ['others before', { identifier: [mrn, other, ssn] }, ['error structure Patient.identifier[1]']],
  ]));
  describe('ordered', () => cases('Patient', [sliced('Patient.identifier', 'value', 'system', 'open', true), ...bySystem], [
    ['in order', { identifier: [mrn, other, ssn] }, []],
    ['out of order', { identifier: [ssn, mrn] }, ['error structure Patient.identifier[1]']],
  ]));
});

const codedBy = (code: string) => ({ coding: [{ system: 'urn:s', code }] });

describe('pattern', () => cases('Observation', [
  sliced('Observation.component', 'pattern', 'code'),
  { path: 'Observation.component', sliceName: 'a', min: 1 }, { path: 'Observation.component.code', patternCodeableConcept: codedBy('a') }, { path: 'Observation.component.value[x]', min: 1, id: 'Observation.component:a.value[x]' },
], [
  ['a value with more codings', { component: [{ code: { coding: [{ system: 'urn:o', code: 'z' }, ...codedBy('a').coding], text: 'A' }, valueString: 'x' }] }, []],
  ['another code', { component: [{ code: codedBy('b') }] }, ['error required Observation.component']],
  ['what the slice asks', { component: [{ code: codedBy('b') }, { code: codedBy('a') }] }, ['error required Observation.component[1].value']],
]));

describe('pattern on $this', () => cases('Observation', [
  sliced('Observation.category', 'pattern', '$this'), { path: 'Observation.category', sliceName: 'a', min: 1, max: '1', patternCodeableConcept: codedBy('a') },
], [
  ['there', { category: [codedBy('b'), codedBy('a')] }, []],
  ['not there', { category: [codedBy('b')] }, ['error required Observation.category']],
]));

describe('value deep inside', () => cases('Observation', [
  sliced('Observation.component', 'value', 'code.coding.code'), { path: 'Observation.component', sliceName: 'a', max: '1' },
  { path: 'Observation.component.code.coding', slicing: { discriminator: [{ type: 'value', path: 'code' }], rules: 'open' }, id: 'Observation.component:a.code.coding' },
  { path: 'Observation.component.code.coding', sliceName: 'own', min: 1, max: '1', id: 'Observation.component:a.code.coding:own' },
  { path: 'Observation.component.code.coding.code', fixedCode: 'a', id: 'Observation.component:a.code.coding:own.code' },
], [
  ['one', { component: [{ code: codedBy('a') }, { code: codedBy('b') }] }, []],
  ['two', { component: [{ code: codedBy('a') }, { code: codedBy('a') }] }, ['error structure Observation.component[1]']],
]));

describe('exists', () => cases('Patient', [
  sliced('Patient.name', 'exists', 'period'),
  { path: 'Patient.name', sliceName: 'past' }, { path: 'Patient.name.period', min: 1 }, { path: 'Patient.name.family', min: 1, id: 'Patient.name:past.family' },
  { path: 'Patient.name', sliceName: 'now', max: '1' }, { path: 'Patient.name.period', max: '0' },
], [
  ['one of each', { name: [{ period: { start: '2020' }, family: 'x' }, { text: 'y' }] }, []],
  ['what the one asks', { name: [{ period: { start: '2020' } }] }, ['error required Patient.name[0].family']],
  ['two without', { name: [{ text: 'x' }, { text: 'y' }] }, ['error structure Patient.name[1]']],
]));

describe('type of a choice', () => cases('Observation', [
  { path: 'Observation.valueQuantity.code', min: 1 }, { path: 'Observation.valueString', maxLength: 3 },
], [
  ['the one', { valueQuantity: { value: 1 } }, ['error required Observation.value.code']],
  ['the other', { valueString: 'long' }, ['error too-long Observation.value']],
  ['a third', { valueBoolean: true }, []],
]));

describe('type of a target', () => cases('Observation', [
  sliced('Observation.performer', 'type', 'resolve()', 'closed'),
  { path: 'Observation.performer', sliceName: 'org', max: '1', type: [{ code: 'Reference', targetProfile: [typeUrl('Organization')] }] },
  { path: 'Observation.performer', sliceName: 'person', type: [{ code: 'Reference', targetProfile: [typeUrl('Practitioner'), typeUrl('PractitionerRole')] }] },
], [
  ['one of each', { performer: [{ reference: 'Organization/1' }, { reference: 'http://x/Practitioner/1' }, { reference: 'PractitionerRole/1/_history/2' }] }, []],
  ['none of them', { performer: [{ reference: 'Patient/1' }] }, ['error structure Observation.performer[0]']],
  ['what cannot be told', { performer: [{ reference: 'urn:uuid:1b671a64-40d5-491e-99b0-da01ff1f3341' }] }, ['information informational Observation.performer[0]']],
  ['a type that is said', { performer: [{ type: 'Patient', display: 'x' }] }, ['error structure Observation.performer[0]']],
]));

describe('value in what is contained', () => cases('Observation', [
  sliced('Observation.performer', 'value', 'resolve().active'),
  { path: 'Observation.performer', sliceName: 'active', max: '1', type: [{ code: 'Reference', targetProfile: ['urn:active'] }] },
], [
  ['one', { contained: [{ resourceType: 'Practitioner', id: 'a', active: true }], performer: [{ reference: '#a' }] }, []],
  ['two', { contained: [{ resourceType: 'Practitioner', id: 'a', active: true }], performer: [{ reference: '#a' }, { reference: '#a' }] }, ['error structure Observation.performer[1]']],
  ['another', { contained: [{ resourceType: 'Practitioner', id: 'a', active: false }], performer: [{ reference: '#a' }, { reference: '#a' }] }, []],
], [profile('urn:active', 'Practitioner', [{ path: 'Practitioner.active', min: 1, fixedBoolean: true }])]));

describe('profile', () => cases('Patient', [
  sliced('Patient.identifier', 'profile', '$this', 'closed'),
  { path: 'Patient.identifier', sliceName: 'with', max: '1', type: [{ code: 'Identifier', profile: ['urn:with-system'] }] },
  { path: 'Patient.identifier', sliceName: 'without', type: [{ code: 'Identifier', profile: ['urn:no-system'] }] },
], [
  ['one of each', { identifier: [{ value: '1' }, { system: 'urn:x', value: '2' }] }, []],
  ['two with', { identifier: [{ system: 'urn:x', value: '1' }, { system: 'urn:x', value: '2' }] }, ['error structure Patient.identifier[1]']],
  ['none', { identifier: [{ use: 'old' }] }, ['error structure Patient.identifier[0]']],
], [
  profile('urn:with-system', 'Identifier', [{ path: 'Identifier.system', min: 1 }]),
  profile('urn:no-system', 'Identifier', [{ path: 'Identifier.system', max: '0' }, { path: 'Identifier.value', min: 1 }]),
]));

describe('profile of what is contained', () => cases('Observation', [
  sliced('Observation.hasMember', 'profile', 'resolve()'), { path: 'Observation.hasMember', sliceName: 'final', min: 1, type: [{ code: 'Reference', targetProfile: ['urn:final'] }] },
], [
  ['one', { contained: [{ resourceType: 'Observation', id: 'a', status: 'final', code: { text: 'x' } }], hasMember: [{ reference: '#a' }] }, []],
  ['another', { contained: [{ resourceType: 'Observation', id: 'a', status: 'amended', code: { text: 'x' } }], hasMember: [{ reference: '#a' }] }, ['error required Observation.hasMember']],
  ['elsewhere', { hasMember: [{ reference: 'Observation/1' }] }, ['information informational Observation.hasMember[0]']],
], [profile('urn:final', 'Observation', [{ path: 'Observation.status', fixedCode: 'final' }])]));

describe('a required binding', () => cases('Observation', [
  sliced('Observation.category', 'pattern', '$this'), { path: 'Observation.category', sliceName: 'a', min: 1, binding: { strength: 'required', valueSet: 'urn:vs' } },
], [
  ['there', { category: [{ coding: [{ system: 'urn:s', code: 'a' }] }] }, []],
  ['not there', { category: [{ coding: [{ system: 'urn:s', code: 'z' }] }] }, ['error required Observation.category']],
], [{ resourceType: 'ValueSet', url: 'urn:vs', compose: { include: [{ system: 'urn:s', concept: [{ code: 'a' }] }] } }]));

describe('no discriminator', () => cases('Patient', [
  { path: 'Patient.telecom', slicing: { rules: 'closed' } }, { path: 'Patient.telecom', sliceName: 'phone', max: '1' }, { path: 'Patient.telecom.system', fixedCode: 'phone', min: 1 },
], [
  ['what meets the slice', { telecom: [{ system: 'phone', value: '1' }] }, []],
  ['what does not', { telecom: [{ system: 'email', value: '1' }] }, ['error structure Patient.telecom[0]']],
]));

describe('a slice of a slice', () => cases('Patient', [
  sliced('Patient.identifier', 'value', 'system'), { path: 'Patient.identifier', sliceName: 'mrn', max: '2' }, { path: 'Patient.identifier.system', fixedUri: 'urn:mrn', min: 1 },
  { path: 'Patient.identifier', id: 'Patient.identifier:mrn', sliceName: 'mrn', slicing: { discriminator: [{ type: 'value', path: 'use' }], rules: 'open' } },
  { path: 'Patient.identifier', sliceName: 'mrn/old', max: '1' }, { path: 'Patient.identifier.use', id: 'Patient.identifier:mrn/old.use', min: 1, fixedCode: 'old' },
], [
  ['one of each', { identifier: [{ ...mrn, use: 'old' }, mrn, { ...ssn, use: 'old' }] }, []],
  ['two of the inner', { identifier: [{ ...mrn, use: 'old' }, { ...mrn, use: 'old' }] }, ['error structure Patient.identifier[1]']],
  ['three of the outer', { identifier: [mrn, mrn, mrn] }, ['error structure Patient.identifier[2]']],
]));

describe('what tells nothing', () => {
  it('is said when it is compiled', () => {
    const profiles = profilesWith([profile('urn:p', 'Patient', [sliced('Patient.identifier', 'value', 'system'), { path: 'Patient.identifier', sliceName: 'a' }])]);
    expect(profiles.compile('urn:p')).toEqual(['urn:p Patient.identifier:a: the discriminator value system tells nothing of the slice']);
    expect(lines(profiles, { resourceType: 'Patient', text: { status: 'empty', div: '<div/>' }, identifier: [mrn] }, ['urn:p'])).toEqual(['warning not-supported Patient', 'information informational Patient.identifier[0]']);
  });
});
