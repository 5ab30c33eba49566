/** Whether a code is in a ValueSet: yes, no, or it cannot be told. R4: valueset.html#compositions, terminologies-systems.html. */
import { expect, it } from 'vitest';
import type { CompactCompose } from '../../src/fhir/conformance.ts';
import { createConcepts } from '../../src/terminology/concepts.ts';

const composes: Readonly<Record<string, CompactCompose>> = {
  all: { include: [{ system: 'urn:s' }] },
  below: { include: [{ system: 'urn:s', filter: [['concept', 'is-a', 'a']] }] },
  without: { include: [{ system: 'urn:s' }], exclude: [{ system: 'urn:s', concept: ['c'] }] },
  both: { include: [{ system: 'urn:s', valueSet: ['below'] }] },
  others: { include: [{ valueSet: ['below'] }, { system: 'urn:t', concept: ['x'] }] },
  unknown: { include: [{ system: 'urn:u' }, { system: 'urn:t', concept: ['x'] }] },
  regex: { include: [{ system: 'urn:s', filter: [['code', 'regex', '.*']] }] },
  itself: { include: [{ valueSet: ['itself'] }] },
  currencies: { include: [{ system: 'urn:iso:std:iso:4217' }] },
  languages: { include: [{ system: 'urn:ietf:bcp:47' }] },
  types: { include: [{ system: 'urn:ietf:bcp:13' }] },
};
const concepts = createConcepts({ compose: (url) => composes[url], concepts: (system) => (system === 'urn:s' ? [['a', 'b', ['d', 'e']], 'c'] : undefined) });

const cases: [valueSet: string, code: string, system: string | undefined, is: boolean | undefined][] = [
  ['all', 'a', 'urn:s', true], ['all', 'e', 'urn:s', true], ['all', 'e', undefined, true], ['all', 'z', 'urn:s', false], ['all', 'a', 'urn:t', false], ['all|1.0', 'a', 'urn:s', true],
  ['below', 'a', 'urn:s', true], ['below', 'e', 'urn:s', true], ['below', 'c', 'urn:s', false],
  ['without', 'a', 'urn:s', true], ['without', 'c', 'urn:s', false],
  ['both', 'b', 'urn:s', true], ['both', 'c', 'urn:s', false],
  ['others', 'b', 'urn:s', true], ['others', 'x', 'urn:t', true], ['others', 'y', 'urn:t', false],
  ['unknown', 'x', 'urn:t', true], ['unknown', 'y', 'urn:u', undefined], ['unknown', 'y', 'urn:t', false], ['unknown', 'y', undefined, undefined],
  ['regex', 'a', 'urn:s', undefined], ['regex', 'z', 'urn:s', false], ['itself', 'a', 'urn:s', undefined], ['none', 'a', 'urn:s', undefined],
  ['currencies', 'USD', undefined, true], ['currencies', 'EUR', 'urn:iso:std:iso:4217', true], ['currencies', 'QQQ', undefined, undefined],
  ['languages', 'de-CH', undefined, true], ['languages', '?', undefined, undefined], ['types', 'text/plain', undefined, true],
];
it.each(cases)('%s has %s of %s: %s', (valueSet, code, system, is) => expect(concepts.isMember(valueSet, code, system)).toBe(is));
