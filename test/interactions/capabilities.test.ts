/** The CapabilityStatement as a resource; its claims are tried in test/claims. R4: http.html#capabilities, capabilitystatement.html. */
import { request, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../src/registry.ts';
import { brokenInvariants, structureFaults } from '../support/conformance.ts';
import { send } from '../support/http.ts';
import { isFull } from '../support/shared.ts';
import { startServer, useServer } from '../support/server.ts';

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
    expect(statement.rest[0].compartment).toEqual(['Device', 'Encounter', 'Patient', 'Practitioner', 'RelatedPerson'].map((name) => `http://hl7.org/fhir/CompartmentDefinition/${name.charAt(0).toLowerCase()}${name.slice(1)}`));
    expect(statement.rest[0].searchParam.map(({ name }: any) => name)).toEqual(expect.arrayContaining(['_id', '_lastUpdated', '_list', '_type', '_tag', '_profile', '_security', '_source']));
    const patient = statement.rest[0].resource.find(({ type }: any) => type === 'Patient');
    expect(patient.searchInclude).toEqual(expect.arrayContaining(['*', 'Patient:general-practitioner', 'Patient:organization', 'Patient:link']));
    expect(patient.searchRevInclude).toEqual(expect.arrayContaining(['*', 'Observation:subject', 'Provenance:target', 'List:item']));
    expect(statement.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(statement.rest[0].resource).toHaveLength(146);
    expect(statement.rest[0].interaction.map(({ code }: any) => code).toSorted()).toEqual(['batch', 'history-system', 'search-system', 'transaction']);
    expect(statement.rest[0].operation).toEqual([{ name: 'meta', definition: 'http://hl7.org/fhir/OperationDefinition/Resource-meta' }, { name: 'reindex', definition: 'urn:verbatim:OperationDefinition/reindex' }, { name: 'validate-stored', definition: 'urn:verbatim:OperationDefinition/validate-stored' }]);
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

  it('says what the settings of writes make of them', { timeout: 60_000 }, async () => {
    const other = await startServer({
      CONDITIONAL_DELETE: 'multiple', REFERENTIAL_INTEGRITY: 'enforce', PATCH_NARRATIVE: 'keep', CASCADE_DELETE: 'true', HISTORY_DELETION: 'true', PURGE: 'true', HISTORY_IMPORT: 'true', SEARCH_HANDLING: 'lenient',
    });
    const warning = await startServer({ REFERENTIAL_INTEGRITY: 'warn', PATCH_NARRATIVE: 'reject' });
    const [usual, changed, warned] = [statement, ...(await Promise.all([other, warning].map(async ({ base }) => (await send('GET', `${base}/metadata`)).json)))].map(({ rest: [rest] }: any) => {
      // All types are alike.
      const said = rest.resource.map(({ interaction, conditionalCreate, conditionalRead, conditionalUpdate, conditionalDelete, versioning, readHistory, updateCreate, referencePolicy, operation }: any) => ({
        flags: [versioning, readHistory, updateCreate, conditionalCreate, conditionalRead, conditionalUpdate, conditionalDelete, ...referencePolicy], hasPurge: operation.some(({ name }: any) => name === 'purge'),
        words: Object.fromEntries(interaction.filter(({ documentation }: any) => documentation !== undefined).map(({ code, documentation }: any) => [code, documentation])),
      }));
      for (const one of said) expect(one).toEqual(said[0]);
      return { ...said[0], rest: rest.documentation, transaction: rest.interaction.find(({ code }: any) => code === 'transaction').documentation };
    });
    const flags = ['versioned-update', true, true, true, 'full-support', true];
    expect(usual).toEqual({ flags: [...flags, 'single', 'literal', 'logical'], hasPurge: false, words: { patch: expect.stringContaining('is removed') }, rest: undefined, transaction: undefined });
    expect(changed).toEqual({
      flags: [...flags, 'multiple', 'literal', 'logical', 'enforced'], hasPurge: true, rest: undefined, transaction: expect.stringContaining('history'),
      words: { patch: expect.stringContaining('stays'), delete: expect.stringContaining('_cascade=delete'), 'history-instance': expect.stringContaining('erases'), 'search-type': expect.stringContaining('ignored') },
    });
    expect(warned).toMatchObject({ flags: [...flags, 'single', 'literal', 'logical'], rest: expect.stringContaining('warns'), words: { patch: expect.stringContaining('refused unless') } });
    expect(statement.patchFormat).toEqual(['application/json-patch+json', 'application/merge-patch+json', 'application/fhir+json']);
    await Promise.all([other.close(), warning.close()]);
  });

  it('has an ETag, is not sent twice, and can be cut and laid out', async () => {
    const answer = await send('GET', url('metadata'));
    expect((await send('GET', url('metadata'), { headers: { 'if-none-match': answer.headers['etag']! } })).status).toBe(304);
    expect(Object.keys((await send('GET', url('metadata?_elements=fhirVersion'))).json)).not.toContain('implementation');
    expect((await send('GET', url('metadata?mode=full'))).status).toBe(200);
    for (const query of ['mode=nonsense', 'mode=terminology', 'mode=normative', 'nonsense=1', 'mode=full&mode=full']) expect((await send('GET', url(`metadata?${query}`))).status, query).toBe(400);
  });
});
