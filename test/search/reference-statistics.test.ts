/**
 * Whoever first asks for what references lead to has them analysed: until autovacuum comes, Postgres would plan such searches with no idea of
 * them (26 s for 0.2). DECISIONS.md "Statistics of references do not wait for autovacuum".
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer({ EXPLAIN: 'on' });
const types = ['Encounter', 'List', 'Location', 'Observation', 'Patient'] as const;

const run = (text: string): Promise<object[]> => server().db.write.query({ text });
const fill = (type: string, count: number): Promise<object[]> =>
  run(`insert into resource_reference (target, rid, type, param) select -n - 1, -n, '${type}', 1 from generate_series(1, ${count}) n`);
/** The types of which Postgres knows how many references there are, and how many of Observations it has seen. */
const known = async (): Promise<{ types: string[]; pages: number }> => {
  const rows: any[] = await run("select distinct tablename from pg_stats where tablename like 'resource_reference_%'");
  const [{ relpages }]: any[] = await run("select relpages from pg_class where relname = 'resource_reference_observation'");
  return { types: types.filter((type) => rows.some(({ tablename }) => tablename === `resource_reference_${type.toLowerCase()}`)), pages: relpages };
};
/** Tables are looked at once a second. */
const aSecondLater = (): void => void vi.advanceTimersByTime(1_050);

beforeAll(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterAll(() => void vi.useRealTimers());

beforeEach(async () => {
  await run('set allow_system_table_mods = on');
  for (const type of types) {
    const table = `resource_reference_${type.toLowerCase()}`;
    await run(`truncate ${table}`);
    await run(`alter table ${table} set (autovacuum_enabled = false)`);
    await run(`delete from pg_statistic where starelid = '${table}'::regclass`);
    await fill(type, 10_000);
  }
  aSecondLater();
});

describe('before a search, the references that it is led by are analysed', () => {
  it.each([
    ['Encounter?_has:Observation:encounter:code=x', ['Observation']],
    ['Encounter?_has:Observation:encounter:patient:Patient.name=x', ['Observation']],
    ['Patient?_has:Encounter:patient:_has:Observation:encounter:code=x', ['Encounter', 'Observation']],
    ['Observation?encounter.location.name=x', ['Encounter', 'Observation']],
    ['Observation?encounter:Encounter.location:Location.name=x&_summary=count', ['Encounter', 'Observation']],
    ['Observation?encounter.location.name=x&_total=accurate&_include=Observation:patient', ['Encounter', 'Observation']],
    ['Observation?patient.name=x&-explain=true', ['Observation']],
    ['Location?partof:below=Location/1', ['Location']],
    ['Observation?_list=1', ['List']],
    ['Observation?code=x&patient=1', []],
  ] as const)('%s', async (query, analysed) => {
    expect((await send('GET', `${server().base}/${query}`)).status).toBe(200);
    expect((await known()).types).toEqual(analysed);
  });

  it('in a transaction, and where criteria select what is written', async () => {
    const bundle = (...entry: object[]): Promise<{ status: number }> => send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
    expect((await bundle({ request: { method: 'GET', url: 'Encounter?location.name=x' } })).status).toBe(200);
    expect((await known()).types).toEqual(['Encounter']);
    expect((await send('DELETE', `${server().base}/Observation?patient.name=x`)).status).toBe(200);
    expect((await known()).types).toEqual(['Encounter', 'Observation']);
    const flag = { resourceType: 'Flag', status: 'active', code: { text: 'x' }, subject: { reference: 'Patient?organization.name=x' } };
    expect((await bundle({ request: { method: 'POST', url: 'Flag' }, resource: flag })).status).toBe(412);
    expect((await known()).types).toEqual(['Encounter', 'Observation', 'Patient']);
  });
});

describe('references are analysed', () => {
  const ask = async (): Promise<number> => {
    expect((await send('GET', `${server().base}/Observation?patient.name=x`)).status).toBe(200);
    return (await known()).pages;
  };
  it('again once there are more than twice as many', async () => {
    const first = await ask();
    expect(first).toBeGreaterThan(32);
    await fill('Observation', 5_000);
    aSecondLater();
    expect(await ask()).toBe(first);
    await fill('Observation', 10_000);
    aSecondLater();
    expect(await ask()).toBeGreaterThan(2 * first);
  });

  it('not while there are few', async () => {
    await run('truncate resource_reference_observation');
    await fill('Observation', 1_000);
    await ask();
    expect((await known()).types).toEqual([]);
  });

  it('not while somebody vacuums them for longer: the search is answered', async () => {
    await server().db.write.transaction({}, async (tx) => {
      await tx.query({ text: 'lock table resource_reference_observation in share update exclusive mode' });
      await ask();
      expect((await known()).types).toEqual([]);
    });
  });
});
