/** The invariants that are written out, against fhirpath.js on the same values. R4: element.html, domainresource.html. */
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import { describe, expect, it } from 'vitest';
import { written } from '../../../src/validation/profile/invariants/written.ts';
import type { Run } from '../../../src/validation/profile/run.ts';

const of = (start: string): string => [...written.keys()].find((expression) => expression.startsWith(start))!;

const cases: [type: string, start: string, values: object[]][] = [
  ['Extension', 'extension.exists()', [{ url: 'x' }, { url: 'x', valueString: 'a' }, { url: 'x', extension: [{ url: 'y', valueString: 'a' }] }, { url: 'x', valueCode: 'a', extension: [{ url: 'y', valueString: 'a' }] }]],
  ['HumanName', 'hasValue()', [{ id: 'a' }, { text: 'x' }, { id: 'a', text: 'x' }]],
  ['ContactPoint', 'value.empty()', [{ value: '1' }, { value: '1', system: 'phone' }, { use: 'home' }]],
  ['Attachment', 'data.empty()', [{ data: 'YQ==' }, { data: 'YQ==', contentType: 'text/plain' }, { url: 'http://x' }]],
  ['Quantity', 'code.empty()', [{ code: 'mg' }, { code: 'mg', system: 'http://unitsofmeasure.org' }, { value: 1 }]],
  ['Observation', 'contained.contained', [{ contained: [{ resourceType: 'Patient' }] }, { contained: [{ resourceType: 'Patient', contained: [{ resourceType: 'Patient' }] }] }]],
  ['Observation', 'contained.meta.versionId', [{ contained: [{ resourceType: 'Patient', meta: { profile: ['x'] } }] }, { contained: [{ resourceType: 'Patient', meta: { versionId: '1' } }] }, { contained: [{ resourceType: 'Patient', meta: { lastUpdated: '2020-01-01T00:00:00Z' } }] }]],
  ['Observation', 'contained.meta.security', [{ contained: [{ resourceType: 'Patient', meta: { security: [{ code: 'a' }] } }] }, { contained: [{ resourceType: 'Patient', meta: {} }] }]],
  ['Observation', 'contained.where(', [
    { contained: [{ resourceType: 'Patient', id: 'a' }], subject: { reference: '#a' } }, { contained: [{ resourceType: 'Patient', id: 'a' }] },
    { contained: [{ resourceType: 'Patient', id: 'a' }], subject: { reference: '#b' } }, { contained: [{ resourceType: 'Provenance', id: 'a', target: [{ reference: '#' }] }] },
    { contained: [{ resourceType: 'Patient', id: 'a' }, { resourceType: 'Encounter', id: 'b', subject: { reference: '#a' } }], encounter: { reference: '#b' } },
  ]],
  ['Observation', 'text.`div`', [{}, { text: { status: 'empty', div: '<div/>' } }, { text: { status: 'empty' } }]],
  ['Reference', 'reference.startsWith', [{ reference: 'Patient/1' }, { reference: '#a' }, { reference: '#none' }, { display: 'x' }]],
];

const root = { resourceType: 'Observation', contained: [{ resourceType: 'Patient', id: 'a' }] };

describe('says the same as FHIRPath', () => {
  it.each(cases.flatMap(([type, start, values]) => values.map((value) => [type, of(start), value] as const)))('%s %s %j', (type, expression, value) => {
    const resource = type === 'Observation' ? { resourceType: type, ...value } : value;
    const env = { resource: type === 'Observation' ? resource : root, rootResource: type === 'Observation' ? resource : root };
    // R4 uses as() on lists, where FHIRPath has ofType().
    const theirs = fhirpath.evaluate(resource, { base: type, expression: expression.replaceAll('descendants().as(', 'descendants().ofType(') }, env, r4, { traceFn: () => {} }) as unknown[];
    const run: Run = { resource: env.resource as any, root: env.rootResource as any, bundles: [], issues: [], said: new Set(), hops: 0 };
    // A Reference without a text is neither right nor wrong in FHIRPath.
    expect(written.get(expression)!(resource, run)).toBe(theirs[0] ?? true);
  });

  it('of all, but for the one that means FHIR\'s boolean', () => {
    expect([...written.keys()].filter((expression) => !cases.some(([, start]) => of(start) === expression))).toEqual(["operator = 'exists' implies (answer is Boolean)"]);
  });
});
