/** Snapshots of small profiles. R4: profiling.html#snapshot, #slicing, #reslicing. */
import { describe, expect, it } from 'vitest';
import { loadConformance } from '../../../src/fhir/conformance.ts';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { baseStructures } from '../../../src/validation/snapshot/base.ts';
import { typeUrl, type ElementDefinition, type StructureDefinition } from '../../../src/validation/snapshot/element.ts';
import { createSnapshots } from '../../../src/validation/snapshot/generate.ts';
import { listOf } from '../../../src/validation/snapshot/tree.ts';

const base = baseStructures(loadDefinitions(), loadConformance());

const profile = (url: string, type: string, element: ElementDefinition[], baseDefinition = typeUrl(type)): StructureDefinition =>
  ({ resourceType: 'StructureDefinition', url, kind: 'resource', type, baseDefinition, derivation: 'constraint', differential: { element } });

/** @returns the snapshot of the last profile: ids with cardinality and types */
function snapshotOf(...profiles: StructureDefinition[]): Map<string, string> {
  const own = new Map(profiles.map((one) => [one.url, one]));
  const snapshots = createSnapshots({ definition: (url) => own.get(url) ?? base.definition(url) });
  const list = listOf(snapshots.tree(profiles.at(-1)!.url)!);
  return new Map(list.map(({ id, min, max, type = [] }) => [id!, `${min}..${max} ${type.map(({ code }) => code).join('|')}`]));
}

const bySystem = { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' };

describe('a differential', () => {
  const cases: [what: string, type: string, elements: ElementDefinition[], expected: Record<string, string | undefined>][] = [
    ['narrows an element', 'Patient', [{ path: 'Patient.birthDate', min: 1 }], { 'Patient.birthDate': '1..1 date', 'Patient.gender': '0..1 code' }],
    ['walks into a type', 'Patient', [{ path: 'Patient.name.family', min: 1 }], { 'Patient.name.family': '1..1 string', 'Patient.name.given': '0..* string', 'Patient.contact.name.family': undefined }],
    ['walks into a type within a type', 'Patient', [{ path: 'Patient.identifier.period.start', min: 1 }], { 'Patient.identifier.period.start': '1..1 dateTime', 'Patient.identifier.period.end': '0..1 dateTime' }],
    ['slices', 'Patient', [{ path: 'Patient.identifier', slicing: bySystem }, { path: 'Patient.identifier', sliceName: 'mrn', min: 1, max: '1' }, { path: 'Patient.identifier.system', min: 1 }],
      { 'Patient.identifier': '0..* Identifier', 'Patient.identifier:mrn': '1..1 Identifier', 'Patient.identifier:mrn.system': '1..1 uri', 'Patient.identifier.system': undefined }],
    ['slices again', 'Patient', [
      { path: 'Patient.identifier', slicing: bySystem }, { path: 'Patient.identifier', sliceName: 'mrn', max: '3' },
      { path: 'Patient.identifier', sliceName: 'mrn/old', max: '1' }, { id: 'Patient.identifier:mrn/old.period', path: 'Patient.identifier.period', min: 1 },
    ], { 'Patient.identifier:mrn': '0..3 Identifier', 'Patient.identifier:mrn/old': '0..1 Identifier', 'Patient.identifier:mrn/old.period': '1..1 Period' }],
    ['names a choice by its type', 'Observation', [{ path: 'Observation.valueQuantity.code', min: 1 }],
      { 'Observation.value[x]:valueQuantity': '0..1 Quantity', 'Observation.value[x]:valueQuantity.code': '1..1 code' }],
    ['demands a choice of one type', 'Observation', [{ path: 'Observation.valueQuantity', min: 1 }], { 'Observation.value[x]': '1..1 Quantity', 'Observation.value[x]:valueQuantity': '1..1 Quantity' }],
    ['narrows a choice', 'Observation', [{ path: 'Observation.value[x]', type: [{ code: 'string' }] }], { 'Observation.value[x]': '0..1 string' }],
    ['follows a content reference', 'Observation', [{ path: 'Observation.component.referenceRange.low', min: 1 }],
      { 'Observation.component.referenceRange.low': '1..1 Quantity', 'Observation.component.referenceRange.high': '0..1 Quantity', 'Observation.referenceRange.low': '0..1 Quantity' }],
    ['names an extension', 'Patient', [{ path: 'Patient.extension', sliceName: 'birthPlace', min: 1, type: [{ code: 'Extension', profile: [typeUrl('patient-birthPlace')] }] },
      { path: 'Patient.extension.value[x].city', id: 'Patient.extension:birthPlace.value[x].city', min: 1 }],
    { 'Patient.extension:birthPlace': '1..* Extension', 'Patient.extension:birthPlace.value[x]': '1..1 Address', 'Patient.extension:birthPlace.value[x].city': '1..1 string' }],
    ['copies a backbone into its slices', 'Patient', [
      { path: 'Patient.contact.name', min: 1 }, { path: 'Patient.contact', id: 'Patient.contact:next', sliceName: 'next' }, { id: 'Patient.contact:next.gender', path: 'Patient.contact.gender', min: 1 },
    ], { 'Patient.contact:next.name': '1..1 HumanName', 'Patient.contact:next.gender': '1..1 code', 'Patient.contact.gender': '0..1 code' }],
  ];
  it.each(cases)('%s', (_what, type, elements, expected) => {
    const snapshot = snapshotOf(profile('urn:a', type, elements));
    expect(Object.fromEntries(Object.keys(expected).map((id) => [id, snapshot.get(id)]))).toEqual(expected);
  });

  it('is laid on that of its base', () => {
    const first = profile('urn:a', 'Patient', [{ path: 'Patient.identifier', slicing: bySystem, min: 1 }, { path: 'Patient.identifier', sliceName: 'mrn', min: 1 }]);
    const snapshot = snapshotOf(first, profile('urn:b', 'Patient', [{ id: 'Patient.identifier:mrn.value', path: 'Patient.identifier.value', min: 1 }], 'urn:a'));
    expect(snapshot.get('Patient.identifier:mrn.value')).toBe('1..1 string');
    expect(snapshot.get('Patient.identifier:mrn')).toBe('1..* Identifier');
  });
});

describe('what cannot be', () => {
  const cases: [what: string, profiles: StructureDefinition[], message: string][] = [
    ['a definition built on itself', [profile('urn:a', 'Patient', [], 'urn:a')], 'urn:a: is built on itself'],
    ['a circle of definitions', [profile('urn:a', 'Patient', [], 'urn:b'), profile('urn:b', 'Patient', [], 'urn:a')], 'urn:b: is built on itself'],
    ['an unknown base', [profile('urn:a', 'Patient', [], 'urn:none')], 'urn:a: its base definition urn:none is unknown'],
    ['an unknown element', [profile('urn:a', 'Patient', [{ path: 'Patient.colour', min: 1 }])], 'urn:a, element Patient.colour: the base has no element colour here'],
    ['another type', [profile('urn:a', 'Patient', [{ path: 'Person.name', min: 1 }])], 'urn:a, element Person.name: is none of type Patient'],
    ['more than the base', [profile('urn:a', 'Patient', [{ path: 'Patient.birthDate', max: '*' }])], 'urn:a, element Patient.birthDate: max "*" is more than "1" of the base'],
    ['less than the base', [profile('urn:a', 'Observation', [{ path: 'Observation.status', min: 0 }])], 'urn:a, element Observation.status: min 0 is less than 1 of the base'],
    ['min over max', [profile('urn:a', 'Patient', [{ path: 'Patient.name', min: 2, max: '1' }])], 'urn:a, element Patient.name: cardinality 2..1 cannot be met'],
    ['a type that the base has not', [profile('urn:a', 'Observation', [{ path: 'Observation.value[x]', type: [{ code: 'Address' }] }])],
      'urn:a, element Observation.value[x]: type Address is none of the base\'s (Quantity, CodeableConcept, string, boolean, integer, Range, Ratio, SampledData, time, dateTime, Period)'],
    ['a way into several types', [profile('urn:a', 'Observation', [{ path: 'Observation.value[x].start', min: 1 }])],
      'urn:a, element Observation.value[x].start: value[x] has no elements, or is of several types (Quantity, CodeableConcept, string, boolean, integer, Range, Ratio, SampledData, time, dateTime, Period)'],
  ];
  it.each(cases)('%s', (_what, profiles, message) => expect(() => snapshotOf(...profiles)).toThrow(message));
});
