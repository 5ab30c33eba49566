/** Profiles and terminology that clients store: in use at once, on every server of the database. R4: profiling.html, structuredefinition.html. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { profile } from '../support/profiles.ts';
import { serve, useServer, type TestServer } from '../support/server.ts';

const a = useServer();
let b: TestServer;
beforeAll(async () => {
  b = await serve(a().databaseUrl);
});
afterAll(() => b.close());

const put = (at: string, resource: any): Promise<Answer> => send('PUT', `${at}/${resource.resourceType}/${resource.id}`, { body: resource });
const stored = (id: string, more: object = {}): object =>
  profile(`http://example.org/${id}`, 'Patient', [{ path: 'Patient.name', min: 1 }], { id, name: id, status: 'active', abstract: false, ...more });

describe('a profile that is stored', () => {
  const supported = async (base: string): Promise<unknown> => (await send('GET', `${base}/metadata`)).json.rest[0].resource.find(({ type }: any) => type === 'Patient').supportedProfile;

  it('is advertised while it can be used: at once where it was written, within a second elsewhere', async () => {
    expect((await put(a().base, stored('named'))).status).toBe(201);
    expect(await supported(a().base)).toEqual(['http://example.org/named']);
    await expect.poll(() => supported(b.base), { timeout: 10_000 }).toEqual(['http://example.org/named']);
    expect((await put(b.base, stored('named', { baseDefinition: 'http://example.org/none' }))).status).toBe(200);
    expect(await supported(b.base)).toBeUndefined();
    await expect.poll(() => supported(a().base), { timeout: 10_000 }).toBeUndefined();
    expect((await put(a().base, stored('named'))).status).toBe(200);
    expect((await send('DELETE', `${a().base}/StructureDefinition/named`)).status).toBe(200);
    expect(await supported(a().base)).toBeUndefined();
  });

  it('changes the version of the definitions, and a write that changes nothing does not', async () => {
    const version = async (): Promise<string> => (await a().db.read.query<{ version: string }>({ text: 'select version from index_format' }))[0]!.version;
    const before = await version();
    await put(a().base, stored('twice'));
    const after = await version();
    expect(BigInt(after)).toBe(BigInt(before) + 1n);
    expect((await put(a().base, stored('twice'))).status).toBe(200);
    await put(a().base, { resourceType: 'Patient', id: 'a' });
    expect(await version()).toBe(after);
    expect((await a().db.read.query({ text: 'select from job' })).length).toBe(0);
  });
});
