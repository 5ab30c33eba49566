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
  ['ContactPoint', 'value.empty() or system', [{ value: '1' }, { value: '1', system: 'phone' }, { use: 'home' }]],
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
  ['Period', 'start.hasValue()', [
    { start: '2020-01-01' }, { end: '2020-01-01' }, { start: '2020-01-02', end: '2020-01-01' }, { start: '2020-01-01', end: '2020-01-01' }, { start: '2019', end: '2020' }, { start: '2020', end: '2019' },
    { start: '2020-03', end: '2020-02' }, { start: '2020', end: '2020-02' }, { start: '2021', end: '2020-02' }, { start: '2020-01-01T00:00:00Z', end: '2020-01-01T01:00:00+02:00' },
    { start: '2020-01-01T00:00:00Z', end: '2020-01-01T00:00:00.500Z' }, { start: '2020-01-01T10:00:00Z', end: '2020-01-01' },
  ]],
  ['Observation', 'dataAbsentReason.empty()', [{}, { dataAbsentReason: {} }, { valueString: 'x' }, { valueString: 'x', dataAbsentReason: { text: 'x' } }, { valueset: 'x', dataAbsentReason: { text: 'x' } }, { _valueDateTime: { extension: [{ url: 'urn:x', valueCode: 'a' }] }, dataAbsentReason: { text: 'x' } }]],
  ['Observation', 'value.empty() or component', [
    {}, { valueString: 'x' }, { component: [{ code: { text: 'x' } }] }, { valueString: 'x', code: { coding: [{ code: 'a' }] }, component: [{ code: { coding: [{ code: 'a' }] } }] },
    { valueString: 'x', code: { coding: [{ code: 'a' }] }, component: [{ code: { coding: [{ code: 'b' }] } }] },
  ]],
  ['Questionnaire', 'descendants().linkId', [{}, { item: [{ linkId: 'a' }, { linkId: 'b', item: [{ linkId: 'c' }] }] }, { item: [{ linkId: 'a' }, { linkId: 'b', item: [{ linkId: 'a' }] }] }]],
  ['CodeSystem', 'concept.code.combine', [{}, { concept: [{ code: 'a', concept: [{ code: 'b' }] }, { code: 'c' }] }, { concept: [{ code: 'a' }, { code: 'a' }] }, { concept: [{ code: 'a', concept: [{ code: 'b', concept: [{ code: 'a' }] }] }] }, { concept: [{ code: 'a', concept: [{ code: 'b' }, { code: 'b' }] }] }]],
  ['Bundle', "(type = 'history')", [
    { type: 'history', entry: [{ fullUrl: 'urn:a' }, { fullUrl: 'urn:a' }] }, { type: 'collection', entry: [{ fullUrl: 'urn:a' }, { fullUrl: 'urn:a' }] }, { type: 'collection', entry: [{ fullUrl: 'urn:a' }, { fullUrl: 'urn:b' }, {}, {}] },
    { type: 'collection', entry: [{ fullUrl: 'urn:a', resource: { resourceType: 'Patient', meta: { versionId: '1' } } }, { fullUrl: 'urn:a', resource: { resourceType: 'Patient', meta: { versionId: '2' } } }] },
  ]],
];

const root = { resourceType: 'Observation', contained: [{ resourceType: 'Patient', id: 'a' }] };

describe('says the same as FHIRPath', () => {
  it.each(cases.flatMap(([type, start, values]) => values.map((value) => [type, of(start), value] as const)))('%s %s %j', (type, expression, value) => {
    const isResource = ['Observation', 'Questionnaire', 'CodeSystem', 'Bundle'].includes(type);
    const resource = isResource ? { resourceType: type, ...value } : value;
    const env = { resource: isResource ? resource : root, rootResource: isResource ? resource : root };
    // R4 uses as() on lists, where FHIRPath has ofType().
    const theirs = fhirpath.evaluate(resource, { base: type, expression: expression.replaceAll('descendants().as(', 'descendants().ofType(') }, env, r4, { traceFn: () => {} }) as unknown[];
    const run: Run = { resource: env.resource as any, root: env.rootResource as any, bundles: [], issues: [], said: new Set(), hops: 0, known: new Map() };
    // A Reference without a text is neither right nor wrong in FHIRPath.
    const ours = written.get(expression)!(resource, run);
    // What is left to FHIRPath is the same by nature.
    if (ours !== undefined) expect(ours).toBe(theirs[0] ?? true);
  });

  it('but for fractions of a second of one digit, which fhirpath.js takes for milliseconds', () => {
    expect(written.get(of('start.hasValue()'))!({ start: '2020-01-01T00:00:00.6Z', end: '2020-01-01T00:00:00.500Z' }, {} as Run)).toBe(false);
  });

  it('of all, but for the one that means FHIR\'s boolean', () => {
    expect([...written.keys()].filter((expression) => !cases.some(([, start]) => of(start) === expression))).toEqual(["operator = 'exists' implies (answer is Boolean)"]);
  });
});
