/** fhirclient, SMART's JavaScript client, unchanged, by its entry for Node and over HTTP. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import smart from 'fhirclient';
import { beforeAll, describe, expect, it } from 'vitest';
import { useServer } from '../support/server.ts';

const server = useServer();
let client: ReturnType<typeof smart.client>;

/** What the client keeps of a session, which an app on an open server has none of. */
const storage = { get: async () => undefined, set: async (_key: string, value: unknown) => value, unset: async () => true };

beforeAll(async () => {
  // The request is what an app on a web server would have been asked by.
  const request = { headers: { host: 'app.example.org' }, url: '/', socket: {} } as unknown as IncomingMessage;
  client = (smart(request, {} as ServerResponse, storage as any) as any).client(server().base);
  await client.create({ resourceType: 'Organization', id: 'x', name: 'Ward' } as any);
  await client.update({ resourceType: 'Organization', id: 'org', name: 'Ward' } as any);
  await client.update({ resourceType: 'Practitioner', id: 'doc', name: [{ family: 'Who' }] } as any);
  await client.update({ resourceType: 'Patient', id: 'pat', name: [{ family: 'Client' }], managingOrganization: { reference: 'Organization/org' }, generalPractitioner: [{ reference: 'Practitioner/doc' }] } as any);
  for (let n = 0; n < 7; n++) {
    await client.update({ resourceType: 'Observation', id: `obs-${n}`, status: 'final', code: { text: `Code ${n}` }, subject: { reference: 'Patient/pat' }, performer: [{ reference: 'Practitioner/doc' }] } as any);
  }
});

describe('fhirclient', () => {
  it('finds the version of FHIR', async () => {
    expect(await client.getFhirVersion()).toBe('4.0.1');
    expect(await client.getFhirRelease()).toBe(4);
  });

  it('create, request, update and delete', async () => {
    const created: any = await client.create({ resourceType: 'Patient', name: [{ family: 'New' }] } as any);
    expect(created).toMatchObject({ resourceType: 'Patient', meta: { versionId: '1' } });
    expect(await client.request(`Patient/${created.id}`)).toEqual(created);
    expect(await client.update({ ...created, active: true })).toMatchObject({ active: true, meta: { versionId: '2' } });
    expect(await client.request(`Patient/${created.id}/_history/1`)).toEqual(created);
    await client.delete(`Patient/${created.id}`);
    await expect(client.request(`Patient/${created.id}`)).rejects.toMatchObject({ status: 410 });
    await expect(client.request('Patient/never')).rejects.toMatchObject({ statusCode: 404, message: expect.stringContaining('Patient/never is not known') });
  });

  it('creates without a body in the answer, and follows Location', async () => {
    const created: any = await client.create({ resourceType: 'Patient' } as any, { headers: { prefer: 'return=minimal' } } as any);
    expect(created).toMatchObject({ resourceType: 'Patient', meta: { versionId: '1' } });
  });

  it('gives the response with its headers', async () => {
    const { body, response }: any = await client.request({ url: 'Patient/pat', includeResponse: true } as any);
    expect([body.id, response.headers.get('etag')]).toEqual(['pat', 'W/"1"']);
  });

  it('resolveReferences: into the resource, and as a list', async () => {
    const observation: any = await client.request('Observation/obs-0', { resolveReferences: ['subject', 'performer.0', 'subject.managingOrganization'] });
    expect(observation).toMatchObject({ subject: { id: 'pat', managingOrganization: { id: 'org' } }, performer: [{ id: 'doc' }] });
    const { data, references }: any = await client.request('Observation/obs-0', { resolveReferences: ['subject', 'performer'], graph: false });
    expect(data.subject).toEqual({ reference: 'Patient/pat' });
    expect(Object.keys(references).toSorted()).toEqual(['Patient/pat', 'Practitioner/doc']);
    const found: any = await client.request('Observation?_count=2', { resolveReferences: 'subject' });
    expect(found.entry[1].resource.subject).toMatchObject({ resourceType: 'Patient', id: 'pat' });
  });

  it('pageLimit and flat: one page, some, all, and each as it comes', async () => {
    expect(await client.request('Observation?_count=3', { pageLimit: 1, flat: true })).toHaveLength(3);
    expect(await client.request('Observation?_count=3', { pageLimit: 2, flat: true })).toHaveLength(6);
    const all: any = await client.request('Observation?_count=3', { pageLimit: 0, flat: true });
    expect(all.map(({ id }: any) => id)).toEqual(Array.from({ length: 7 }, (_, n) => `obs-${n}`));
    const pages: any = await client.request('Observation?_count=3', { pageLimit: 0 });
    expect(pages.map(({ entry }: any) => entry.length)).toEqual([3, 3, 1]);
    let seen = 0;
    await client.request('Observation?_count=3', { pageLimit: 0, flat: true, onPage: (page: any) => void (seen += page.length) } as any);
    expect(seen).toBe(7);
    const codes: string[] = [];
    for await (const resource of client.resources('Observation?_count=2')) codes.push((resource as any).code.text);
    expect(codes).toHaveLength(7);
  });

  it('patch, which prefers "return=presentation"', async () => {
    await client.update({ resourceType: 'Patient', id: 'patched', name: [{ family: 'Before' }], multipleBirthInteger: 1 } as any);
    const patched: any = await client.patch('Patient/patched', [{ op: 'replace', path: '/name/0/family', value: 'After' }, { op: 'remove', path: '/multipleBirthInteger' }]);
    expect(patched).toMatchObject({ id: 'patched', name: [{ family: 'After' }], meta: { versionId: '2' } });
    expect(patched.multipleBirthInteger).toBeUndefined();
    expect(await client.request('Patient/patched')).toEqual(patched);
    await expect(client.patch('Patient/patched', [{ op: 'remove', path: '/nothing' }] as any)).rejects.toMatchObject({ statusCode: 422, message: expect.stringContaining('/nothing') });
    await expect(client.patch('Patient/never', [{ op: 'add', path: '/active', value: true }])).rejects.toMatchObject({ statusCode: 404 });
  });

  it('resolveReferences, pageLimit and flat together', async () => {
    const resolved: any = await client.request('Observation?_count=3', { resolveReferences: ['subject', 'performer.0', 'subject.managingOrganization'], pageLimit: 0, flat: true });
    expect(resolved).toHaveLength(7);
    for (const one of resolved) expect(one).toMatchObject({ subject: { id: 'pat', managingOrganization: { id: 'org' } }, performer: [{ id: 'doc' }] });
    const { data, references }: any = await client.request('Observation?_count=3', { resolveReferences: ['subject', 'performer'], pageLimit: 2, flat: true, graph: false });
    expect(data.map(({ id, subject }: any) => [id, subject])).toEqual(Array.from({ length: 6 }, (_, n) => [`obs-${n}`, { reference: 'Patient/pat' }]));
    expect(Object.keys(references).toSorted()).toEqual(['Patient/pat', 'Practitioner/doc']);
    const included: any = await client.request('Observation?_count=3&_include=Observation:subject', { pageLimit: 2, flat: true });
    expect(included.map(({ resourceType }: any) => resourceType).filter((type: string) => type === 'Patient')).toHaveLength(2);
  });

  it('a search and its criteria as URLSearchParams write them', async () => {
    const query = new URLSearchParams({ subject: 'Patient/pat', status: 'final', _count: '50' });
    expect(((await client.request(`Observation?${query.toString()}`)) as any).total).toBe(7);
    expect(await client.request('Observation?status=nonsense', { flat: true })).toEqual([]);
  });
});
