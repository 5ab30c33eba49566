/** Referential integrity: REFERENTIAL_INTEGRITY and CASCADE_DELETE. R4: references.html, http.html#delete; DECISIONS.md "Referential integrity". */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send, type Answer, type Options } from '../support/http.ts';
import { serve, useServer, type TestServer } from '../support/server.ts';

const enforcing = useServer({ REFERENTIAL_INTEGRITY: 'enforce', CASCADE_DELETE: 'true' });
let other: TestServer;
beforeAll(async () => {
  other = await serve(enforcing().databaseUrl, { REFERENTIAL_INTEGRITY: 'enforce' });
});
afterAll(() => other.close());
const ask = (method: string, path: string, options: Options = {}, { base }: TestServer = enforcing()): Promise<Answer> => send(method, `${base}/${path}`, options);
const put = (type: string, id: string, more: object = {}, server = enforcing()): Promise<Answer> => ask('PUT', `${type}/${id}`, { body: { resourceType: type, id, ...more } }, server);
const to = (reference: string): object => ({ reference });
const entry = (method: string, url: string, resource?: object, fullUrl?: string): object => ({ ...(fullUrl && { fullUrl }), ...(resource && { resource }), request: { method, url } });
const transaction = (...list: object[]): Promise<Answer> => ask('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry: list } });
const issues = ({ json }: Answer): [string, ...string[]][] => json.issue.map(({ code, expression = [] }: any) => [code, ...expression]);

beforeAll(async () => {
  for (const [type, id] of [['Patient', 'there'], ['Organization', 'there'], ['Organization', 'gone']] as const) expect((await put(type, id)).status).toBe(201);
  expect((await ask('DELETE', 'Organization/gone')).status).toBe(200);
});

describe('enforce: what refers to nothing', () => {
  it('is 422 with every reference that leads nowhere, and nothing is stored', async () => {
    const answer = await put('Patient', 'lost', {
      managingOrganization: to('Organization/nobody'), generalPractitioner: [to('Organization/there'), to('Practitioner/nobody')],
      // No search parameter looks here.
      contact: [{ organization: to('Organization/gone') }], contained: [{ resourceType: 'Provenance', id: 'c', target: [to('Patient/nobody')] }],
      extension: [{ url: 'http://x', valueReference: to('Basic/nobody/_history/1') }],
    });
    expect(answer.status, answer.text).toBe(422);
    expect(issues(answer).toSorted()).toEqual([
      ['not-found', 'Patient.contact[0].organization'], ['not-found', 'Patient.contained[0].target[0]'], ['not-found', 'Patient.extension[0].valueReference'],
      ['not-found', 'Patient.generalPractitioner[1]'], ['not-found', 'Patient.managingOrganization'],
    ]);
    expect(answer.json.issue[0].diagnostics).toMatch(/^"[^"]+" refers to nothing that is here \(line 1, column \d+\)$/);
    expect((await ask('GET', 'Patient/lost')).status).toBe(404);
  });

  it.each<[string, object]>([
    ['what is there, by each spelling', { link: [to('Patient/there'), to('http://localhost:8080/fhir/Patient/there'), to('Patient/there/_history/1')].map((one) => ({ other: one, type: 'seealso' })) }],
    ['itself', { link: [{ other: to('Patient/fine'), type: 'seealso' }] }],
    ['other servers, what is contained, identifiers and urns', { managingOrganization: to('http://elsewhere.example.org/fhir/Organization/nobody'), generalPractitioner: [to('#c'), { identifier: { value: 'x' } }, to('urn:uuid:0c3a6a3e-8f5e-4b53-9d6c-2f6f0a1c7e10')], contained: [{ resourceType: 'Practitioner', id: 'c' }] }],
    ['a definition in use', { extension: [{ url: 'http://x', valueReference: to('StructureDefinition/Patient') }] }],
  ])('may refer to %s', async (_name, more) => {
    const answer = await put('Patient', 'fine', more);
    expect(answer.status, answer.text).toBeLessThan(300);
  });

  it('is asked of no Bundle and no Parameters for what is inside', async () => {
    const inside = { resourceType: 'Composition', id: 'nobody', subject: to('Patient/nobody') };
    expect((await put('Bundle', 'document', { type: 'document', entry: [{ resource: inside }] })).status).toBe(201);
    expect((await ask('DELETE', 'Bundle/document')).status).toBe(200);
    expect((await put('DetectedIssue', 'uri', { status: 'final', reference: 'Patient/nobody' })).status).toBe(201);
  });

  it('is asked of patches and conditional writes too', async () => {
    const patch = { body: { managingOrganization: to('Organization/nobody') }, headers: { 'content-type': 'application/merge-patch+json' } };
    expect((await ask('PATCH', 'Patient/there', patch)).status).toBe(422);
    expect((await ask('PUT', 'Patient?_id=there', { body: { resourceType: 'Patient', managingOrganization: to('Organization/nobody') } })).status).toBe(422);
  });

  it('in a transaction is what it leaves behind: order does not count, entries are named', async () => {
    const urn = 'urn:uuid:0c3a6a3e-8f5e-4b53-9d6c-2f6f0a1c7e11';
    expect((await transaction(entry('PUT', 'Patient/t1', { resourceType: 'Patient', id: 't1', managingOrganization: to('Organization/t1') }), entry('PUT', 'Organization/t1', { resourceType: 'Organization', id: 't1' }))).status).toBe(200);
    expect((await transaction(entry('POST', 'Observation', { resourceType: 'Observation', subject: to(urn) }), entry('POST', 'Patient', { resourceType: 'Patient' }, urn))).status).toBe(200);
    const failed = await transaction(
      entry('PUT', 'Patient/t2', { resourceType: 'Patient', id: 't2', managingOrganization: to('Organization/t1') }),
      entry('PUT', 'Patient/t3', { resourceType: 'Patient', id: 't3', managingOrganization: to('Organization/t2') }),
      entry('DELETE', 'Organization/t1'));
    expect([failed.status, issues(failed)]).toEqual([422, [['not-found', 'Bundle.entry[0].resource.managingOrganization'], ['not-found', 'Bundle.entry[1].resource.managingOrganization']]]);
  });
});

describe('enforce: a deletion of what is referred to', () => {
  it('is 409 and names what refers to it, by whatever element, contained resources included', async () => {
    await put('Organization', 'held');
    await put('Patient', 'h1', { managingOrganization: to('Organization/held') });
    await put('Patient', 'h2', { contact: [{ organization: to('Organization/held') }] });
    await put('Basic', 'h3', { code: { text: 'x' }, contained: [{ resourceType: 'Patient', id: 'c', managingOrganization: to('Organization/held') }] });
    const answer = await ask('DELETE', 'Organization/held');
    expect([answer.status, answer.json.issue]).toEqual([409, [{ severity: 'error', code: 'conflict', diagnostics: 'Organization/held is referred to by Basic/h3, Patient/h1, Patient/h2' }]]);
    expect((await ask('GET', 'Organization/held')).status).toBe(200);
    expect((await ask('DELETE', 'Organization?_id=held')).status).toBe(409);
    await put('Patient', 'h1');
    await ask('DELETE', 'Patient/h2');
    expect((await transaction(entry('DELETE', 'Organization/held'), entry('PUT', 'Basic/h3', { resourceType: 'Basic', id: 'h3' }))).status).toBe(200);
  });

  it('is done where only the resource itself, or a version that is no more, refers to it', async () => {
    await put('Patient', 'self', { link: [{ other: to('Patient/self'), type: 'seealso' }] });
    expect((await ask('DELETE', 'Patient/self')).status).toBe(200);
    expect((await ask('DELETE', 'Patient/never')).status).toBe(200);
  });

  it('names twenty and says that there are more', async () => {
    await put('Organization', 'many');
    await transaction(...Array.from({ length: 30 }, (_, n) => entry('PUT', `Patient/m${n}`, { resourceType: 'Patient', id: `m${n}`, managingOrganization: to('Organization/many') })));
    const { json } = await ask('DELETE', 'Organization/many');
    expect([json.issue[0].diagnostics.split(', ').length, json.issue[0].diagnostics.endsWith(' and more')]).toEqual([20, true]);
  });
});

describe('_cascade=delete', () => {
  const chain = async (name: string): Promise<void> => {
    await put('Organization', name);
    await put('Patient', name, { managingOrganization: to(`Organization/${name}`) });
    await put('Observation', name, { status: 'final', subject: to(`Patient/${name}`), performer: [to(`Organization/${name}`)] });
    await put('Provenance', name, { target: [to(`Observation/${name}`)] });
  };
  const all = (name: string): string[] => ['Observation', 'Organization', 'Patient', 'Provenance'].map((type) => `${type}/${name}`);

  it('deletes all that refers to it, and says what', async () => {
    await chain('c1');
    const answer = await ask('DELETE', 'Organization/c1?_cascade=delete');
    expect([answer.status, answer.json.issue.map(({ diagnostics }: any) => diagnostics.slice('Deleted '.length)).toSorted()]).toEqual([200, all('c1')]);
    for (const path of all('c1')) expect((await ask('GET', path)).status, path).toBe(410);
  });

  it('in a transaction and by criteria; with -dry-run it says what would go', async () => {
    await chain('c2');
    const dry = await ask('DELETE', 'Organization/c2?_cascade=delete&-dry-run=true');
    expect(dry.json.issue).toHaveLength(4);
    for (const path of all('c2')) expect((await ask('GET', path)).status, path).toBe(200);
    expect((await transaction(entry('DELETE', 'Patient?_id=c2&_cascade=delete'))).status).toBe(200);
    expect(await Promise.all(all('c2').map(async (path) => (await ask('GET', path)).status))).toEqual([410, 200, 410, 410]);
  });

  it('follows a circle to where it began', async () => {
    await transaction(...['x', 'y'].map((id) => entry('PUT', `Patient/${id}`, { resourceType: 'Patient', id, link: [{ other: to(`Patient/${id === 'x' ? 'y' : 'x'}`), type: 'seealso' }] })));
    expect((await ask('DELETE', 'Patient/x')).status).toBe(409);
    expect((await ask('DELETE', 'Patient/x?_cascade=delete')).json.issue).toHaveLength(2);
  });

  it('is 403 where CASCADE_DELETE is off, and 400 for any other value or on another method', async () => {
    expect((await ask('DELETE', 'Patient/there?_cascade=delete', {}, other)).status).toBe(403);
    expect((await ask('DELETE', 'Patient/there?_cascade=everything')).status).toBe(400);
    expect((await ask('PUT', 'Patient/there?_cascade=delete', { body: { resourceType: 'Patient', id: 'there' } })).status).toBe(400);
  });
});

describe('at the same time', () => {
  it('of a deletion and a reference to the same resource one loses, on two servers', { timeout: 60_000 }, async () => {
    let [kept, lost] = [0, 0];
    for (let n = 0; n < 25; n++) {
      const id = `race-${n}`;
      await put('Organization', id);
      const [gone, made] = await Promise.all([ask('DELETE', `Organization/${id}`), put('Patient', id, { managingOrganization: to(`Organization/${id}`) }, other)]);
      expect([[200, 422], [409, 201]], `${gone.status} ${made.status}`).toContainEqual([gone.status, made.status]);
      expect((await ask('GET', `Organization/${id}`)).status).toBe(made.status === 201 ? 200 : 410);
      if (made.status === 201) kept++;
      else lost++;
    }
    expect(kept + lost).toBe(25);
  });

  it('a writer of a reference keeps the target from being deleted until it is done', async () => {
    await put('Organization', 'locked');
    const client = new pg.Client({ connectionString: enforcing().databaseUrl });
    await client.connect();
    await client.query('begin');
    await client.query("select from resource where type = 'Organization' and id = 'locked' for key share");
    const deletion = ask('DELETE', 'Organization/locked');
    const referring = await put('Patient', 'locking', { managingOrganization: to('Organization/locked') });
    expect(referring.status).toBe(201);
    await client.query('commit');
    await client.end();
    expect((await deletion).status).toBe(409);
  });
});

describe('warn', () => {
  const warning = useServer({ REFERENTIAL_INTEGRITY: 'warn' });
  const lost = { resourceType: 'Patient', id: 'w', managingOrganization: to('Organization/nobody') };

  it('says so in a header, or in the outcome where there is one, and stores', async () => {
    const shown = await ask('PUT', 'Patient/w', { body: lost }, warning());
    expect([shown.status, shown.json.id, shown.headers['warning']]).toEqual([201, 'w', '199 - "Patient.managingOrganization: \'Organization/nobody\' refers to nothing that is here"']);
    const outcome = await ask('PUT', 'Patient/w', { body: { ...lost, active: true }, headers: { prefer: 'return=OperationOutcome' } }, warning());
    expect([outcome.status, outcome.headers['warning'], outcome.json.issue[1]]).toEqual([200, undefined, { severity: 'warning', code: 'not-found', diagnostics: '"Organization/nobody" refers to nothing that is here', expression: ['Patient.managingOrganization'] }]);
    expect((await ask('PUT', 'Patient/w', { body: { ...lost, active: false }, headers: { prefer: 'return=minimal' } }, warning())).headers['warning']).toContain('nobody');
    const bundle = await ask('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry: [entry('PUT', 'Patient/w', lost), entry('PUT', 'Patient/v', { resourceType: 'Patient', id: 'v' })] } }, warning());
    expect(bundle.json.entry.map(({ response }: any) => response.outcome?.issue[0].expression)).toEqual([['Bundle.entry[0].resource.managingOrganization'], undefined]);
  });

  it('says what still refers to what was deleted', async () => {
    await put('Organization', 'o', {}, warning());
    await put('Patient', 'p', { managingOrganization: to('Organization/o') }, warning());
    const answer = await ask('DELETE', 'Organization/o', {}, warning());
    expect(answer.json.issue.map(({ severity, diagnostics }: any) => [severity, diagnostics])).toEqual([['information', 'Deleted Organization/o'], ['warning', 'Organization/o is referred to by Patient/p']]);
  });

  it('the CapabilityStatement states the policy', async () => {
    const policy = async (server: TestServer): Promise<string[]> => (await ask('GET', 'metadata', {}, server)).json.rest[0].resource[0].referencePolicy;
    expect([await policy(warning()), await policy(enforcing())]).toEqual([['literal', 'logical'], ['literal', 'logical', 'enforced']]);
  });
});
