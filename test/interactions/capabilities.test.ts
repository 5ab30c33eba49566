/** The CapabilityStatement says what is so: each of its claims is tried. R4: http.html#capabilities, capabilitystatement.html. */
import { beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../src/registry.ts';
import { send, type Answer } from '../support/http.ts';
import { isFull } from '../support/shared.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
let statement: any;
const url = (path: string): string => `${server().base}/${path}`;

beforeAll(async () => {
  statement = (await send('GET', url('metadata'))).json;
});

describe('capabilities', () => {
  it('has what clients look for first', () => {
    expect(statement).toMatchObject({
      resourceType: 'CapabilityStatement', status: 'active', kind: 'instance', fhirVersion: '4.0.1', format: expect.arrayContaining(['json', 'application/fhir+json']),
      software: { name: 'Verbatim' }, implementation: { url: server().base }, rest: [{ mode: 'server', security: { cors: true } }],
    });
    expect(statement.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(statement.rest[0].resource).toHaveLength(146);
    expect(statement.rest[0].interaction.map(({ code }: any) => code).toSorted()).toEqual(['batch', 'history-system', 'transaction']);
  });

  it('names every interaction of the registry, and no other', () => {
    const named = new Set([...statement.rest[0].interaction, ...statement.rest[0].resource.flatMap(({ interaction }: any) => interaction)].map(({ code }: any) => code));
    const registered = registry.flatMap(({ code, also = [] }) => [code, ...also]).filter((code) => code !== 'capabilities');
    expect([...named].toSorted()).toEqual([...new Set(registered)].toSorted());
  });

  it('has an ETag, is not sent twice, and can be cut and laid out', async () => {
    const answer = await send('GET', url('metadata'));
    expect((await send('GET', url('metadata'), { headers: { 'if-none-match': answer.headers['etag']! } })).status).toBe(304);
    expect(Object.keys((await send('GET', url('metadata?_elements=fhirVersion'))).json)).not.toContain('implementation');
    expect((await send('GET', url('metadata?mode=full'))).status).toBe(200);
    for (const query of ['mode=nonsense', 'mode=terminology', 'nonsense=1']) expect((await send('GET', url(`metadata?${query}`))).status, query).toBe(400);
  });
});

const values: Readonly<Record<string, string>> = { token: 'http://x|y', string: 'x', date: '2020-01-01', reference: 'Patient/x', uri: 'http://x', number: '1', quantity: '1' };

/** A patch of the language in each format that is claimed. */
const patches: Readonly<Record<string, (type: string) => unknown>> = {
  'application/json-patch+json': () => [{ op: 'replace', path: '/language', value: 'de' }],
  'application/merge-patch+json': () => ({ language: 'de' }),
  'application/fhir+json': (type) => ({ resourceType: 'Parameters', parameter: [{ name: 'operation', part: [{ name: 'type', valueCode: 'replace' }, { name: 'path', valueString: `${type}.language` }, { name: 'value', valueCode: 'de' }] }] }),
};

describe('every type', () => {
  it('does what is claimed: interactions and search parameters', { timeout: 280_000 }, async () => {
    let tried = 0;
    const claims = statement.rest[0].resource.filter((_: unknown, n: number) => isFull || n % 8 === 0);
    for (const { type, interaction, searchParam, ...conditional } of claims) {
      const run = async (status: number, answer: Promise<Answer>): Promise<Answer> => {
        const found = await answer;
        expect(found.status, `${type}: ${found.text.slice(0, 300)}`).toBe(status);
        tried++;
        return found;
      };
      expect(interaction.map(({ code }: any) => code).toSorted()).toEqual(['create', 'delete', 'history-instance', 'history-type', 'patch', 'read', 'search-type', 'update', 'vread']);
      expect(conditional).toMatchObject({ conditionalCreate: true, conditionalRead: 'full-support', conditionalUpdate: true, conditionalDelete: 'single', updateCreate: true, readHistory: true, versioning: 'versioned-update' });
      const { json, headers } = await run(201, send('POST', url(type), { body: { resourceType: type } }));
      const path = `${type}/${json.id}`;
      await run(200, send('GET', url(path)));
      await run(200, send('GET', url(`${path}/_history/1`)));
      await run(200, send('PUT', url(path), { body: { resourceType: type, id: json.id, language: 'en' } }));
      expect((await run(200, send('GET', url(`${path}/_history`)))).json.total).toBe(2);
      expect((await run(200, send('GET', url(`${type}/_history`)))).json.entry).toHaveLength(2);
      expect((await run(200, send('GET', url(`${type}?_id=${json.id}`)))).json.total).toBe(1);
      expect(searchParam.map(({ name }: any) => name)).toEqual(expect.arrayContaining(['_id', '_lastUpdated', '_tag', '_profile']));
      for (const { name, type: parameterType } of searchParam) {
        await run(200, send('GET', url(`${type}?${name}=${encodeURIComponent(name === '_id' ? 'x' : values[parameterType]!)}`))).catch(async (error: unknown) => {
          // A token whose elements have no system takes a code alone.
          if (parameterType !== 'token') throw error;
          await run(200, send('GET', url(`${type}?${name}=x`)));
        });
      }
      const byId = `${type}?_id=${json.id}`;
      await run(200, send('POST', url(type), { body: { resourceType: type }, headers: { 'if-none-exist': `_id=${json.id}` } }));
      await run(304, send('GET', url(path), { headers: { 'if-none-match': 'W/"2"' } }));
      expect(headers['etag']).toBe('W/"1"');
      for (const format of statement.patchFormat) {
        const patch = patches[format]!(type);
        await run(200, send('PATCH', url(path), { body: patch, headers: { 'content-type': format } }));
        expect((await run(200, send('PATCH', url(byId), { body: patch, headers: { 'content-type': format } }))).json.language).toBe('de');
        await run(200, send('PUT', url(byId), { body: { resourceType: type, language: 'en' } }));
      }
      await run(200, send('DELETE', url(byId)));
      await run(201, send('PUT', url(path), { body: { resourceType: type, id: json.id } }));
      await run(200, send('DELETE', url(path)));
      await run(410, send('GET', url(path)));
    }
    expect(tried).toBeGreaterThan(isFull ? 3_000 : 300);
  });
});
