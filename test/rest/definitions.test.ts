/** Definitions in use can be read, and are valid R4. R4: http.html#read, structuredefinition.html, searchparameter.html, operationdefinition.html, compartmentdefinition.html. */
import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { registry } from '../../src/registry.ts';
import { createDefinitionReader } from '../../src/rest/definitions.ts';
import { brokenInvariants, structureFaults } from '../support/conformance.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';
import { isFull } from '../support/shared.ts';

const definitions = loadDefinitions();
const definition = createDefinitionReader(registry, definitions, () => undefined);
const read = (type: string, id: string): any => JSON.parse(definition(type, id)!.text);
const every = (n: number) => (_: unknown, at: number): boolean => isFull || at % n === 0;

describe('a definition is valid R4', () => {
  const types = ['Element', 'Resource', 'DomainResource', 'BackboneElement', 'xhtml', 'boolean', 'decimal', 'code', 'Extension', 'Timing', 'ElementDefinition', 'Bundle', 'Questionnaire', ...definitions.resourceTypes.filter(every(12))];
  it.each(types)('StructureDefinition/%s', { timeout: 120_000 }, (name) => {
    const structure = read('StructureDefinition', name);
    expect(structureFaults(structure)).toEqual([]);
    expect(brokenInvariants(structure, { 'snapshot.element': 'ElementDefinition' })).toEqual([]);
  });

  const parameters = definitions.resourceTypes.flatMap((type) => definitions.searchParameters(type)).map(({ url }) => url.slice(url.lastIndexOf('/') + 1)).filter(every(25));
  it('SearchParameter', { timeout: 120_000 }, () => {
    expect(parameters.length).toBeGreaterThan(100);
    for (const id of new Set(parameters)) {
      const parameter = read('SearchParameter', id);
      expect([id, ...structureFaults(parameter), ...brokenInvariants(parameter)]).toEqual([id]);
    }
  });

  it.each(['device', 'encounter', 'patient', 'practitioner', 'relatedPerson'])('CompartmentDefinition/%s', (id) => {
    const compartment = read('CompartmentDefinition', id);
    expect([...structureFaults(compartment), ...brokenInvariants(compartment)]).toEqual([]);
    expect(compartment.resource).toHaveLength(146);
  });

  const operations = registry.filter((endpoint) => endpoint.kind === 'operation').map((endpoint) => endpoint.definition.url);
  it.each(operations)('%s', (url) => {
    const operation = read('OperationDefinition', url.slice(url.lastIndexOf('/') + 1));
    expect(operation.url).toBe(url);
    expect([...structureFaults(operation), ...brokenInvariants(operation)]).toEqual([]);
  });
});

it('the check itself finds what is wrong', () => {
  const patient = read('StructureDefinition', 'Patient');
  const broken: readonly [change: object, fault: string][] = [
    [{ kind: undefined, nonsense: 1 }, 'StructureDefinition.nonsense is unknown'], [{ kind: 'nonsense' }, 'which is not in'], [{ status: ['active'] }, 'is an array'], [{ abstract: 'no' }, 'no boolean'],
  ];
  for (const [change, fault] of broken) expect(structureFaults({ ...patient, ...change }).join()).toContain(fault);
  const { status: _, ...without } = patient;
  expect(structureFaults(without)).toEqual(['StructureDefinition.status is missing']);
  const [first, ...others] = patient.snapshot.element;
  expect(brokenInvariants({ ...patient, snapshot: { element: [first, { ...others[0], definition: undefined }] } }).join()).toContain('sdf-3');
  expect(brokenInvariants({ ...patient, snapshot: { element: [{ ...first, min: undefined, max: '0x' }] } }, { 'snapshot.element': 'ElementDefinition' }).join()).toContain('eld-');
});

describe('what a definition says', () => {
  const element = (type: string, path: string): any => read('StructureDefinition', type).snapshot.element.find((one: any) => one.path === path);
  const elements: readonly [type: string, path: string, facts: object][] = [
    ['Patient', 'Patient', { min: 0, max: '*' }],
    ['Patient', 'Patient.id', { base: { path: 'Resource.id' }, type: [{ code: 'http://hl7.org/fhirpath/System.String' }] }],
    ['Patient', 'Patient.text', { base: { path: 'DomainResource.text' }, type: [{ code: 'Narrative' }] }],
    ['Patient', 'Patient.gender', { min: 0, max: '1', isSummary: true, binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender' } }],
    ['Patient', 'Patient.deceased[x]', { isModifier: true, type: [{ code: 'boolean' }, { code: 'dateTime' }] }],
    ['Patient', 'Patient.link', { max: '*', isModifier: true }],
    ['Patient', 'Patient.link.id', { base: { path: 'Element.id' } }],
    ['Patient', 'Patient.link.other', { min: 1, type: [{ code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Patient', 'http://hl7.org/fhir/StructureDefinition/RelatedPerson'] }] }],
    ['Observation', 'Observation.component.referenceRange', { contentReference: '#Observation.referenceRange' }],
    ['boolean', 'boolean.value', { type: [{ code: 'http://hl7.org/fhirpath/System.Boolean', extension: [{ valueUrl: 'boolean' }] }] }],
  ];
  it.each(elements)('%s has %s', (type, path, facts) => expect(element(type, path)).toMatchObject(facts));
  it('a StructureDefinition says what it specialises, and of what kind it is', () => {
    expect(read('StructureDefinition', 'Patient')).toMatchObject({ kind: 'resource', abstract: false, type: 'Patient', baseDefinition: 'http://hl7.org/fhir/StructureDefinition/DomainResource', derivation: 'specialization' });
    expect(read('StructureDefinition', 'Resource').baseDefinition).toBeUndefined();
  });
  it('xhtml has no extension: its cardinality is none', () => expect(element('xhtml', 'xhtml.extension')).toBeUndefined());
  const parameters: readonly [id: string, facts: object][] = [
    ['Patient-identifier', { code: 'identifier', type: 'token', base: ['Patient'], expression: 'Patient.identifier', modifier: expect.arrayContaining(['not']) }],
    ['clinical-patient', { code: 'patient', type: 'reference', target: expect.arrayContaining(['Patient']), modifier: expect.arrayContaining(['type']) }],
    ['Observation-code-value-quantity', { type: 'composite', component: [{ expression: 'code' }, { expression: expect.any(String) }] }],
    ['individual-birthdate', { type: 'date', comparator: expect.arrayContaining(['ge', 'sa']) }],
    ['Resource-lastUpdated', { code: '_lastUpdated', base: ['Resource'] }],
  ];
  it.each(parameters)('SearchParameter/%s', (id, facts) => expect(read('SearchParameter', id)).toMatchObject(facts));
  it('nothing is there by another name', () => {
    for (const [type, id] of [['StructureDefinition', 'Bot'], ['StructureDefinition', 'patient'], ['SearchParameter', 'nonsense'], ['CompartmentDefinition', 'Patient'], ['OperationDefinition', 'meta'], ['Patient', 'Patient'], ['ValueSet', 'x']] as const) {
      expect(definition(type, id), `${type}/${id}`).toBeUndefined();
    }
  });
});

describe('GET of a definition', () => {
  const server = useServer();
  const url = (path: string): string => `${server().base}/${path}`;

  it.each(['StructureDefinition/Patient', 'SearchParameter/Patient-identifier', 'CompartmentDefinition/patient', 'OperationDefinition/Resource-meta'])('%s is as a resource that is stored', async (path) => {
    const answer = await send('GET', url(path));
    const [type, id] = path.split('/');
    expect([answer.status, answer.json.resourceType, answer.json.id]).toEqual([200, type, id]);
    const { etag } = answer.headers;
    expect(etag).toMatch(/^W\/"[^"]+"$/);
    expect((await send('GET', url(path), { headers: { 'if-none-match': etag! } })).status).toBe(304);
    const head = await send('HEAD', url(path));
    expect([head.status, head.headers['etag'], head.headers['content-length'], head.text]).toEqual([200, etag, answer.headers['content-length'], '']);
    expect(Object.keys((await send('GET', url(`${path}?_elements=url`))).json)).toEqual(expect.arrayContaining(['resourceType', 'id', 'url']));
    const summary = (await send('GET', url(`${path}?_summary=true`))).json;
    expect(summary.meta.tag[0].code).toBe('SUBSETTED');
    expect((await send('GET', url(`${path}?_pretty=true`))).text).toContain('\n  "resourceType"');
    expect((await send('GET', url(`${path}/_history/1`))).status).toBe(404);
    expect((await send('GET', url(`${path}/_history`))).status).toBe(404);
  });

  it('a stored resource of that id outranks it, and uncovers it when it is deleted; searches see what is stored only', async () => {
    const path = url('SearchParameter/Patient-name');
    expect((await send('GET', url('SearchParameter?_id=Patient-name'))).json.total).toBe(0);
    expect((await send('PUT', path, { body: { resourceType: 'SearchParameter', id: 'Patient-name', url: 'urn:mine' } })).status).toBe(201);
    expect((await send('GET', path)).json.url).toBe('urn:mine');
    expect((await send('GET', url('SearchParameter?_id=Patient-name'))).json.total).toBe(1);
    expect((await send('DELETE', path)).status).toBe(200);
    expect((await send('GET', path)).json.url).toBe('http://hl7.org/fhir/SearchParameter/Patient-name');
    expect((await send('GET', `${path}/_history`)).json.total).toBe(2);
  });

  it('every definition that the CapabilityStatement names can be read', async () => {
    const { rest: [rest] } = (await send('GET', url('metadata'))).json;
    const named = new Set<string>(rest.resource.flatMap(({ profile, searchParam, operation }: any) => [profile, ...[...searchParam, ...operation].flatMap((one: any) => one.definition ?? [])]));
    for (const canonical of [...named, ...rest.compartment, ...rest.operation.map((one: any) => one.definition)]) {
      const [, type, id] = /^(?:http:\/\/hl7\.org\/fhir\/|urn:verbatim:)([A-Za-z]+)\/([A-Za-z0-9.-]+)$/.exec(canonical) ?? [];
      expect(definition(type!, id!), canonical).toBeDefined();
    }
  });
});
