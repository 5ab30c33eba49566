/**
 * @medplum/core's client, unchanged, over HTTP: its verbs that are of FHIR's API and that the server advertises.
 *
 * It declares Node 22.18 and later. On Node 20 all that it lacks is the global WebSocket, from which it derives the class of its
 * subscriptions while it is loaded; a stand-in is enough for everything here.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { useServer } from '../support/server.ts';

const server = useServer();
let client: import('@medplum/core').MedplumClient;
const patient = (more: object = {}): any => ({ resourceType: 'Patient', name: [{ family: 'Medplum', given: ['Core'] }], ...more });

beforeAll(async () => {
  (globalThis as { WebSocket?: unknown }).WebSocket ??= class extends EventTarget {};
  const { MedplumClient } = await import('@medplum/core');
  client = new MedplumClient({ baseUrl: server().base.replace(/fhir$/, ''), fhirUrlPath: 'fhir', fetch, cacheTime: 0, maxRetries: 0 });
});

describe('MedplumClient', () => {
  it('createResource, readResource, updateResource, readVersion, readHistory, deleteResource', async () => {
    const created = await client.createResource(patient());
    expect(created).toMatchObject({ resourceType: 'Patient', meta: { versionId: '1' } });
    const { id } = created;
    expect(await client.readResource('Patient', id)).toEqual(created);
    expect(await client.readReference({ reference: `Patient/${id}` })).toEqual(created);
    const updated = await client.updateResource({ ...created, active: true });
    expect(updated).toMatchObject({ id, active: true, meta: { versionId: '2' } });
    expect(await client.readVersion('Patient', id, '1')).toEqual(created);
    const history = await client.readHistory('Patient', id);
    expect([history.type, history.total, history.entry!.map(({ resource }: any) => resource.meta.versionId)]).toEqual(['history', 2, ['2', '1']]);
    await client.deleteResource('Patient', id);
    await expect(client.readResource('Patient', id)).rejects.toMatchObject({ outcome: { resourceType: 'OperationOutcome', issue: [{ code: 'deleted' }] } });
    await expect(client.readResource('Patient', 'never')).rejects.toMatchObject({ outcome: { issue: [{ code: 'not-found' }] } });
  });

  it('an update that changes nothing is none', async () => {
    const created = await client.createResource(patient());
    expect((await client.updateResource(created)).meta!.versionId).toBe('1');
  });

  it('search, searchOne, searchResources and their pages', async () => {
    for (let n = 0; n < 7; n++) await client.createResource({ resourceType: 'Organization', name: `Paged ${n}`, identifier: [{ system: 'urn:m', value: `${n}` }] } as any);
    expect((await client.search('Organization', 'name=paged&_count=3')).entry).toHaveLength(3);
    expect((await client.search('Organization', { name: 'paged', identifier: 'urn:m|3' })).total).toBe(1);
    expect((await client.search('Organization', new URLSearchParams([['identifier', 'urn:m|3,urn:m|4']]))).total).toBe(2);
    expect(await client.searchOne('Organization', 'identifier=urn:m|5')).toMatchObject({ name: 'Paged 5' });
    expect(await client.searchOne('Organization', 'identifier=urn:m|none')).toBeUndefined();
    expect((await client.searchResources('Organization', 'name=paged')).map(({ name }) => name)).toEqual(Array.from({ length: 7 }, (_, n) => `Paged ${n}`));
    const pages: number[] = [];
    for await (const page of client.searchResourcePages('Organization', 'name=paged&_count=3')) pages.push(page.length);
    expect(pages).toEqual([3, 3, 1]);
    await expect(client.search('Organization', 'nonsense=1')).rejects.toMatchObject({ outcome: { issue: [{ code: 'value' }] } });
  });

  it('createResourceIfNoneExist', async () => {
    const identifier = [{ system: 'urn:medplum', value: '1' }];
    const create = (): Promise<any> => client.createResourceIfNoneExist(patient({ identifier }), 'identifier=urn:medplum|1');
    expect((await create()).id).toBe((await create()).id);
  });

  it('executeBatch: a batch and a transaction', async () => {
    const urn = 'urn:uuid:7d1ad5a1-3c26-4f4f-9f56-2b7f8b1f4a11';
    const transaction = await client.executeBatch({
      resourceType: 'Bundle', type: 'transaction', entry: [
        { fullUrl: urn, resource: patient(), request: { method: 'POST', url: 'Patient' } },
        { resource: { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: urn } } as any, request: { method: 'POST', url: 'Observation' } },
      ],
    } as any);
    expect(transaction.entry!.map(({ response }: any) => response.status)).toEqual(['201 Created', '201 Created']);
    const [reference] = transaction.entry![0]!.response!.location!.split('/_history');
    const batch = await client.executeBatch({ resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: reference! } }, { request: { method: 'GET', url: 'Patient/never' } }] });
    expect(batch.entry!.map(({ response }: any) => response.status)).toEqual(['200 OK', '404 Not Found']);
    const [observation] = await client.searchResources('Observation', `subject=${reference}`);
    expect(observation!.subject).toEqual({ reference });
  });

  it('joins reads of one moment into a batch by itself', async () => {
    const { MedplumClient } = await import('@medplum/core');
    const joining = new MedplumClient({ baseUrl: server().base.replace(/fhir$/, ''), fhirUrlPath: 'fhir', fetch, autoBatchTime: 20, cacheTime: 0 });
    const created = await Promise.all([client.createResource(patient()), client.createResource(patient())]);
    const read = await Promise.all(created.map(({ id }) => joining.readResource('Patient', id)));
    expect(read).toEqual(created);
  });

  it('patchResource', async () => {
    const { id } = await client.createResource(patient());
    const patched: any = await client.patchResource('Patient', id, [{ op: 'test', path: '/resourceType', value: 'Patient' }, { op: 'add', path: '/name/0/given/-', value: 'More' }]);
    expect(patched).toMatchObject({ id, name: [{ family: 'Medplum', given: ['Core', 'More'] }], meta: { versionId: '2' } });
    expect(await client.readResource('Patient', id)).toEqual(patched);
    await expect(client.patchResource('Patient', id, [{ op: 'remove', path: '/active' }])).rejects.toMatchObject({ outcome: { resourceType: 'OperationOutcome' } });
  });

  it('readPatientEverything', async () => {
    const { id } = await client.createResource(patient());
    const reference = `Patient/${id}`;
    await client.createResource({ resourceType: 'Condition', subject: { reference } } as any);
    await client.createResource({ resourceType: 'Condition', subject: { reference: 'Patient/another' } } as any);
    const { entry, type, total } = await client.readPatientEverything(id);
    expect([type, total, entry!.map(({ resource }: any) => resource.resourceType).toSorted()]).toEqual(['searchset', 2, ['Condition', 'Patient']]);
    await expect(client.readPatientEverything('never')).rejects.toMatchObject({ outcome: { issue: [{ code: 'not-found' }] } });
  });

  it('readCanonical finds a definition that is stored', async () => {
    await client.createResource({ resourceType: 'SearchParameter', url: 'urn:sp', name: 'x', status: 'draft', description: 'x', code: 'x', base: ['Patient'], type: 'string' } as any);
    expect(await client.readCanonical('SearchParameter', 'urn:sp')).toMatchObject({ url: 'urn:sp' });
  });
});
