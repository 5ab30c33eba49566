/** transaction and batch. R4: http.html#transaction, #trules, #brules; DECISIONS.md "Bundles". */
import { describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { hasShared, readShared } from '../support/shared.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const url = (path: string): string => `${server().base}/${path}`;
const get = (path: string): Promise<Answer> => send('GET', url(path));

interface Entry {
  fullUrl?: string;
  resource?: object;
  request: { method: string; url: string; [condition: string]: string };
}
const bundle = (type: 'transaction' | 'batch', entry: Entry[], headers: Record<string, string> = {}): Promise<Answer> =>
  send('POST', server().base, { body: { resourceType: 'Bundle', type, entry }, headers });
const transaction = (...entry: Entry[]): Promise<Answer> => bundle('transaction', entry);
const post = (resource: object, more: Partial<Entry> = {}, conditions: Record<string, string> = {}): Entry =>
  ({ resource, request: { method: 'POST', url: (resource as { resourceType: string }).resourceType, ...conditions }, ...more });
const put = (resource: { resourceType: string; id: string }, more: Partial<Entry> = {}, conditions: Record<string, string> = {}): Entry =>
  ({ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}`, ...conditions }, ...more });
const patient = (more: object = {}): { resourceType: string; id: string } => ({ resourceType: 'Patient', id: 'x', ...more });
const observation = (reference: string, more: object = {}): object => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference }, ...more });
const statuses = (answer: Answer): string[] => answer.json.entry.map((entry: any) => entry.response.status);
const count = async (type: string): Promise<number> => (await get(`${type}?_summary=count`)).json.total;
const urn = 'urn:uuid:88f151c0-a954-468a-88bd-5ae15c08e059';

describe('a transaction', () => {
  it('answers in the order of the request, by R4 locations and statuses', async () => {
    await send('PUT', url('Patient/there'), { body: patient({ id: 'there' }) });
    const answer = await transaction(
      { request: { method: 'GET', url: 'Patient/there' } },
      put(patient({ id: 'there', active: true })),
      post(patient(), { fullUrl: urn }),
      { request: { method: 'DELETE', url: '/Patient/absent' } },
      put(patient({ id: 'new' })),
    );
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json).toMatchObject({ resourceType: 'Bundle', type: 'transaction-response' });
    expect(statuses(answer)).toEqual(['200 OK', '200 OK', '201 Created', '204 No Content', '201 Created']);
    expect(answer.json.entry[0].resource).toMatchObject({ id: 'there', active: true });
    expect(answer.json.entry[1].response).toMatchObject({ location: 'Patient/there/_history/2', etag: 'W/"2"', lastModified: expect.stringMatching(/\.\d{3}Z$/) });
    expect(answer.json.entry[2].response.location).toMatch(/^Patient\/[0-9a-f-]{36}\/_history\/1$/);
    const stamps = answer.json.entry.filter((entry: any) => entry.response.lastModified && !entry.resource).map((entry: any) => entry.response.lastModified);
    expect(new Set(stamps).size).toBe(1);
  });

  it('rewrites references by element type: Reference, uri, url and links in narrative, never canonical or string', async () => {
    const answer = await transaction(
      post(patient(), { fullUrl: urn }),
      post({
        resourceType: 'Observation', status: 'final', code: { text: urn },
        text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${urn}">p</a> ${urn}</div>` },
        identifier: [{ system: urn, value: urn }], subject: { reference: urn, display: urn }, focus: [{ reference: `${urn}` }],
        extension: [{ url: 'http://x', valueUri: urn }, { url: 'http://x', valueCanonical: urn }, { url: 'http://x', valueString: urn }],
        contained: [{ resourceType: 'Specimen', id: 's', subject: { reference: urn } }],
      }),
    );
    const target = answer.json.entry[0].response.location.replace(/\/_history.*/, '');
    const { json } = await get(answer.json.entry[1].response.location);
    expect(json).toMatchObject({
      subject: { reference: target, display: urn }, focus: [{ reference: target }], identifier: [{ system: target, value: urn }], code: { text: urn },
      extension: [{ valueUri: target }, { valueCanonical: urn }, { valueString: urn }], contained: [{ subject: { reference: target } }],
    });
    expect(json.text.div).toBe(`<div xmlns="http://www.w3.org/1999/xhtml"><a href="${target}">p</a> ${urn}</div>`);
    expect((await get(`Observation?subject=${target}`)).json.total).toBe(1);
  });

  it('rewrites uris with a fragment and however they are escaped', async () => {
    const uri = (text: string): object => ({ url: 'http://x', valueUri: text });
    const body = JSON.stringify({
      resourceType: 'Bundle', type: 'transaction', entry: [
        post(patient(), { fullUrl: urn }),
        post(observation(urn, { extension: [uri(`${urn}#part`), uri('ESCAPED'), uri('urn:uuid:other'), uri('urn:oid:1.2')] })),
      ],
    }).replace('ESCAPED', urn.replace(':', '\\u003a').replace('u', '\\u0075'));
    const answer = await send('POST', server().base, { body });
    const target = answer.json.entry[0].response.location.replace(/\/_history.*/, '');
    const { json } = await get(answer.json.entry[1].response.location);
    expect(json.extension.map(({ valueUri }: { valueUri: string }) => valueUri)).toEqual([`${target}#part`, target, 'urn:uuid:other', 'urn:oid:1.2']);
  });

  it('resolves relative references within the base of the entry, and leaves other bases alone', async () => {
    const answer = await transaction(
      post(patient(), { fullUrl: 'http://old.example.org/fhir/Patient/7' }),
      post(observation('Patient/7', { extension: [{ url: 'http://x', valueUri: 'Patient/7' }] }), { fullUrl: 'http://old.example.org/fhir/Observation/8' }),
      post(observation('http://old.example.org/fhir/Patient/7')),
      post(observation('http://other.example.org/fhir/Patient/7')),
      post(observation('Patient/7', { extension: [{ url: 'http://x', valueUri: 'Patient/7' }] })),
    );
    const target = answer.json.entry[0].response.location.replace(/\/_history.*/, '');
    const subjects = await Promise.all(answer.json.entry.slice(1).map(async (entry: any) => (await get(entry.response.location)).json.subject.reference));
    expect(subjects).toEqual([target, target, 'http://other.example.org/fhir/Patient/7', 'Patient/7']);
    const uris = await Promise.all([1, 4].map(async (n) => (await get(answer.json.entry[n].response.location)).json.extension[0].valueUri));
    expect(uris).toEqual([target, 'Patient/7']);
  });

  const failing: readonly [name: string, entry: Entry, status: number, expression: string][] = [
    ['a resource that is none', post({ resourceType: 'Patientt' }), 400, 'Bundle.entry[1]'],
    ['another type in the url', { resource: patient(), request: { method: 'POST', url: 'Observation' } }, 400, 'Bundle.entry[1].resource.resourceType'],
    ['no method', { resource: patient(), request: { method: '', url: 'Patient' } }, 400, 'Bundle.entry[1].request.method'],
    ['a url elsewhere', { resource: patient(), request: { method: 'POST', url: 'http://elsewhere.example.org/Patient' } }, 400, 'Bundle.entry[1].request.url'],
    ['no resource', { request: { method: 'POST', url: 'Patient' } }, 400, 'Bundle.entry[1].resource'],
    ['PUT without id', { resource: { resourceType: 'Patient' }, request: { method: 'PUT', url: 'Patient/a' } }, 400, 'Bundle.entry[1].resource'],
    ['ifMatch of another version', put(patient({ id: 'first' }), {}, { ifMatch: 'W/"9"' }), 412, 'Bundle.entry[1]'],
    ['a read of nothing', { request: { method: 'GET', url: 'Patient/nobody' } }, 404, 'Bundle.entry[1]'],
    ['a conditional reference to nothing', post(observation('Patient?identifier=nobody')), 412, 'Bundle.entry[1].resource'],
    ['a conditional reference that says nothing', post(observation('Patient?nonsense=1')), 400, ''],
    ['the same resource twice', put(patient({ id: 'fresh' })), 400, 'Bundle.entry[0]'],
  ];
  it.each(failing)('fails whole for %s, naming the entry', async (_name, entry, status, expression) => {
    await send('PUT', url('Patient/first'), { body: patient({ id: 'first' }) });
    const before = await count('Patient');
    const answer = await transaction(put(patient({ id: 'fresh' })), entry);
    expect([answer.status, answer.json.resourceType], answer.text).toEqual([status, 'OperationOutcome']);
    if (expression !== '') expect(answer.json.issue[0].expression.join()).toContain(expression);
    expect(await count('Patient')).toBe(before);
    expect((await get('Patient/fresh')).status).toBe(404);
  });

  it('an empty one is 200', async () => {
    const answer = await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction' } });
    expect([answer.status, answer.json.entry]).toEqual([200, undefined]);
  });

  const bodies: readonly [name: string, body: unknown][] = [
    ['no type', { resourceType: 'Bundle' }], ['a collection', { resourceType: 'Bundle', type: 'collection' }], ['a Patient', patient()], ['entry is no array', { resourceType: 'Bundle', type: 'batch', entry: {} }],
    ['an entry is null', '{"resourceType":"Bundle","type":"batch","entry":[null]}'], ['no request', { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: patient() }] }],
  ];
  it.each(bodies)('is 400: %s', async (_name, body) => {
    const answer = await send('POST', server().base, { body });
    expect([answer.status, answer.json.resourceType]).toEqual([400, 'OperationOutcome']);
  });

  it('gives the resources back where the client prefers so', async () => {
    expect((await bundle('transaction', [post(patient())], { prefer: 'return=representation' })).json.entry[0].resource).toMatchObject({ resourceType: 'Patient', meta: { versionId: '1' } });
    expect((await bundle('transaction', [post(patient())])).json.entry[0].resource).toBeUndefined();
  });

  it('deletes first: a DELETE and a POST of the same identifier', async () => {
    await send('PUT', url('Patient/old'), { body: patient({ id: 'old', identifier: [{ value: 'renewed' }] }) });
    const answer = await transaction(
      post(patient({ identifier: [{ value: 'renewed' }] }), {}, { ifNoneExist: 'identifier=renewed' }), { request: { method: 'DELETE', url: 'Patient/old' } },
    );
    expect(statuses(answer)).toEqual(['201 Created', '204 No Content']);
  });
});

describe('conditional creates and references in a transaction', () => {
  it('the reference finds what is stored, what the Bundle creates, and what it changes', async () => {
    await send('PUT', url('Patient/stored'), { body: patient({ id: 'stored', identifier: [{ system: 'http://y', value: '1' }] }) });
    const answer = await transaction(
      post(observation('Patient?identifier=http://y|1')), post(observation('Patient?identifier=http://y|2')), post(patient({ identifier: [{ system: 'http://y', value: '2' }] })),
      post(observation('Patient?identifier=http%3A%2F%2Fy%7C3')), put(patient({ id: 'moved', identifier: [{ system: 'http://y', value: '3' }] })),
    );
    expect(answer.status, answer.text).toBe(200);
    const subjects = await Promise.all([0, 1, 3].map(async (n) => (await get(answer.json.entry[n].response.location)).json.subject.reference));
    expect(subjects).toEqual(['Patient/stored', answer.json.entry[2].response.location.replace(/\/_history.*/, ''), 'Patient/moved']);
  });

  it('a resource that the Bundle deletes or changes away is not found', async () => {
    await send('PUT', url('Patient/away'), { body: patient({ id: 'away', identifier: [{ value: 'away' }] }) });
    expect((await transaction(put(patient({ id: 'away' })), post(observation('Patient?identifier=away')))).status).toBe(412);
    expect((await transaction({ request: { method: 'DELETE', url: 'Patient/away' } }, post(observation('Patient?identifier=away')))).status).toBe(412);
  });

  it('of two equal ifNoneExist in one Bundle the second is the first, and references to it follow', async () => {
    const create = (fullUrl: string): Entry => post(patient({ identifier: [{ value: 'twin' }] }), { fullUrl }, { ifNoneExist: 'identifier=twin' });
    const second = 'urn:uuid:11111111-1111-4111-8111-111111111111';
    const answer = await transaction(create(urn), create(second), post(observation(second)));
    expect(statuses(answer)).toEqual(['201 Created', '200 OK', '201 Created']);
    expect(answer.json.entry[1].response.location).toBe(answer.json.entry[0].response.location);
    expect((await get('Patient?identifier=twin')).json.total).toBe(1);
    expect((await get(answer.json.entry[2].response.location)).json.subject.reference).toBe(answer.json.entry[0].response.location.replace(/\/_history.*/, ''));
    const again = await transaction(create(urn), post(observation(urn)));
    expect(statuses(again)).toEqual(['200 OK', '201 Created']);
  });

  it('many clients with the same ifNoneExist make one resource', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () =>
      transaction(post(patient({ identifier: [{ value: 'raced' }] }), { fullUrl: urn }, { ifNoneExist: 'identifier=raced' }), post(observation(urn)))));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect((await get('Patient?identifier=raced')).json.total).toBe(1);
    const patientId = (await get('Patient?identifier=raced')).json.entry[0].resource.id;
    expect((await get(`Observation?subject=Patient/${patientId}`)).json.total).toBe(10);
  });

  it('transactions that write the same resources in opposite orders all succeed', async () => {
    const names = Array.from({ length: 10 }, (_, n) => `order-${n}`);
    const answers = await Promise.all(Array.from({ length: 12 }, (_, n) =>
      transaction(...(n % 2 === 0 ? names : names.toReversed()).map((id) => put(patient({ id, name: [{ family: `by${n}` }] }))))));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    // Each was carried out as a whole: all ten are of one writer.
    const families = new Set((await get(`Patient?_id=${names.join()}`)).json.entry.map((entry: any) => entry.resource.name[0].family));
    expect(families.size).toBe(1);
  });
});

describe('conditional writes and patches in a transaction', () => {
  const identified = (value: string, more: object = {}): object => ({ resourceType: 'Patient', identifier: [{ system: 'http://z', value }], ...more });
  const at = (value: string): string => `Patient?identifier=http://z|${value}`;
  const request = (method: string, target: string, resource?: object, more: object = {}): Entry => ({ request: { method, url: target, ...more }, ...(resource && { resource }) });
  const parameters = (...operations: [path: string, name: string, value: object][]): object => ({
    resourceType: 'Parameters',
    parameter: operations.map(([path, name, value]) => ({ name: 'operation', part: [{ name: 'type', valueCode: 'add' }, { name: 'path', valueString: path }, { name: 'name', valueString: name }, { name: 'value', ...value }] })),
  });
  const activate = parameters(['Patient', 'active', { valueBoolean: true }]);
  const binary = (contentType: string, patch: unknown): object => ({ resourceType: 'Binary', contentType, data: Buffer.from(JSON.stringify(patch)).toString('base64') });
  const store = (id: string, value = id): Promise<Answer> => send('PUT', url(`Patient/${id}`), { body: identified(value, { id }) });

  it('PUT, PATCH and DELETE by criteria, each at its own step', async () => {
    for (const id of ['t-put', 't-patch', 't-delete']) await store(id);
    const answer = await transaction(
      request('PUT', at('t-put'), identified('t-put', { active: true })), request('PUT', at('t-new'), identified('t-new')), request('PATCH', at('t-patch'), activate),
      request('DELETE', at('t-delete')), request('DELETE', at('t-nothing')),
    );
    expect(answer.status, answer.text).toBe(200);
    expect(statuses(answer)).toEqual(['200 OK', '201 Created', '200 OK', '204 No Content', '204 No Content']);
    expect(answer.json.entry.map(({ response }: any) => [response.location?.replace(/[0-9a-f-]{36}/, 'new'), response.etag])).toEqual([
      ['Patient/t-put/_history/2', 'W/"2"'], ['Patient/new/_history/1', 'W/"1"'], ['Patient/t-patch/_history/2', 'W/"2"'], [undefined, 'W/"2"'], [undefined, undefined],
    ]);
    expect((await get('Patient/t-patch')).json.active).toBe(true);
    expect((await get('Patient/t-delete')).status).toBe(410);
  });

  it('patches in three languages; a JSON Patch and a merge patch are a Binary', async () => {
    for (const id of ['l-1', 'l-2', 'l-3']) await store(id);
    const answer = await bundle('transaction', [
      request('PATCH', 'Patient/l-1', activate), request('PATCH', 'Patient/l-2', binary('application/json-patch+json', [{ op: 'add', path: '/active', value: true }])),
      request('PATCH', 'Patient/l-3', binary('application/merge-patch+json; charset=utf-8', { active: true }), { ifMatch: 'W/"1"' }),
    ], { prefer: 'return=representation' });
    expect(answer.json.entry.map((entry: any) => [entry.response.status, entry.resource.active])).toEqual([['200 OK', true], ['200 OK', true], ['200 OK', true]]);
  });

  it('references in a patch follow the entries, in every language', async () => {
    for (const id of ['r-1', 'r-2']) await send('PUT', url(`Observation/${id}`), { body: { ...observation('Patient/1'), id, encounter: { reference: 'Encounter/1' }, performer: [{ reference: 'Patient?identifier=nobody' }] } });
    await store('r-stored');
    const answer = await transaction(
      post(patient(), { fullUrl: urn }),
      request('PATCH', 'Observation/r-1', parameters(['Observation', 'focus', { valueReference: { reference: urn } }], ['Observation', 'performer', { valueReference: { reference: 'Patient?identifier=r-stored' } }])),
      { ...request('PATCH', 'Observation/r-2', binary('application/json-patch+json', [{ op: 'replace', path: '/subject/reference', value: urn }])), fullUrl: 'http://old.example.org/fhir/Observation/r-2' },
      post({ resourceType: 'Encounter', status: 'planned', class: { code: 'x' } }, { fullUrl: 'http://old.example.org/fhir/Encounter/1' }),
    );
    expect(answer.status, answer.text).toBe(200);
    const target = answer.json.entry[0].response.location.replace(/\/_history.*/, '');
    expect((await get('Observation/r-1')).json).toMatchObject({ focus: [{ reference: target }], performer: [{ reference: 'Patient?identifier=nobody' }, { reference: 'Patient/r-stored' }], subject: { reference: 'Patient/1' } });
    // What was stored before is no matter of the Bundle's.
    expect((await get('Observation/r-2')).json).toMatchObject({ subject: { reference: target }, encounter: { reference: 'Encounter/1' } });
    expect((await get(`Observation?subject=${target}`)).json.total).toBe(1);
  });

  it('a conditional PUT is what references to its entry become, and what conditional references find', async () => {
    await store('c-known');
    const answer = await transaction(
      { ...request('PUT', at('c-known'), identified('c-known', { active: true })), fullUrl: urn }, post(observation(urn)), request('PUT', at('c-new'), identified('c-new')), post(observation(at('c-new'))),
    );
    expect((await get(answer.json.entry[1].response.location)).json.subject.reference).toBe('Patient/c-known');
    expect((await get(answer.json.entry[3].response.location)).json.subject.reference).toBe(answer.json.entry[2].response.location.replace(/\/_history.*/, ''));
  });

  it('steps see what the steps before them did', async () => {
    await store('s-1');
    // Deleted first, so that neither the create nor the update finds it.
    const renewed = await transaction(post(identified('s-1'), {}, { ifNoneExist: 'identifier=s-1' }), request('DELETE', at('s-1')));
    expect(statuses(renewed)).toEqual(['201 Created', '204 No Content']);
    const again = await transaction(request('PUT', at('s-1'), identified('s-1')), request('DELETE', at('s-1')));
    expect(statuses(again)).toEqual(['201 Created', '204 No Content']);
    // Three match: those that the Bundle itself moves away do not count.
    for (const id of ['m-1', 'm-2', 'm-3']) await store(id, 'm');
    const moved = await transaction(put({ ...identified('m-other'), resourceType: 'Patient', id: 'm-1' }), put({ ...identified('m-other'), resourceType: 'Patient', id: 'm-2' }), request('PATCH', at('m'), activate));
    expect(statuses(moved)).toEqual(['200 OK', '200 OK', '200 OK']);
    expect((await get('Patient/m-3')).json.active).toBe(true);
  });

  const failing: readonly [name: string, entries: () => Entry[], status: number, expression: RegExp][] = [
    ['PUT of several', () => [request('PUT', at('two'), identified('two'))], 412, /^Bundle\.entry\[1\]\.request\.url$/],
    ['PATCH of several', () => [request('PATCH', at('two'), activate)], 412, /^Bundle\.entry\[1\]\.request\.url$/],
    ['DELETE of several', () => [request('DELETE', at('two'))], 412, /^Bundle\.entry\[1\]\.request\.url$/],
    ['PATCH of none', () => [request('PATCH', at('nobody'), activate)], 404, /^Bundle\.entry\[1\]\.request\.url$/],
    ['PATCH of what is not there', () => [request('PATCH', 'Patient/nobody', activate)], 404, /^Bundle\.entry\[1\]$/],
    ['PATCH at another version', () => [request('PATCH', 'Patient/f-1', activate, { ifMatch: 'W/"9"' })], 412, /^Bundle\.entry\[1\]$/],
    ['PATCH that cannot be carried out', () => [request('PATCH', 'Patient/f-1', parameters(['Patient.contact', 'gender', { valueCode: 'male' }]))], 422, /^Bundle\.entry\[1\]\.resource\.parameter\[0\]$/],
    ['JSON Patch that cannot be carried out', () => [request('PATCH', 'Patient/f-1', binary('application/json-patch+json', [{ op: 'remove', path: '/x' }]))], 422, /^Bundle\.entry\[1\]\.resource$/],
    ['PATCH to another id', () => [request('PATCH', 'Patient/f-1', binary('application/merge-patch+json', { id: 'other' }))], 400, /^Bundle\.entry\[1\]\.resource\.id$/],
    ['PATCH by a resource', () => [request('PATCH', 'Patient/f-1', patient())], 400, /^Bundle\.entry\[1\]\.resource$/],
    ['PATCH by a Binary of another type', () => [request('PATCH', 'Patient/f-1', binary('text/plain', []))], 400, /^Bundle\.entry\[1\]\.resource$/],
    ['PATCH by a Binary that is no JSON', () => [request('PATCH', 'Patient/f-1', { resourceType: 'Binary', contentType: 'application/json-patch+json', data: 'eHl6' })], 400, /^Bundle\.entry\[1\]$/],
    ['PATCH by a Binary without data', () => [request('PATCH', 'Patient/f-1', { resourceType: 'Binary', contentType: 'application/json-patch+json' })], 400, /^Bundle\.entry\[1\]\.resource\.data$/],
    ['PATCH without a patch', () => [request('PATCH', 'Patient/f-1')], 400, /^Bundle\.entry\[1\]\.resource$/],
    ['PUT by criteria to a taken id', () => [request('PUT', at('free'), identified('free', { id: 'f-1' }))], 409, /^Bundle\.entry\[1\]\.resource\.id$/],
    ['PUT by criteria with another id', () => [request('PUT', at('f-1'), identified('f-1', { id: 'f-other' }))], 400, /^Bundle\.entry\[1\]\.resource\.id$/],
    ['criteria that say nothing', () => [request('DELETE', 'Patient')], 412, /^Bundle\.entry\[1\]\.request\.url$/],
    ['criteria that are none', () => [request('DELETE', 'Patient?nonsense=1')], 400, /^Bundle\.entry\[1\]$/],
    ['a query beside an id', () => [request('PUT', 'Patient/f-1?identifier=1', identified('f-1', { id: 'f-1' }))], 400, /^Bundle\.entry\[1\]$/],
    ['PUT by criteria and by id of one resource', () => [request('PUT', at('f-1'), identified('f-1')), put({ ...identified('f-1'), resourceType: 'Patient', id: 'f-1' })], 400, /^Bundle\.entry\[1\]$/],
    ['PATCH of what the Bundle creates', () => [post(identified('f-created')), request('PATCH', at('f-created'), activate)], 400, /^Bundle\.entry\[1\]$/],
    ['two equal PUTs by criteria', () => [request('PUT', at('f-equal'), identified('f-equal')), request('PUT', at('f-equal'), identified('f-equal'))], 400, /^Bundle\.entry\[1\]$/],
    ['PATCH and DELETE of one resource', () => [request('PATCH', 'Patient/f-1', activate), request('DELETE', at('f-1'))], 400, /^Bundle\.entry\[2\]$/],
  ];
  it.each(failing)('fails whole for %s, naming the entry', async (_name, entries, status, expression) => {
    await store('f-1');
    await Promise.all([store('two-1', 'two'), store('two-2', 'two')]);
    const before = await count('Patient');
    const answer = await transaction(put(patient({ id: 'f-fresh' })), ...entries());
    expect([answer.status, answer.json.resourceType], answer.text).toEqual([status, 'OperationOutcome']);
    expect(answer.json.issue[0].expression[0]).toMatch(expression);
    expect([await count('Patient'), (await get('Patient/f-fresh')).status, (await get('Patient/f-1')).headers['etag']]).toEqual([before, 404, 'W/"1"']);
  });

  it('in a batch each is for itself', async () => {
    for (const id of ['b-put', 'b-patch', 'b-delete', 'b-json']) await store(id);
    const answer = await bundle('batch', [
      request('PUT', at('b-put'), identified('b-put', { active: true })), request('PATCH', at('b-patch'), activate), request('DELETE', at('b-delete')), request('PATCH', at('nobody'), activate),
      request('PATCH', 'Patient/b-json', binary('application/json-patch+json', [{ op: 'add', path: '/active', value: true }]), { ifMatch: 'W/"1"' }), request('PATCH', 'Patient/b-json', binary('text/plain', [])),
      request('PUT', 'Patient?identifier=', identified('x')),
    ]);
    expect(statuses(answer).map((status) => status.slice(0, 3))).toEqual(['200', '200', '200', '404', '200', '400', '412']);
    expect(answer.json.entry[5].response.outcome.issue[0].expression).toEqual(['Bundle.entry[5].resource']);
    for (const id of ['b-put', 'b-patch', 'b-json']) expect((await get(`Patient/${id}`)).json.active, id).toBe(true);
  });
});

describe('a large transaction', () => {
  it('asks for many criteria at once, and each finds its own', async () => {
    const identified = (value: string, more: object = {}): object => ({ resourceType: 'Basic', identifier: [{ system: 'urn:probe', value }], code: { text: 'x' }, ...more });
    for (const [value, created] of [['p-1', '2001'], ['p-2', '2001'], ['p-2', '2002'], ['p-3', '2001']]) await send('POST', `${server().base}/Basic`, { body: identified(value!, { created }) });
    const run = (values: readonly string[]): Promise<Answer> => send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry: values.map((criteria) => ({
      resource: identified(criteria), request: { method: 'POST', url: 'Basic', ifNoneExist: criteria } })) } });
    const nobody = Array.from({ length: 12 }, (_, n) => `identifier=urn:probe|none-${n}`);
    const answer = await run(['identifier=urn:probe|p-1', ...nobody, 'identifier=urn:probe|p-2&created=2002', 'identifier=p-3&identifier=urn:probe|', 'identifier=urn:probe|p-1&identifier=p-2']);
    expect(answer.json.entry?.map(({ response }: any) => response.status.slice(0, 3)), answer.text).toEqual(['200', ...nobody.map(() => '201'), '200', '200', '201']);
    const several = await run([...nobody, 'identifier=urn:probe|p-2']);
    expect([several.status, several.json.issue[0].expression]).toEqual([412, ['Bundle.entry[12].request.ifNoneExist']]);
  });

  it('of 2,000 conditional creates compares none with all others', { timeout: 120_000 }, async () => {
    const entry = Array.from({ length: 2_000 }, (_, n) => post(patient({ identifier: [{ system: 'http://large', value: `${n % 1_900}` }] }), {}, { ifNoneExist: `identifier=http://large|${n % 1_900}` }));
    const answer = await transaction(...entry);
    expect(answer.status, answer.text.slice(0, 300)).toBe(200);
    expect(statuses(answer).filter((status) => status === '201 Created')).toHaveLength(1_900);
    expect(answer.json.entry[1_999].response.location).toBe(answer.json.entry[99].response.location);
  });
});

describe('a batch', () => {
  it('does each for itself, DELETE, POST, PUT, GET, and answers in the order of the request', async () => {
    const answer = await bundle('batch', [
      { request: { method: 'GET', url: 'Patient?identifier=batched' } }, post(patient({ identifier: [{ value: 'batched' }] })), post({ resourceType: 'Patientt' }),
      put(patient({ id: 'b1' })), { request: { method: 'GET', url: 'Patient/nobody' } }, { request: { method: 'DELETE', url: 'Patient/b1' } },
    ]);
    expect(answer.json.type).toBe('batch-response');
    expect(statuses(answer).map((status) => status.slice(0, 3))).toEqual(['200', '201', '404', '201', '404', '200']);
    expect(answer.json.entry[0].resource.total).toBe(1);
    expect(answer.json.entry[2].response.outcome.resourceType).toBe('OperationOutcome');
    expect((await get('Patient/b1')).status).toBe(200);
  });

  it('carries out many at once, those of one resource in their order', async () => {
    const many = Array.from({ length: 60 }, (_, n) => put(patient({ id: `many-${n % 30}`, multipleBirthInteger: n })));
    const answer = await bundle('batch', [...many, ...many.map(({ request: { url } }) => ({ request: { method: 'GET', url } }))]);
    expect(statuses(answer).map((status) => status.slice(0, 3))).toEqual([...many.map((_, n) => (n < 30 ? '201' : '200')), ...many.map(() => '200')]);
    expect(answer.json.entry.slice(60).map(({ resource }: any) => [resource.meta.versionId, resource.multipleBirthInteger])).toEqual(many.map((_, n) => ['2', 30 + (n % 30)]));
  });

  it('refuses entries that refer to one another or by criteria, and does the rest', async () => {
    const answer = await bundle('batch', [post(patient(), { fullUrl: urn }), post(observation(urn)), post(observation('Patient?identifier=batched')), post(observation('Patient/1'))]);
    expect(statuses(answer).map((status) => status.slice(0, 3))).toEqual(['201', '400', '400', '201']);
    expect(answer.json.entry[1].response.outcome.issue[0].expression).toEqual(['Bundle.entry[1].resource']);
  });
});

describe.skipIf(!hasShared)('Synthea', () => {
  const files = ['0-hospitalInformation1625911868739.json.gz', '0-practitionerInformation1625911868739.json.gz', '085e81c0-7a95-ef02-16ef-aa1b4344deed.json.gz'];
  it('its Bundles load, and refer to one another', { timeout: 120_000 }, async () => {
    for (const file of files) {
      const body = readShared('data', 'synthea', file);
      const answer = await send('POST', server().base, { body, headers: { 'content-encoding': 'identity' } });
      expect(answer.status, `${file}: ${answer.text.slice(0, 500)}`).toBe(200);
      const sent = JSON.parse(body.toString()).entry.length;
      expect(statuses(answer).filter((status) => /^20[01]/.test(status))).toHaveLength(sent);
    }
    const text = JSON.stringify((await get('Encounter?_count=1000')).json);
    expect(text).not.toContain('urn:uuid:');
    expect(text).not.toMatch(/"reference":"[A-Za-z]+\?/);
  });
});
