/** History deletion and $purge, which two settings bring. R6 http.html#delete-history; DECISIONS.md "Erasure". */
import pg from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer({ HISTORY_DELETION: 'true', PURGE: 'true', REFERENTIAL_INTEGRITY: 'enforce' });
const ask = (method: string, path: string, body?: unknown): Promise<Answer> => send(method, `${server().base}/${path}`, body === undefined ? {} : { body });
const put = (id: string, more: object = {}): Promise<Answer> => ask('PUT', `Patient/${id}`, { resourceType: 'Patient', id, ...more });
const said = ({ json }: Answer): string => json.issue[0].diagnostics;
const versions = async (id: string): Promise<string[]> => ((await ask('GET', `Patient/${id}/_history`)).json.entry ?? []).map(({ response }: any) => response.etag);

beforeEach(async () => {
  await ask('POST', 'Patient/a/$purge');
  for (const family of ['Secret-one', 'Secret-two', 'Three']) await put('a', { name: [{ family }], contained: [{ resourceType: 'Organization', id: 'o', name: family }] });
});

describe('DELETE [type]/[id]/_history', () => {
  it('erases all versions but the current one, which stays as it is', async () => {
    expect(await versions('a')).toEqual(['W/"3"', 'W/"2"', 'W/"1"']);
    const answer = await ask('DELETE', 'Patient/a/_history');
    expect([answer.status, said(answer)]).toEqual([200, 'Erased 2 versions of Patient/a']);
    expect([await versions('a'), (await ask('GET', 'Patient/a')).headers['etag'], (await ask('GET', 'Patient/a/_history/1')).status]).toEqual([['W/"3"'], 'W/"3"', 404]);
    expect((await put('a', { active: true })).headers['etag']).toBe('W/"4"');
    expect(said(await ask('DELETE', 'Patient/a/_history'))).toBe('Erased 1 version of Patient/a');
  });

  it('leaves the deletion of a deleted one', async () => {
    await ask('DELETE', 'Patient/a');
    await ask('DELETE', 'Patient/a/_history');
    expect([await versions('a'), (await ask('GET', 'Patient/a')).status]).toEqual([['W/"4"'], 410]);
  });

  it('of one version erases it, and never the current one', async () => {
    expect(said(await ask('DELETE', 'Patient/a/_history/2'))).toBe('Erased 1 version of Patient/a');
    expect(await versions('a')).toEqual(['W/"3"', 'W/"1"']);
    expect((await ask('DELETE', 'Patient/a/_history/3')).status).toBe(409);
    for (const path of ['Patient/a/_history/2', 'Patient/a/_history/9', 'Patient/a/_history/x', 'Patient/nobody/_history', 'Patient/nobody/_history/1']) expect((await ask('DELETE', path)).status, path).toBe(404);
    expect((await ask('DELETE', 'Patient/a/_history?_count=1')).status).toBe(400);
  });

  it('as a dry run erases nothing', async () => {
    expect(said(await ask('DELETE', 'Patient/a/_history?-dry-run=true'))).toBe('Erased 2 versions of Patient/a');
    expect(await versions('a')).toHaveLength(3);
  });
});

describe('$purge', () => {
  it('leaves nothing in any table but the id', async () => {
    const answer = await ask('POST', 'Patient/a/$purge');
    expect([answer.status, said(answer)]).toEqual([200, 'Erased Patient/a with 3 versions']);
    for (const path of ['Patient/a', 'Patient/a/_history', 'Patient/a/_history/1']) expect((await ask('GET', path)).status, path).toBe(404);
    expect((await ask('GET', 'Patient?family=three')).json.total).toBe(0);
    const client = new pg.Client({ connectionString: server().databaseUrl });
    await client.connect();
    const { rows } = await client.query("select rid, version, body, content from resource where type = 'Patient' and id = 'a'");
    expect(rows).toEqual([{ rid: expect.any(String), version: 0, body: null, content: null }]);
    for (const table of ['resource_history', 'resource_key', 'resource_string', 'resource_reference', 'resource_date', 'resource_quantity', 'resource_canonical']) {
      expect((await client.query(`select * from ${table} where rid = $1 or rid between -$1::bigint * 4096 - 4095 and -$1::bigint * 4096`, [rows[0].rid])).rows, table).toEqual([]);
    }
    await client.end();
    const again = await put('a');
    expect([again.status, again.headers['etag']]).toEqual([201, 'W/"1"']);
  });

  it('of a deleted one erases the deletion too', async () => {
    await ask('DELETE', 'Patient/a');
    expect(said(await ask('POST', 'Patient/a/$purge'))).toBe('Erased Patient/a with 4 versions');
    expect((await ask('GET', 'Patient/a')).status).toBe(404);
  });

  it('is 409 where something refers to it and references are enforced, and 404 where there is nothing', async () => {
    await put('b', { link: [{ type: 'seealso', other: { reference: 'Patient/a' } }] });
    expect((await ask('POST', 'Patient/a/$purge')).status).toBe(409);
    expect(await versions('a')).toHaveLength(3);
    await ask('DELETE', 'Patient/b');
    expect((await ask('POST', 'Patient/nobody/$purge')).status).toBe(404);
  });

  it('as a dry run erases nothing', async () => {
    expect((await ask('POST', 'Patient/a/$purge?-dry-run=true')).status).toBe(200);
    expect(await versions('a')).toHaveLength(3);
  });
});

describe('without the settings', () => {
  const plain = useServer();
  it('neither is there, or advertised', async () => {
    const at = (method: string, path: string): Promise<Answer> => send(method, `${plain().base}/${path}`);
    await send('PUT', `${plain().base}/Patient/a`, { body: { resourceType: 'Patient', id: 'a' } });
    for (const path of ['Patient/a/_history', 'Patient/a/_history/1']) expect((await at('DELETE', path)).status, path).toBe(405);
    expect((await at('OPTIONS', 'Patient/a/_history')).headers['allow']).toBe('GET, HEAD');
    expect((await at('POST', 'Patient/a/$purge')).status).toBe(404);
    expect((await at('GET', 'metadata')).text).not.toContain('purge');
    expect((await ask('GET', 'metadata')).text).toContain('urn:verbatim:OperationDefinition/purge');
    expect((await ask('GET', 'metadata')).json.rest[0].resource[0].interaction.map(({ code }: any) => code)).not.toContain('delete-history');
    expect((await ask('GET', 'OperationDefinition/purge')).json.code).toBe('purge');
  });
});
