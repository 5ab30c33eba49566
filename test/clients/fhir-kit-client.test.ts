/** The client that the project is given, unchanged, over HTTP: every verb it has that the server advertises. */
import { CapabilityTool, Client } from 'fhir-kit-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { useServer } from '../support/server.ts';

const server = useServer();
let client: Client;
const patient = (more: object = {}): any => ({ resourceType: 'Patient', name: [{ family: 'Client', given: ['Kit'] }], ...more });

beforeAll(() => {
  client = new Client({ baseUrl: server().base });
});

describe('fhir-kit-client', () => {
  it('capabilityStatement', async () => {
    const statement: any = await client.capabilityStatement();
    expect(statement).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
    const tool = new CapabilityTool(statement);
    expect([tool.serverCan('transaction'), tool.resourceCan('Patient', 'vread'), tool.resourceSearch('Patient', 'birthdate'), tool.resourceCan('Patient', 'nonsense')]).toEqual([true, true, true, false]);
  });

  it('create, read, vread, update, history and delete', async () => {
    const created: any = await client.create({ resourceType: 'Patient', body: patient() });
    expect(created).toMatchObject({ resourceType: 'Patient', meta: { versionId: '1' } });
    const { id } = created;
    expect(await client.read({ resourceType: 'Patient', id })).toEqual(created);
    const updated: any = await client.update({ resourceType: 'Patient', id, body: patient({ id, active: true }) });
    expect(updated).toMatchObject({ id, active: true, meta: { versionId: '2' } });
    expect(await client.vread({ resourceType: 'Patient', id, version: '1' })).toEqual(created);
    expect(((await client.history({ resourceType: 'Patient', id })) as any).total).toBe(2);
    expect(((await client.typeHistory({ resourceType: 'Patient' })) as any).type).toBe('history');
    expect(((await client.systemHistory()) as any).type).toBe('history');
    expect(await client.delete({ resourceType: 'Patient', id })).toMatchObject({ resourceType: 'OperationOutcome' });
    await expect(client.read({ resourceType: 'Patient', id })).rejects.toMatchObject({ response: { status: 410 } });
    await expect(client.read({ resourceType: 'Patient', id: 'never' })).rejects.toMatchObject({ response: { status: 404, data: { resourceType: 'OperationOutcome' } } });
  });

  it('search by GET and by POST, with paging both ways', async () => {
    for (let n = 0; n < 7; n++) await client.create({ resourceType: 'Organization', body: { resourceType: 'Organization', name: `Paged ${n}`, identifier: [{ system: 'urn:x', value: `${n}` }] } as any });
    const found: any = await client.resourceSearch({ resourceType: 'Organization', searchParams: { name: 'paged', identifier: 'urn:x|3' } });
    expect(found.total).toBe(1);
    const posted: any = await client.resourceSearch({ resourceType: 'Organization', searchParams: { name: 'paged' }, options: { postSearch: true } as any });
    expect(posted.total).toBe(7);
    const names: string[] = [];
    let page: any = await client.resourceSearch({ resourceType: 'Organization', searchParams: { name: 'paged', _count: 3 } as any });
    const first = page;
    for (; page !== undefined; page = await client.nextPage({ bundle: page })) names.push(...page.entry.map(({ resource }: any) => resource.name));
    expect(names).toEqual(Array.from({ length: 7 }, (_, n) => `Paged ${n}`));
    const second: any = await client.nextPage({ bundle: first });
    expect(await client.prevPage({ bundle: second })).toMatchObject({ entry: first.entry });
  });

  it('transaction and batch', async () => {
    const urn = 'urn:uuid:0fc374a1-a226-4552-9683-55dd510e67c9';
    const answer: any = await client.transaction({
      body: {
        resourceType: 'Bundle', type: 'transaction', entry: [
          { fullUrl: urn, resource: patient(), request: { method: 'POST', url: 'Patient' } },
          { resource: { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: urn } }, request: { method: 'POST', url: 'Observation' } },
        ],
      } as any,
    });
    const observation: any = await client.request(answer.entry[1].response.location);
    expect(observation.subject.reference).toBe(answer.entry[0].response.location.replace(/\/_history.*/, ''));
    const batch: any = await client.batch({ body: { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: observation.subject.reference } }, { request: { method: 'GET', url: 'Patient/none' } }] } as any });
    expect(batch.entry.map(({ response }: any) => response.status)).toEqual(['200 OK', '404 Not Found']);
    expect(await client.resolve({ reference: observation.subject.reference })).toMatchObject({ resourceType: 'Patient' });
    const search: any = await client.resourceSearch({ resourceType: 'Observation', searchParams: { _id: observation.id } });
    expect(await client.resolve({ reference: `Observation/${observation.id}`, context: search })).toMatchObject({ id: observation.id });
  });

  it('conditional create by header', async () => {
    const headers = { 'If-None-Exist': 'identifier=urn:kit|1' };
    const create = (): Promise<any> => client.create({ resourceType: 'Patient', body: patient({ identifier: [{ system: 'urn:kit', value: '1' }] }), options: { headers } as any });
    expect((await create()).id).toBe((await create()).id);
  });

  it('history of all levels, page by page', async () => {
    const created: any = await client.create({ resourceType: 'Device', body: { resourceType: 'Device' } as any });
    for (const status of ['active', 'inactive', 'unknown']) await client.update({ resourceType: 'Device', id: created.id, body: { ...created, status } });
    const instance: any = await client.history({ resourceType: 'Device', id: created.id });
    expect(instance.entry.map(({ resource }: any) => resource.meta.versionId)).toEqual(['4', '3', '2', '1']);
    expect((await client.resourceHistory({ resourceType: 'Device', id: created.id }) as any).total).toBe(4);
    expect((await client.history({ resourceType: 'Device' }) as any).entry).toHaveLength(4);
    const system: any = await client.history();
    expect(system.entry[0]).toMatchObject({ request: { method: 'PUT', url: `Device/${created.id}` }, response: { etag: 'W/"4"' } });
    let page: any = await client.request(`Device/${created.id}/_history?_count=3`);
    const versions: string[] = [];
    for (; page !== undefined; page = await client.nextPage({ bundle: page })) versions.push(...page.entry.map(({ resource }: any) => resource.meta.versionId));
    expect(versions).toEqual(['4', '3', '2', '1']);
  });

  it('resolve: relative, absolute, contained, and in a Bundle', async () => {
    const { id }: any = await client.create({ resourceType: 'Patient', body: patient() });
    expect(await client.resolve({ reference: `Patient/${id}` })).toMatchObject({ id });
    expect(await client.resolve({ reference: `${server().base}/Patient/${id}` })).toMatchObject({ id });
    const context = patient({ contained: [{ resourceType: 'Organization', id: 'c' }] });
    expect(await client.resolve({ reference: '#c', context })).toMatchObject({ resourceType: 'Organization' });
    const bundle: any = await client.resourceSearch({ resourceType: 'Patient', searchParams: { _id: id } });
    expect(await client.resolve({ reference: `${server().base}/Patient/${id}`, context: bundle })).toEqual(bundle.entry[0].resource);
  });

  it('operation: by POST without input, by GET, with input, on every level', async () => {
    const { id }: any = await client.create({ resourceType: 'Patient', body: patient({ meta: { tag: [{ code: 'kit' }] } }) });
    for (const method of ['GET', 'POST'] as const) {
      for (const where of [{}, { resourceType: 'Patient' }, { resourceType: 'Patient', id }]) {
        const answer: any = await client.operation({ name: 'meta', method, ...where });
        expect(answer.parameter[0].valueMeta.tag, JSON.stringify({ method, where })).toContainEqual({ code: 'kit' });
      }
    }
    const input: any = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'more' }] } }] };
    const added: any = await client.operation({ name: '$meta-add', resourceType: 'Patient', id, input });
    expect(added.parameter[0].valueMeta.tag).toEqual([{ code: 'kit' }, { code: 'more' }]);
    await expect(client.operation({ name: 'nonsense', resourceType: 'Patient', id })).rejects.toMatchObject({ response: { status: 404 } });
  });

  it('compartmentSearch and systemSearch, by GET and by POST', async () => {
    const { id }: any = await client.create({ resourceType: 'Patient', body: patient() });
    const observation = (status: string): any => ({ resourceType: 'Observation', status, code: { text: 'x' }, subject: { reference: `Patient/${id}` } });
    const [final] = [await client.create({ resourceType: 'Observation', body: observation('final') }), await client.create({ resourceType: 'Observation', body: observation('amended') })] as any[];
    const compartment = { resourceType: 'Patient', id };
    for (const options of [{}, { postSearch: true }] as any[]) {
      const all: any = await client.compartmentSearch({ resourceType: 'Observation', compartment, options });
      expect(all.total, JSON.stringify(options)).toBe(2);
      const one: any = await client.search({ resourceType: 'Observation', compartment, searchParams: { status: 'final' }, options });
      expect(one.entry.map(({ resource }: any) => resource), JSON.stringify(options)).toEqual([final]);
      const first: any = await client.compartmentSearch({ resourceType: 'Observation', compartment, searchParams: { _count: 1 } as any, options });
      expect(((await client.nextPage({ bundle: first })) as any).entry).toHaveLength(1);
      const anywhere: any = await client.systemSearch({ searchParams: { _id: `${id},${final.id}` }, options });
      expect(anywhere.entry.map(({ resource }: any) => resource.resourceType).toSorted()).toEqual(['Observation', 'Patient']);
      const typed: any = await client.search({ searchParams: { _type: 'Observation', _id: `${id},${final.id}` }, options });
      expect(typed.entry.map(({ resource }: any) => resource.id)).toEqual([final.id]);
    }
    await expect(client.compartmentSearch({ resourceType: 'Medication', compartment })).rejects.toMatchObject({ response: { status: 404, data: { resourceType: 'OperationOutcome' } } });
  });

  it('patch, also with If-Match, and with a list of nothing', async () => {
    const { id }: any = await client.create({ resourceType: 'Patient', body: patient() });
    const patched: any = await client.patch({ resourceType: 'Patient', id, jsonPatch: [{ op: 'replace', path: '/name/0/family', value: 'Patched' }, { op: 'add', path: '/active', value: true }] });
    expect(patched).toMatchObject({ id, active: true, name: [{ family: 'Patched', given: ['Kit'] }], meta: { versionId: '2' } });
    expect(await client.patch({ resourceType: 'Patient', id, jsonPatch: [] })).toEqual(patched);
    const late = client.patch({ resourceType: 'Patient', id, jsonPatch: [{ op: 'remove', path: '/active' }], options: { headers: { 'If-Match': 'W/"1"' } } as any });
    await expect(late).rejects.toMatchObject({ response: { status: 412 } });
    await expect(client.patch({ resourceType: 'Patient', id, jsonPatch: [{ op: 'test', path: '/active', value: false }] })).rejects.toMatchObject({ response: { status: 422, data: { resourceType: 'OperationOutcome' } } });
  });

  it('conditional update by its criteria', async () => {
    const update = (more: object): Promise<any> => client.update({ resourceType: 'Patient', searchParams: { identifier: 'urn:kit|update' }, body: patient({ identifier: [{ system: 'urn:kit', value: 'update' }], ...more }) } as any);
    const [first, second] = [await update({}), await update({ active: true })];
    expect([second.id, second.meta.versionId, second.active]).toEqual([first.id, '2', true]);
  });

  it('smartAuthMetadata: the server has none, and says so by a 404 with an outcome', async () => {
    expect(await client.smartAuthMetadata()).toEqual({});
    const answer = await fetch(`${server().base}/.well-known/smart-configuration`);
    expect([answer.status, await answer.json()]).toEqual([404, expect.objectContaining({ resourceType: 'OperationOutcome' })]);
  });

  it('operation $everything, page by page', async () => {
    const { id }: any = await client.create({ resourceType: 'Patient', body: patient() });
    for (let n = 0; n < 4; n++) await client.create({ resourceType: 'Condition', body: { resourceType: 'Condition', subject: { reference: `Patient/${id}` } } as any });
    const types: string[] = [];
    let page: any = await client.operation({ name: 'everything', resourceType: 'Patient', id, method: 'GET', input: { _count: '2' } as any });
    for (; page !== undefined; page = await client.nextPage({ bundle: page })) types.push(...page.entry.map(({ resource }: any) => resource.resourceType));
    expect(types.toSorted()).toEqual(['Condition', 'Condition', 'Condition', 'Condition', 'Patient']);
  });

  it('shows request and response behind an answer', async () => {
    const answer: any = await client.read({ resourceType: 'Patient', id: ((await client.create({ resourceType: 'Patient', body: patient() })) as any).id });
    const { response } = Client.httpFor(answer);
    expect([response!.status, response!.headers.get('etag')]).toEqual([200, 'W/"1"']);
  });
});
