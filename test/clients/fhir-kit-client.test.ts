/** The client that the project is given, unchanged, over HTTP: every verb it has that the server advertises. */
import { Client } from 'fhir-kit-client';
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
    expect(await client.capabilityStatement()).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
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
});
