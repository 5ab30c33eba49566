/** DocumentReference/$docref, which is there where US Core is loaded. http://hl7.org/fhir/us/core/OperationDefinition/docref. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { archive } from '../support/archive.ts';
import { useFolder } from '../support/folder.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const file = join(useFolder(), 'us-core.tgz');
writeFileSync(file, archive([{ name: 'package/package.json', content: JSON.stringify({ name: 'hl7.fhir.us.core', version: '6.1.0' }) }]));

const ccd = { coding: [{ system: 'http://loinc.org', code: '34133-9' }] };
const note = { coding: [{ system: 'http://loinc.org', code: '11506-3' }] };
const document = (id: string, patient: string, status: string, type: object, year: number, profile?: string) => ({
  request: { method: 'PUT', url: `DocumentReference/${id}` },
  resource: {
    resourceType: 'DocumentReference', id, status, type, subject: { reference: `Patient/${patient}` }, date: `${year}-06-01T00:00:00Z`, content: [{ attachment: { url: 'http://x' } }],
    context: { period: { start: `${year}-01-01`, end: `${year}-02-01` } }, ...(profile !== undefined && { meta: { profile: [profile] } }),
  },
});
const resource = {
  resourceType: 'Bundle', type: 'transaction', entry: [
    document('a', '1', 'current', ccd, 2019), document('b', '1', 'current', note, 2021, 'urn:p'), document('c', '1', 'superseded', ccd, 2020), document('d', '2', 'current', ccd, 2020),
  ],
};

describe('with US Core', () => {
  const server = useServer({ PACKAGES: file });
  beforeAll(async () => {
    expect((await send('POST', server().base, { body: JSON.stringify(resource) })).status).toBe(200);
  });
  const ids = async (query: string): Promise<string[]> => {
    const { status, json } = await send('GET', `${server().base}/DocumentReference/$docref?${query}`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
    return (json.entry ?? []).map((entry: any) => entry.resource.id);
  };

  const cases: [query: string, expected: string[]][] = [
    ['patient=1', ['b', 'a']], ['patient=3', []],
    ['patient=1&start=2020-01-15T00:00:00Z', ['b', 'c']], ['patient=1&end=2020-12-31T00:00:00Z', ['c', 'a']], ['patient=1&start=2020-01-01T00:00:00Z&end=2020-12-31T00:00:00Z', ['c']],
    ['patient=1&profile=urn:p', ['b']], ['patient=1&on-demand=true', []], ['patient=1&on-demand=false', ['b', 'a']],
  ];
  it.each(cases)('%s', async (query, expected) => expect(await ids(query)).toEqual(expected));

  it('takes types in a body', async () => {
    const body = JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'patient', valueId: '1' }, { name: 'type', valueCoding: { system: 'http://loinc.org', code: '34133-9' } }] });
    const { json } = await send('POST', `${server().base}/DocumentReference/$docref`, { body });
    expect(json.entry.map((entry: any) => entry.resource.id)).toEqual(['a']);
  });

  it('needs a patient', async () => expect((await send('GET', `${server().base}/DocumentReference/$docref`)).status).toBe(400));

  it('is advertised', async () => {
    const { json } = await send('GET', `${server().base}/metadata`);
    expect(json.rest[0].resource.find(({ type }: any) => type === 'DocumentReference').operation).toContainEqual({ name: 'docref', definition: 'http://hl7.org/fhir/us/core/OperationDefinition/docref' });
  });
});

describe('without it', () => {
  const server = useServer();
  it('is not there', async () => {
    expect((await send('GET', `${server().base}/DocumentReference/$docref?patient=1`)).status).toBe(404);
    expect(JSON.stringify((await send('GET', `${server().base}/metadata`)).json)).not.toContain('docref');
  });
});
