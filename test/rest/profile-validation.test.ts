/**
 * VALIDATION=profile and $validate over HTTP: what is refused and with which status, where the outcome says that it is, what is only said.
 * R4: validation.html, http.html#create, resource-operation-validate.html.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archive } from '../support/archive.ts';
import { useFolder } from '../support/folder.ts';
import { send, type Answer } from '../support/http.ts';
import { profile } from '../support/profiles.ts';
import { serve, useServer, type TestServer } from '../support/server.ts';

const folder = useFolder();
const file = (name: string, content: object) => ({ name: `package/${name}.json`, content: JSON.stringify(content) });
const named = 'http://example.org/named';
writeFileSync(join(folder, 'a.tgz'), archive([
  file('package', { name: 'a.b', version: '1.0.0' }),
  file('StructureDefinition-named', profile(named, 'Patient', [
    { path: 'Patient.name', min: 1 },
    { path: 'Patient.maritalStatus', binding: { strength: 'required', valueSet: 'http://example.org/status' } },
    { path: 'Patient.contact.relationship', binding: { strength: 'extensible', valueSet: 'http://example.org/status' } },
    { path: 'Patient.managingOrganization', type: [{ code: 'Reference', targetProfile: ['http://example.org/active'] }] },
  ], { id: 'named' })),
  file('StructureDefinition-active', profile('http://example.org/active', 'Organization', [{ path: 'Organization.active', min: 1 }], { id: 'active' })),
  file('ValueSet-status', { resourceType: 'ValueSet', id: 'status', url: 'http://example.org/status', status: 'active', compose: { include: [{ system: 'urn:s', concept: [{ code: 'a' }] }] } }),
]));

const a = useServer({ VALIDATION: 'profile', PACKAGES: folder });
let b: TestServer;
beforeAll(async () => {
  b = await serve(a().databaseUrl, { VALIDATION: 'profile', PACKAGES: folder });
});
afterAll(() => b.close());

const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' };
const name = [{ family: 'X' }];
const patient = (more: object = {}): any => ({ resourceType: 'Patient', text, meta: { profile: [named] }, name, ...more });
const unnamed = (more: object = {}): any => {
  const { name: _, ...rest } = patient(more);
  return rest;
};
const codeable = (code: string) => ({ coding: [{ system: 'urn:s', code }] });
const post = (resource: any, at = a().base, headers = {}): Promise<Answer> => send('POST', `${at}/${resource.resourceType}`, { body: resource, headers });
/** Severity, code and expression of each issue. */
const said = ({ json }: Answer): string[] => json.issue.map(({ severity, code, expression }: any) => `${severity} ${code}${expression === undefined ? '' : ` ${expression.join(' ')}`}`);
const total = async (type: string): Promise<number> => (await send('GET', `${a().base}/${type}?_summary=count`)).json.total;

describe('VALIDATION=profile', () => {
  const cases: [what: string, resource: object, status: number, issues: string[]][] = [
    ['what meets its profile is stored', patient(), 201, []],
    ['what a profile asks is 422', unnamed(), 422, ['error required Patient.name']],
    ['so is a required binding', patient({ maritalStatus: codeable('z') }), 422, ['error code-invalid Patient.maritalStatus']],
    ['so is a target', patient({ contained: [{ resourceType: 'Organization', id: 'o', name: 'O' }], managingOrganization: { reference: '#o' } }), 422, ['error structure Patient.managingOrganization']],
    ['the type of a target', patient({ managingOrganization: { reference: 'Practitioner/1' } }), 422, ['error value Patient.managingOrganization']],
    ['structure is 400, and profiles are not asked then', unnamed({ gender: 'nobody' }), 400, ['error code-invalid Patient.gender']],
    ['R4\'s own invariants are 400, by a claim or without', patient({ contact: [{ gender: 'male' }] }), 400, ['error invariant Patient.contact[0]']],
    ['without a claim too', { resourceType: 'Patient', text, contact: [{ gender: 'male' }] }, 400, ['error invariant Patient.contact[0]']],
    ['what is extensible warns', patient({ contact: [{ name: { text: 'y' }, relationship: [codeable('z')] }] }), 201, []],
    ['good practice warns', { resourceType: 'Patient' }, 201, []],
    ['a profile that is not known warns', patient({ meta: { profile: ['http://example.org/none'] } }), 201, []],
    ['a profile of another type is 422', { resourceType: 'Basic', text, code: { text: 'x' }, meta: { profile: [named] } }, 422, ['error structure Basic']],
    ['all that is wrong is said at once', unnamed({ maritalStatus: codeable('z'), managingOrganization: { reference: 'Practitioner/1' } }), 422, ['error code-invalid Patient.maritalStatus', 'error required Patient.name', 'error value Patient.managingOrganization']],
  ];
  it.each(cases)('%s', async (_, resource, status, issues) => {
    const before = await total((resource as any).resourceType);
    const answer = await post(resource);
    expect(answer.status, answer.text).toBe(status);
    if (status !== 201) expect(said(answer).filter((line) => line.startsWith('error')).toSorted()).toEqual(issues.toSorted());
    expect(await total((resource as any).resourceType)).toBe(before + (status === 201 ? 1 : 0));
  });

  it('holds updates and patches to the same, as they leave the resource', async () => {
    const put = (body: object): Promise<Answer> => send('PUT', `${a().base}/Patient/u`, { body });
    expect((await put(patient({ id: 'u' }))).status).toBe(201);
    expect((await put(unnamed({ id: 'u' }))).status).toBe(422);
    const patched = await send('PATCH', `${a().base}/Patient/u`, { body: [{ op: 'remove', path: '/name' }], headers: { 'content-type': 'application/json-patch+json' } });
    expect(patched.status, patched.text).toBe(422);
    expect((await send('GET', `${a().base}/Patient/u`)).json.meta.versionId).toBe('1');
  });

  it('names the entry of a transaction, of which nothing is stored then, and of a batch, of which the rest is', async () => {
    const entry = (resource: any) => ({ resource, request: { method: 'POST', url: resource.resourceType } });
    const bundle = (type: string, ...resources: object[]) => send('POST', a().base, { body: { resourceType: 'Bundle', type, entry: resources.map(entry) } });
    const before = await total('Patient');
    const transaction = await bundle('transaction', patient(), unnamed());
    expect(transaction.status).toBe(422);
    expect(said(transaction)).toContain('error required Bundle.entry[1].resource.name');
    expect(await total('Patient')).toBe(before);
    expect(said(await bundle('transaction', patient(), patient({ contact: [{ gender: 'male' }] })))).toContain('error invariant Bundle.entry[1].resource.contact[0]');
    const batch = await bundle('batch', unnamed(), patient());
    expect(batch.json.entry.map(({ response }: any) => response.status.slice(0, 3))).toEqual(['422', '201']);
    expect(batch.json.entry[0].response.outcome.issue[0].expression).toEqual(['Patient.name']);
    expect(await total('Patient')).toBe(before + 1);
  });

  it('looks into Bundles that are stored: each entry by its profile, and references between them', async () => {
    const collection = (...resources: any[]) => ({ resourceType: 'Bundle', type: 'collection', entry: resources.map((resource, n) => ({ fullUrl: `http://example.org/fhir/${resource.resourceType}/${n}`, resource: { ...resource, id: String(n) } })) });
    const organization = { resourceType: 'Organization', text, name: 'O' };
    expect(said(await post(collection(patient(), unnamed())))).toContain('error required Bundle.entry[1].resource.name');
    const answer = await post(collection(organization, patient({ managingOrganization: { reference: 'Organization/0' } })));
    expect([answer.status, said(answer)]).toEqual([422, expect.arrayContaining(['error structure Bundle.entry[1].resource.managingOrganization'])]);
    expect((await post(collection({ ...organization, active: true }, patient({ managingOrganization: { reference: 'Organization/0' } })))).status).toBe(201);
  });
});

describe('$validate', () => {
  const validate = (resource: any, query = '', at = a().base): Promise<Answer> => send('POST', `${at}/${resource.resourceType}/$validate${query}`, { body: resource });
  const parameters = (resource: object, ...more: object[]) => ({ resourceType: 'Parameters', parameter: [{ name: 'resource', resource }, ...more] });
  const withParameters = (resource: object, ...more: object[]): Promise<Answer> => send('POST', `${a().base}/Patient/$validate`, { body: parameters(resource, ...more) });

  it('says that all is well, and stores nothing', async () => {
    const before = await total('Patient');
    const answer = await validate(patient());
    expect([answer.status, said(answer)]).toEqual([200, ['information informational']]);
    expect(await total('Patient')).toBe(before);
  });
  it('says what is wrong with 200, by claims and by a profile that is asked for, in either way', async () => {
    for (const answer of [
      await validate(unnamed()), await validate({ resourceType: 'Patient', text }, `?profile=${named}`), await withParameters(unnamed()),
      await withParameters({ resourceType: 'Patient', text }, { name: 'profile', valueUri: named }),
      await send('POST', `${a().base}/Patient/$validate?profile=${named}`, { body: parameters({ resourceType: 'Patient', text }) }),
    ]) expect([answer.status, said(answer)]).toEqual([200, ['error required Patient.name']]);
  });
  it('has warnings and what cannot be told', async () => {
    expect(said(await validate({ resourceType: 'Patient' }))).toEqual(['warning invariant Patient']);
    expect(said(await validate(patient({ contact: [{ name: { text: 'y' }, relationship: [codeable('z')] }] })))).toEqual(['warning code-invalid Patient.contact[0].relationship[0]']);
    expect(said(await validate(patient({ meta: { profile: ['http://example.org/none'] } })))).toEqual(['warning not-found Patient']);
    expect(said(await validate({ resourceType: 'Patient', text }, '?profile=http://example.org/none'))).toEqual(['error not-found Patient']);
  });
  it('takes what VALIDATION would refuse', async () => expect(said(await validate(unnamed({ gender: 'nobody' })))).toEqual(['error code-invalid Patient.gender']));
  it('looks at what is stored, by GET and by POST', async () => {
    await send('PUT', `${a().base}/Patient/v`, { body: { resourceType: 'Patient', id: 'v', text } });
    for (const method of ['GET', 'POST']) {
      const url = `${a().base}/Patient/v/$validate`;
      expect(said(await send(method, url))).toEqual(['information informational']);
      expect(said(await send(method, `${url}?profile=${named}`))).toEqual(['error required Patient.name']);
    }
    expect((await send('GET', `${a().base}/Patient/none/$validate`)).status).toBe(404);
  });
  it('has modes', async () => {
    const at = `${a().base}/Patient/v/$validate`;
    expect(said(await validate(patient(), '?mode=create'))).toEqual(['information informational']);
    expect(said(await send('POST', `${at}?mode=update`, { body: patient({ id: 'v' }) }))).toEqual(['information informational']);
    expect(said(await send('POST', `${at}?mode=update`, { body: patient({ id: 'w' }) }))).toContain('error invalid Patient.id');
    expect(said(await send('POST', `${at}?mode=delete`))).toEqual(['information informational']);
    expect((await send('POST', `${a().base}/Patient/none/$validate?mode=delete`)).status).toBe(404);
    expect((await validate(patient(), '?mode=guess')).status).toBe(400);
  });
  it('is there in a batch', async () => {
    const answer = await send('POST', a().base, { body: { resourceType: 'Bundle', type: 'batch', entry: [{ resource: unnamed(), request: { method: 'POST', url: 'Patient/$validate' } }] } });
    expect(answer.json.entry[0].resource.issue.map(({ code }: any) => code)).toEqual(['required']);
  });
});

describe('what clients define', () => {
  const put = (resource: any, at = a().base): Promise<Answer> => send('PUT', `${at}/${resource.resourceType}/${resource.id}`, { body: resource });
  const definition = (id: string, element: any[], more: object = {}): any =>
    profile(`http://example.org/${id}`, 'Patient', element.map((one) => ({ id: one.path, ...one })), { id, name: id, status: 'active', abstract: false, text, ...more });
  const claims = (id: string, more: object = {}): any => ({ resourceType: 'Patient', text, meta: { profile: [`http://example.org/${id}`] }, ...more });
  const statuses = async (resource: any): Promise<number[]> => [(await post(resource, a().base)).status, (await post(resource, b.base)).status];

  it('is in use at once on both servers, and others and none as soon as that is stored', async () => {
    expect(await statuses(claims('own'))).toEqual([201, 201]);
    for (const [at, other] of [[a().base, b.base], [b.base, a().base]] as const) {
      expect((await put(definition('own', [{ path: 'Patient.name', min: 1 }]), at)).status).toBeLessThan(300);
      expect((await post(claims('own'), other)).status).toBe(422);
      expect((await post(claims('own', { name }), other)).status).toBe(201);
      expect(said(await send('POST', `${at}/Patient/$validate`, { body: claims('own') }))).toEqual(['error required Patient.name']);
      expect((await put(definition('own', [{ path: 'Patient.birthDate', min: 1 }]), at)).status).toBe(200);
      expect(said(await send('POST', `${other}/Patient/$validate`, { body: claims('own') }))).toEqual(['error required Patient.birthDate']);
      expect((await post(claims('own', { name }), other)).status).toBe(422);
      expect((await post(claims('own', { birthDate: '2020-01-01' }), other)).status).toBe(201);
      expect((await send('DELETE', `${at}/StructureDefinition/own`)).status).toBe(200);
      expect((await post(claims('own'), other)).status).toBe(201);
      expect(said(await send('POST', `${other}/Patient/$validate`, { body: claims('own') }))).toEqual(['warning not-found Patient']);
    }
  });

  it('has its faults named where it is used', async () => {
    const broken: [id: string, element: object[], more: object, fault: RegExp][] = [
      ['no-base', [], { baseDefinition: 'http://example.org/nobody' }, /its base definition http:\/\/example\.org\/nobody is unknown/],
      ['circle', [], { baseDefinition: 'http://example.org/circle' }, /is built on itself/],
      ['wider', [{ id: 'Patient.active', path: 'Patient.active', max: '*' }], {}, /max "\*" is more than "1" of the base/],
      ['wings', [{ id: 'Patient.wings', path: 'Patient.wings', min: 1 }], {}, /the base has no element wings here/],
    ];
    for (const [id, element, more, fault] of broken) {
      const stored = await put(definition(id, element.length === 0 ? [{ id: 'Patient', path: 'Patient' }] : element, more));
      expect(stored.status, stored.text).toBe(201);
      expect((await post(claims(id), b.base)).status).toBe(201);
      const answer = await send('POST', `${b.base}/Patient/$validate?profile=http://example.org/${id}`, { body: claims(id) });
      expect(answer.json.issue[0]).toMatchObject({ severity: 'error', code: 'not-found', diagnostics: expect.stringMatching(fault) });
    }
    const sliced = definition('sliced', [{ id: 'Patient.name', path: 'Patient.name', slicing: { rules: 'open' } }, { id: 'Patient.name:x', path: 'Patient.name', sliceName: 'x', min: 1 }]);
    const stored = await put(sliced);
    expect([201, 400]).toContain(stored.status);
  });

  it('decides bindings by the terminology that is stored', async () => {
    await put(definition('bound', [{ id: 'Patient.maritalStatus', path: 'Patient.maritalStatus', binding: { strength: 'required', valueSet: 'http://example.org/vs' } }]));
    const married = (code: string) => claims('bound', { maritalStatus: { coding: [{ system: 'http://example.org/cs', code }] } });
    const said1 = async (code: string): Promise<string[]> => said(await send('POST', `${b.base}/Patient/$validate`, { body: married(code) }));
    expect(await said1('b')).toContain('information informational Patient.maritalStatus');
    expect((await put({ resourceType: 'ValueSet', id: 'vs', text, url: 'http://example.org/vs', status: 'active', compose: { include: [{ system: 'http://example.org/cs' }] } })).status).toBe(201);
    expect((await put({ resourceType: 'CodeSystem', id: 'cs', text, url: 'http://example.org/cs', status: 'active', content: 'complete', concept: [{ code: 'a', concept: [{ code: 'b' }] }] })).status).toBe(201);
    expect(await said1('b')).not.toContain('information informational Patient.maritalStatus');
    expect(await said1('z')).toContain('error code-invalid Patient.maritalStatus');
    expect(await statuses(married('b'))).toEqual([201, 201]);
    expect(await statuses(married('z'))).toEqual([422, 422]);
  });
});
