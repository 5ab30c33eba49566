/** $everything. R4: patient-operation-everything.html, encounter-operation-everything.html; DECISIONS.md "$everything". */
import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { findFiles } from '../../src/tools/load/files.ts';
import { load } from '../../src/tools/load/load.ts';
import { send, type Answer } from '../support/http.ts';
import { useServer } from '../support/server.ts';
import { hasShared, readShared, sharedPath } from '../support/shared.ts';

const server = useServer();
const url = (path: string): string => `${server().base}/${path}`;
const get = (path: string): Promise<Answer> => send('GET', path.startsWith('http') ? path : url(path));
const put = async (resourceType: string, id: string, rest: object = {}): Promise<void> => {
  const { status, text } = await send('PUT', url(`${resourceType}/${id}`), { body: { resourceType, id, ...rest } });
  expect([200, 201], text).toContain(status);
};
const names = ({ json }: Answer): string[] => (json.entry ?? []).map(({ resource }: any) => `${resource.resourceType}/${resource.id}`).toSorted();
const link = ({ json }: Answer, relation: string): string | undefined => json.link.find((one: any) => one.relation === relation)?.url;
const subject = { reference: 'Patient/p' };
const code = { text: 'x' };

beforeAll(async () => {
  await put('Organization', 'org');
  await put('Practitioner', 'doc');
  for (const id of ['p', 'other']) await put('Patient', id, { managingOrganization: { reference: 'Organization/org' } });
  await put('Medication', 'm', { code });
  await put('Medication', 'unused', { code });
  await put('Device', 'd', { type: code });
  await put('Encounter', 'e1', { status: 'finished', class: { code: 'AMB' }, subject, period: { start: '2020-01-01', end: '2020-01-03' } });
  await put('Encounter', 'e2', { status: 'finished', class: { code: 'AMB' }, subject, period: { start: '2022-05-05', end: '2022-05-05' } });
  await put('Observation', 'o1', { status: 'final', code, subject, encounter: { reference: 'Encounter/e1' }, effectiveDateTime: '2020-01-02', performer: [{ reference: 'Practitioner/doc' }], device: { reference: 'Device/d' } });
  await put('Observation', 'o2', { status: 'final', code, subject, effectiveDateTime: '2022-05-05' });
  await put('Observation', 'o3', { status: 'final', code, subject });
  await put('Observation', 'foreign', { status: 'final', code, subject: { reference: 'Patient/other' } });
  await put('Condition', 'c', { subject, code, recordedDate: '2021-07-01' });
  await put('MedicationRequest', 'mr', { status: 'active', intent: 'order', subject, medicationReference: { reference: 'Medication/m' }, authoredOn: '2020-01-02' });
  await put('Patient', 'deleted');
  await send('DELETE', url('Patient/deleted'));
});

const whole = ['Condition/c', 'Device/d', 'Encounter/e1', 'Encounter/e2', 'Medication/m', 'MedicationRequest/mr', 'Observation/o1', 'Observation/o2', 'Observation/o3', 'Patient/p'];

describe('Patient/$everything', () => {
  const cases: readonly [query: string, expected: readonly string[]][] = [
    ['', whole],
    ['?_type=Observation', ['Observation/o1', 'Observation/o2', 'Observation/o3']],
    ['?_type=Observation,Condition', ['Condition/c', 'Observation/o1', 'Observation/o2', 'Observation/o3']],
    ['?_type=Patient&_type=Practitioner,Organization', ['Organization/org', 'Patient/p', 'Practitioner/doc']],
    ['?_type=Medication', ['Medication/m']],
    ['?_type=Slot', []],
    // Without a date of care a resource belongs to every period; Condition has no onset, so that the day it was recorded counts.
    ['?start=2022-01-01', ['Encounter/e2', 'Observation/o2', 'Observation/o3', 'Patient/p']],
    ['?end=2021-12-31', whole.filter((name) => !['Encounter/e2', 'Observation/o2'].includes(name))],
    ['?start=2020-01-02&end=2020-01-02', ['Device/d', 'Encounter/e1', 'Medication/m', 'MedicationRequest/mr', 'Observation/o1', 'Observation/o3', 'Patient/p']],
    ['?_since=2999-01-01T00:00:00Z', []],
    ['?_since=2000-01-01T00:00:00Z', whole],
  ];
  it.each(cases)('%s', async (query, expected) => {
    const answer = await get(`Patient/p/$everything${query}`);
    expect(answer.status, answer.text).toBe(200);
    expect([answer.json.type, answer.json.total, names(answer)]).toEqual(['searchset', expected.length, expected]);
    expect(answer.json.entry?.every(({ search, fullUrl, resource }: any) => search.mode === 'match' && fullUrl === url(`${resource.resourceType}/${resource.id}`)) ?? true).toBe(true);
  });

  it('is asked by POST as well, with parameters in a body, and its links are for GET', async () => {
    const parameter = [{ name: 'start', valueDate: '2022-01-01' }, { name: '_type', valueCode: 'Observation' }, { name: '_type', valueCode: 'Patient' }, { name: '_count', valueInteger: 2 }];
    const answer = await send('POST', url('Patient/p/$everything'), { body: { resourceType: 'Parameters', parameter } });
    expect([answer.status, answer.json.entry.length]).toEqual([200, 2]);
    const rest = await get(link(answer, 'next')!);
    expect([...names(answer), ...names(rest)].toSorted()).toEqual(['Observation/o2', 'Observation/o3', 'Patient/p']);
  });

  it('is paged: every resource once, what the record refers to at the end', async () => {
    const seen: string[] = [];
    let answer = await get('Patient/p/%24everything?_count=3');
    for (;;) {
      expect([answer.json.total, answer.json.entry.length <= 3]).toEqual([undefined, true]);
      seen.push(...answer.json.entry.map(({ resource }: any) => `${resource.resourceType}/${resource.id}`));
      const next = link(answer, 'next');
      if (next === undefined) break;
      answer = await get(next);
    }
    expect(seen.toSorted()).toEqual(whole);
    expect(seen.slice(-2)).toEqual(['Medication/m', 'Device/d']);
    expect(names(await get(link(answer, 'first')!))).toEqual(names(await get('Patient/p/$everything?_count=3')));
  });

  // search.html#count: _count=0 is _summary=count.
  it.each(['Patient/p/$everything?', 'Encounter/e1/$everything?', 'Patient/p/$everything?_type=Observation,Medication&', 'Patient/p/$everything?start=2021-01-01&', 'Patient/p/$everything?_since=2000-01-01T00:00:00Z&'])(
    '%s with _count=0 says how much there is', async (path) => {
      const { json } = await get(`${path}_count=0`);
      expect([json.total, json.entry, json.link.map(({ relation }: any) => relation)]).toEqual([names(await get(path.slice(0, -1))).length, undefined, ['self']]);
    });

  it('is part of a batch and of a transaction, where it sees what the transaction writes', async () => {
    const entry = [
      { request: { method: 'POST', url: 'Observation' }, resource: { resourceType: 'Observation', status: 'final', code, subject: { reference: 'Patient/other' } } },
      { request: { method: 'GET', url: 'Patient/other/$everything' } },
    ];
    const { json } = await send('POST', url(''), { body: { resourceType: 'Bundle', type: 'transaction', entry } });
    expect(json.entry[1].resource.total).toBe(3);
  });

  const refused: readonly [path: string, status: number][] = [
    ['Patient/never/$everything', 404], ['Patient/deleted/$everything', 410], ['Observation/o1/$everything', 404], ['Patient/$everything', 404], ['Patient/p/$everything?_type=Nonsense', 400],
    ['Patient/p/$everything?start=yesterday', 400], ['Patient/p/$everything?_since=2020', 400], ['Patient/p/$everything?nonsense=1', 400], ['Patient/p/$everything?_count=-1', 400], ['Patient/p/$everything?-page=x', 400],
    ['Encounter/e1/$everything?start=2020-01-01', 400],
  ];
  it.each(refused)('%s is %i', async (path, status) => {
    const answer = await get(path);
    expect([answer.status, answer.json.resourceType], answer.text).toEqual([status, 'OperationOutcome']);
  });

  it.skipIf(!hasShared)('is the record of one of Synthea\'s patients, type by type', { timeout: 120_000 }, async () => {
    const { everything: { patientIdentifier, total, typeCountsCsv } } = JSON.parse(readShared('vectors/synthea_counts.json').toString());
    const folder = sharedPath('data/synthea');
    const wanted = readdirSync(folder).filter((name) => name.startsWith('0-') || name.startsWith('e5a8d3f4')).map((name) => `${folder}/${name}`);
    expect((await load(await findFiles(wanted), { base: server().base, concurrency: 2 })).failures).toEqual([]);
    const { json: { entry: [{ resource: { id } }] } } = await get(`Patient?identifier=${patientIdentifier}`);
    const answer = await get(`Patient/${id}/$everything`);
    const counts = new Map<string, number>();
    for (const name of names(answer)) counts.set(name.split('/')[0]!, (counts.get(name.split('/')[0]!) ?? 0) + 1);
    expect([...counts].map(([type, count]) => `"${type}",${count}\n`).join('')).toBe(typeCountsCsv);
    expect([answer.json.total, link(answer, 'next')]).toEqual([total, undefined]);
  });
});

describe('Encounter/$everything', () => {
  it('is the encounter, its patient, what happened in it, and what that refers to', async () => {
    expect(names(await get('Encounter/e1/$everything'))).toEqual(['Device/d', 'Encounter/e1', 'Observation/o1', 'Patient/p']);
    expect(names(await get('Encounter/e2/$everything'))).toEqual(['Encounter/e2', 'Patient/p']);
    expect(names(await get('Encounter/e1/$everything?_type=Practitioner'))).toEqual(['Practitioner/doc']);
  });
});
