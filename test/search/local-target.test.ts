/** What references lead to on this server. R4: references.html#literal. */
import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { createLocalTarget, type LocalTarget } from '../../src/search/local-target.ts';

const definitions = loadDefinitions();
const longId = 'a'.repeat(64);
const longBase = `https://example.org/${'a'.repeat(300)}`;
const cases: readonly [text: string, expected: ReturnType<LocalTarget>][] = [
  ['Patient/1', { type: 'Patient', id: '1' }], ['Patient/1/_history/2', { type: 'Patient', id: '1' }], ['Patient/1#part', { type: 'Patient', id: '1' }],
  ['https://own.example.org/fhir/Patient/a.b-c', { type: 'Patient', id: 'a.b-c' }], [`${longBase}/Patient/1`, { type: 'Patient', id: '1' }], [`Patient/${longId}`, { type: 'Patient', id: longId }],
  ['https://other.example.org/fhir/Patient/1', undefined], ['../Patient/1', undefined], [`Patient/${longId}a`, undefined], ['Nothing/1', undefined], ['patient/1', undefined],
  ['#contained', undefined], ['urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', undefined], ['Patient?identifier=1', undefined], ['', undefined],
];

describe('a reference', () => {
  const localTarget = createLocalTarget({ definitions, ownBases: ['https://own.example.org/fhir', longBase] });

  it.each(cases)('to %s is read the same each time', (text, expected) => {
    expect(localTarget(text)).toEqual(expected);
    expect(localTarget(text)).toEqual(expected);
  });

  it('is read the same when what was kept is dropped', () => {
    for (let n = 0; n < 10_000; n++) expect(localTarget(`Patient/${n}`)).toEqual({ type: 'Patient', id: String(n) });
    for (const [text, expected] of cases) expect(localTarget(text)).toEqual(expected);
  });

  it('is one of this server by its own bases, each time that one is made', () => {
    expect(createLocalTarget({ definitions, ownBases: [] })('https://own.example.org/fhir/Patient/1')).toBeUndefined();
    expect(createLocalTarget({ definitions: { hasResourceType: (name) => name === 'Nothing' }, ownBases: [] })('Nothing/1')).toEqual({ type: 'Nothing', id: '1' });
  });
});
