/**
 * What the CapabilityStatement claims of each type besides search, tried: every interaction, conditional flag, patch format and
 * operation; and what is not claimed is refused. R4: http.html, capabilitystatement.html.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { minimalResource, sampleOf } from '../../src/rest/openapi/sample.ts';
import { inject, type Injected } from '../support/inject.ts';
import { isFull } from '../support/shared.ts';
import { useServer } from '../support/server.ts';

const definitions = loadDefinitions();
const server = useServer();
type Method = Parameters<typeof inject>[1];
const ask = (method: Method, path: string, body?: unknown, headers?: Record<string, string>): Promise<Injected> => inject(server(), method, path, body, headers);
let statement: any;
let operations: ReadonlyMap<string, any>;

beforeAll(async () => {
  statement = (await ask('GET', 'metadata')).json;
  const [rest] = statement.rest;
  const canonicals = new Set<string>([rest, ...rest.resource].flatMap(({ operation = [] }: any) => operation.map(({ definition }: any) => definition)));
  operations = new Map(await Promise.all([...canonicals].map(async (url) => [url, (await ask('GET', `OperationDefinition/${url.slice(url.lastIndexOf('/') + 1)}`)).json] as const)));
});

/** Changes of the language, in each format that is claimed. */
const patches: Readonly<Record<string, (type: string) => unknown>> = {
  'application/json-patch+json': () => [{ op: 'replace', path: '/language', value: 'de' }],
  'application/merge-patch+json': () => ({ language: 'de' }),
  'application/fhir+json': (type) => ({ resourceType: 'Parameters', parameter: [{ name: 'operation', part: [{ name: 'type', valueCode: 'replace' }, { name: 'path', valueString: `${type}.language` }, { name: 'value', valueCode: 'de' }] }] }),
};

/** Parameters of a definition that must be given, with a value each. */
const inputOf = ({ parameter }: any, about: string): object => ({
  resourceType: 'Parameters',
  parameter: parameter.filter(({ use, min, type }: any) => use === 'in' && (min > 0 || type === 'Resource')).map(({ name, type }: any) => (type === 'Resource' ? { name, resource: minimalResource(about, definitions) } : { name, [`value${type.charAt(0).toUpperCase()}${type.slice(1)}`]: sampleOf(type, definitions) })),
});

/** Every type in a full run, else every sixth and those with operations of their own. */
const types = definitions.resourceTypes.filter((type, n) => isFull || n % 6 === 0 || ['Patient', 'Encounter'].includes(type));

describe.each(types)('%s', (type) => {
  const run = async (status: number, ...request: Parameters<typeof ask>): Promise<Injected> => {
    const answer = await ask(...request);
    expect(answer.status, `${request[0]} ${request[1]}: ${answer.text.slice(0, 300)}`).toBe(status);
    return answer;
  };

  it('interactions and conditional flags', async () => {
    const { interaction, operation: _, profile, ...claims } = statement.rest[0].resource.find((one: any) => one.type === type);
    expect(interaction.map(({ code }: any) => code).toSorted()).toEqual(['create', 'delete', 'history-instance', 'history-type', 'patch', 'read', 'search-type', 'update', 'vread']);
    expect(claims).toMatchObject({
      versioning: 'versioned-update', readHistory: true, updateCreate: true, conditionalCreate: true, conditionalRead: 'full-support', conditionalUpdate: true, conditionalDelete: 'single', referencePolicy: ['literal', 'logical'],
    });
    await run(200, 'GET', profile.slice('http://hl7.org/fhir/'.length));
    const { id: __, ...minimal } = minimalResource(type, definitions);
    const created = await run(201, 'POST', type, minimal);
    const { id } = created.json;
    const path = `${type}/${id}`;
    const byId = `${type}?_id=${id}`;
    const text = (language: string): object => ({ ...minimal, id, language });
    // read, vread, update, history
    await run(200, 'GET', path);
    await run(200, 'PUT', path, text('en'), { 'if-match': 'W/"1"' });
    await run(412, 'PUT', path, text('fr'), { 'if-match': 'W/"1"' });
    expect((await run(200, 'GET', `${path}/_history/1`)).json.language).toBeUndefined();
    expect((await run(200, 'GET', `${path}/_history`)).json.total).toBe(2);
    expect((await run(200, 'GET', `${type}/_history`)).json.entry).toHaveLength(2);
    expect((await run(200, 'GET', byId)).json.total).toBe(1);
    // conditional forms
    await run(304, 'GET', path, undefined, { 'if-none-match': 'W/"2"' });
    await run(304, 'GET', path, undefined, { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' });
    await run(200, 'POST', type, minimal, { 'if-none-exist': `_id=${id}` });
    for (const format of statement.patchFormat) {
      const headers = { 'content-type': format };
      expect((await run(200, 'PATCH', path, patches[format]!(type), headers)).json.language).toBe('de');
      await run(200, 'PUT', byId, text('en'));
      expect((await run(200, 'PATCH', byId, patches[format]!(type), headers)).json.language).toBe('de');
      await run(200, 'PUT', byId, text('en'));
    }
    await run(415, 'PATCH', path, '<a/>', { 'content-type': 'application/xml-patch+xml' });
    await run(200, 'DELETE', byId);
    await run(410, 'GET', path);
    // updateCreate: also where there was one, and with an id of the client's
    await run(201, 'PUT', path, text('en'));
    await run(201, 'PUT', `${type}/own`, { ...minimal, id: 'own' });
    await run(200, 'DELETE', `${type}/own`);
    for (const [method, at] of [['POST', path], ['PUT', `${path}/_history/1`], ['DELETE', `${path}/_history/1`], ['DELETE', `${path}/_history`], ['PATCH', `${path}/_history`]] as const) {
      expect([404, 405], `${method} ${at}`).toContain((await ask(method, at, minimal)).status);
    }
  });

  it('operations, on the levels of their definitions, and no others', async () => {
    const { operation = [] } = statement.rest[0].resource.find((one: any) => one.type === type);
    await run(201, 'PUT', `${type}/op`, { ...minimalResource(type, definitions), id: 'op' });
    const claimed = new Set<string>(operation.map(({ definition }: any) => definition));
    for (const [url, definition] of operations) {
      const { code, affectsState, type: onType, instance } = definition;
      expect(claimed.has(url)).toBe((onType || instance) && definition.resource.some((one: string) => one === 'Resource' || one === type));
      // Patient and Encounter have an operation of one name each.
      if (!claimed.has(url) && [...claimed].some((other) => operations.get(other).code === code)) continue;
      for (const [at, isThere] of [[`${type}/$${code}`, onType], [`${type}/op/$${code}`, instance]] as const) {
        const answer = await ask('POST', at, inputOf(definition, type));
        if (!claimed.has(url) || !isThere) expect([404, 405], `${at}: ${answer.text.slice(0, 300)}`).toContain(answer.status);
        else expect([200, 202], `${at}: ${answer.text.slice(0, 300)}`).toContain(answer.status);
        if (claimed.has(url) && isThere && affectsState) expect((await ask('GET', at)).status, at).toBe(405);
      }
    }
    await run(404, 'POST', `${type}/op/$nonsense`, {});
  });
});

describe('the system', () => {
  it('interactions: transaction, batch, search and history', async () => {
    const [rest] = statement.rest;
    expect(rest.interaction.map(({ code }: any) => code).toSorted()).toEqual(['batch', 'history-system', 'search-system', 'transaction']);
    for (const type of ['transaction', 'batch']) {
      const answer = await ask('POST', '', { resourceType: 'Bundle', type, entry: [{ resource: { resourceType: 'Basic', code: { text: 'x' } }, request: { method: 'POST', url: 'Basic' } }] });
      expect([answer.status, answer.json.type, answer.json.entry[0].response.status]).toEqual([200, `${type}-response`, '201 Created']);
    }
    expect((await ask('GET', '?_type=Basic')).json.total).toBeGreaterThan(1);
    expect((await ask('GET', '_history?_count=1')).json.type).toBe('history');
    for (const { definition } of rest.operation) {
      const { code, system } = operations.get(definition);
      expect(system).toBe(true);
      expect([200, 202]).toContain((await ask('POST', `$${code}`, inputOf(operations.get(definition), 'Basic'))).status);
    }
    for (const { code } of [...operations.values()].filter(({ system }) => !system)) expect((await ask('POST', `$${code}`, {})).status, code).toBe(404);
  });

  it('compartments: each is read, and searched as far as it says', async () => {
    for (const canonical of statement.rest[0].compartment) {
      const { code, resource } = (await ask('GET', canonical.slice('http://hl7.org/fhir/'.length))).json;
      for (const { code: member, param } of resource) {
        const answer = await ask('GET', `${code}/x/${member}`);
        expect(answer.status, `${code}/x/${member}`).toBe(param === undefined ? 404 : 200);
      }
      expect((await ask('GET', `${code}/x/*`)).status).toBe(200);
    }
    expect((await ask('GET', 'Organization/x/Patient')).status).toBe(404);
  });

  it('references: literal ones and logical ones are kept, to other servers too, and none is resolved', async () => {
    const references = [{ reference: 'Patient/nobody' }, { reference: 'http://elsewhere.example.org/fhir/Patient/1' }, { identifier: { system: 'urn:x', value: '1' } }];
    for (const subject of references) {
      const answer = await ask('POST', 'Basic', { resourceType: 'Basic', code: { text: 'x' }, subject });
      expect([answer.status, answer.json.subject]).toEqual([201, subject]);
    }
  });
});
