/** A grown database answers as if the copies had been written: a patient's record is found by the patient, and is nobody else's. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { grow } from '../../bench/grow/grow.ts';
import { findFiles } from '../../src/tools/load/files.ts';
import { load } from '../../src/tools/load/load.ts';
import { inject } from '../support/inject.ts';
import { useServer } from '../support/server.ts';

const sample = join(import.meta.dirname, '../../data');
const files = readdirSync(sample).filter((name) => /^(?:0-|patient-00000[1-3])/.test(name)).map((name) => join(sample, name));

describe('a grown database', () => {
  const server = useServer();
  const total = async (query: string): Promise<number> => (await inject(server(), 'GET', `${query}${query.includes('?') ? '&' : '?'}_summary=count`)).json.total as number;
  let patient: { id: string; identifier: { system: string; value: string }[] };
  let before: Record<string, number>;
  const queries = ['Observation', 'Observation?code=8302-2', 'Observation?date=ge2020', 'Observation?value-quantity=gt100', 'Organization', 'Observation?patient.gender=female', 'Patient?_has:Observation:patient:code=8302-2'];
  const totals = async (): Promise<Record<string, number>> => Object.fromEntries(await Promise.all(queries.map(async (query) => [query, await total(query)] as const)));

  beforeAll(async () => {
    const { failures, resources } = await load(await findFiles(files), { base: server().base, concurrency: 1 });
    expect(failures).toEqual([]);
    patient = (await inject(server(), 'GET', 'Patient?_count=1')).json.entry[0].resource;
    before = await totals();
    // One more than there is: a whole copy of what is the patients' own.
    const grown = await grow(server().databaseUrl, resources + 1, () => {});
    expect(grown.before).toBe(resources);
    expect(grown.after).toBe(resources * 2 - await total('Organization') - await total('Location') - await total('Practitioner') - await total('PractitionerRole'));
  }, 60_000);

  it('has twice of what is the patients own, and no more of what is common', async () => {
    expect(await totals()).toEqual(Object.fromEntries(Object.entries(before).map(([query, count]) => [query, query === 'Organization' ? count : count * 2])));
  });

  it('has each record under its own patient', async () => {
    const [original, copy] = [await total(`Observation?patient=Patient/${patient.id}`), await total(`Observation?patient=Patient/${patient.id}-1`)];
    expect(original).toBeGreaterThan(0);
    expect(copy).toBe(original);
    expect(await total(`Encounter?patient=${patient.id}-1`)).toBe(await total(`Encounter?patient=${patient.id}`));
  });

  it('reads a copy by its id, takes an update of it, and finds the original alone by the identifier', async () => {
    const read = await inject(server(), 'GET', `Patient/${patient.id}-1`);
    expect(read.json).toMatchObject({ resourceType: 'Patient', id: `${patient.id}-1` });
    expect(await total(`Patient?identifier=${patient.identifier[0]!.system}|${patient.identifier[0]!.value}`)).toBe(1);
    expect((await inject(server(), 'PUT', `Patient/${patient.id}-1`, { ...read.json, gender: 'other' })).status).toBe(200);
    expect((await inject(server(), 'POST', 'Patient', { resourceType: 'Patient' })).status).toBe(201);
  });
});
