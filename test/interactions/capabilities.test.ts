/** The CapabilityStatement says what is so: each of its claims is tried. R4: http.html#capabilities, capabilitystatement.html. */
import { request, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../src/registry.ts';
import { brokenInvariants, structureFaults } from '../support/conformance.ts';
import { send, type Answer } from '../support/http.ts';
import { isFull } from '../support/shared.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
let statement: any;
const url = (path: string): string => `${server().base}/${path}`;

beforeAll(async () => {
  statement = (await send('GET', url('metadata'))).json;
});

/** The bytes as they come. */
const raw = (method: string, to: string, headers: Record<string, string>): Promise<{ response: IncomingMessage; bytes: Buffer }> =>
  new Promise((resolve, reject) => {
    request(to, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ response, bytes: Buffer.concat(chunks) })).on('error', reject);
    }).on('error', reject).end();
  });

describe('capabilities', () => {
  it('has what clients look for first', () => {
    expect(statement).toMatchObject({
      resourceType: 'CapabilityStatement', status: 'active', kind: 'instance', fhirVersion: '4.0.1', format: expect.arrayContaining(['json', 'application/fhir+json']),
      software: { name: 'Verbatim' }, implementation: { url: server().base }, rest: [{ mode: 'server', security: { cors: true } }],
    });
    expect(statement.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(statement.rest[0].resource).toHaveLength(146);
    expect(statement.rest[0].interaction.map(({ code }: any) => code).toSorted()).toEqual(['batch', 'history-system', 'search-system', 'transaction']);
    expect(statement.rest[0].operation).toEqual([{ name: 'meta', definition: 'http://hl7.org/fhir/OperationDefinition/Resource-meta' }]);
  });

  it('is valid R4, by its structure and by the invariants', { timeout: 120_000 }, () => {
    expect(structureFaults(statement)).toEqual([]);
    // cpb-9 and others of each type are alike: the first types and the last stand for all.
    const [rest] = statement.rest;
    expect(brokenInvariants(isFull ? statement : { ...statement, rest: [{ ...rest, resource: [...rest.resource.slice(0, 4), ...rest.resource.slice(-4)] }] })).toEqual([]);
    expect(new Set(rest.resource.map(({ type }: any) => type)).size).toBe(rest.resource.length);
    for (const { type, searchParam } of rest.resource) expect(new Set(searchParam.map(({ name }: any) => name)).size, type).toBe(searchParam.length);
  });

  it('says why another mode is not given', async () => {
    expect((await send('GET', url('metadata?mode=terminology'))).json.issue[0].diagnostics).toBe('"mode" is "terminology", and there is no terminology service');
    expect((await send('GET', url('metadata?mode=normative'))).json.issue[0]).toMatchObject({ code: 'not-supported' });
  });

  it('is compressed for clients that take gzip, with the same ETag, whole only', async () => {
    const plain = await send('GET', url('metadata'));
    const get = async (query: string, method = 'GET'): Promise<{ response: IncomingMessage; bytes: Buffer }> =>
      raw(method, url(`metadata${query}`), { 'accept-encoding': 'gzip, deflate, br' });
    const { response, bytes } = await get('');
    expect([response.headers['content-encoding'], response.headers['etag'], response.headers['content-type']]).toEqual(['gzip', plain.headers['etag'], 'application/fhir+json; charset=utf-8']);
    expect(bytes.length).toBeLessThan(plain.text.length / 10);
    expect(gunzipSync(bytes).toString()).toBe(plain.text);
    const head = await get('', 'HEAD');
    expect([head.response.headers['content-length'], head.response.headers['content-encoding'], head.bytes.length]).toEqual([String(bytes.length), 'gzip', 0]);
    expect((await get('?_format=json')).response.headers['content-encoding']).toBe('gzip');
    for (const query of ['?_pretty=true', '?_elements=fhirVersion', '?_summary=true']) expect((await get(query)).response.headers['content-encoding'], query).toBeUndefined();
    expect((await raw('GET', url('metadata'), { 'accept-encoding': 'gzip;q=0, br' })).response.headers['content-encoding']).toBeUndefined();
  });

  it('names every interaction of the registry, and no other', () => {
    const named = new Set([...statement.rest[0].interaction, ...statement.rest[0].resource.flatMap(({ interaction }: any) => interaction)].map(({ code }: any) => code));
    const registered = registry.filter((endpoint) => endpoint.kind === 'interaction').flatMap(({ code, also = [] }) => [code, ...also]).filter((code) => code !== 'capabilities');
    expect([...named].toSorted()).toEqual([...new Set(registered)].toSorted());
  });

  it('has an ETag, is not sent twice, and can be cut and laid out', async () => {
    const answer = await send('GET', url('metadata'));
    expect((await send('GET', url('metadata'), { headers: { 'if-none-match': answer.headers['etag']! } })).status).toBe(304);
    expect(Object.keys((await send('GET', url('metadata?_elements=fhirVersion'))).json)).not.toContain('implementation');
    expect((await send('GET', url('metadata?mode=full'))).status).toBe(200);
    for (const query of ['mode=nonsense', 'mode=terminology', 'mode=normative', 'nonsense=1', 'mode=full&mode=full']) expect((await send('GET', url(`metadata?${query}`))).status, query).toBe(400);
  });
});

const values: Readonly<Record<string, string>> = { token: 'http://x|y', string: 'x', date: '2020-01-01', reference: 'Patient/x', uri: 'http://x', number: '1', quantity: '1', special: '1|1' };
/** A year is also a code, a number, a string and an id. */
const valueOf = (name: string, type: string): string => (name === '_id' ? 'x' : type === 'composite' ? (name.endsWith('coordinate') ? 'x$2020$2020' : 'x$2020') : values[type]!);

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
    for (const { type, interaction, searchParam, operation, ...conditional } of claims) {
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
        await run(200, send('GET', url(`${type}?${name}=${encodeURIComponent(valueOf(name, parameterType))}`))).catch(async (error: unknown) => {
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
      expect(operation.map(({ name }: any) => name)).toEqual(['meta', 'meta-add', 'meta-delete']);
      const meta = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }] };
      await run(200, send('GET', url(`${type}/$meta`)));
      await run(200, send('GET', url(`${path}/$meta`)));
      await run(200, send('POST', url(`${path}/$meta-add`), { body: meta }));
      await run(200, send('POST', url(`${path}/$meta-delete`), { body: meta }));
      await run(200, send('DELETE', url(path)));
      await run(410, send('GET', url(path)));
    }
    expect(tried).toBeGreaterThan(isFull ? 3_000 : 300);
  });
});
