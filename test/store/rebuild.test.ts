/** An index that was made by other rules: refused at start, or made anew before anything is searched. DECISIONS.md "Jobs". */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { send } from '../support/http.ts';
import { indexRows } from '../support/index-rows.ts';
import { serve, type TestServer } from '../support/server.ts';

const elsewhere = { TIME_ZONE: 'Asia/Tokyo' };
let database: { url: string; drop: () => Promise<void> };
let first: TestServer;

beforeAll(async () => {
  database = await createDatabase();
  first = await serve(database.url);
  const entry = Array.from({ length: 300 }, (_, n) => ({
    resource: { resourceType: 'Encounter', id: `e${n}`, status: 'planned', class: { code: 'AMB' }, period: { start: `2020-01-01T${String(n % 24).padStart(2, '0')}:00:00`, end: '2020-01-03' } },
    request: { method: 'PUT', url: `Encounter/e${n}` },
  }));
  expect((await send('POST', first.base, { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(200);
});
afterAll(async () => {
  await first.close();
  await database.drop();
});

const statuses = async ({ base }: TestServer): Promise<number[]> => {
  const answers = [
    await send('GET', `${base}/Encounter/e1`), await send('GET', `${base}/Encounter/e1/_history`), await send('GET', `${base}/metadata`),
    await send('GET', `${base}/Encounter?date=2020`), await send('PUT', `${base}/Encounter/e1`, { body: { resourceType: 'Encounter', id: 'e1', status: 'planned', class: { code: 'AMB' } } }),
    await send('POST', base, { body: { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: 'Encounter?date=2020' } }] } }), await send('GET', base.replace('/fhir', '/readyz')),
  ];
  return answers.map(({ status }) => status);
};

it('is refused at start, with what to do', async () => {
  const before = await indexRows(first.db.read);
  await expect(serve(database.url, elsewhere)).rejects.toThrow('The search index was made with time_zone UTC, and this server has Asia/Tokyo: stop all servers of this database and start this one with REINDEX=on, '
    + 'which makes the index anew from the stored resources, or set TIME_ZONE to UTC');
  await first.db.write.query({ text: 'update index_format set normaliser = 0' });
  await expect(serve(database.url)).rejects.toThrow(/normaliser 0.*or start the version that made it$/);
  await first.db.write.query({ text: 'update index_format set normaliser = $1', values: [(await import('../../src/search/normalise.ts')).normaliserVersion] });
  expect(await indexRows(first.db.read)).toEqual(before);
});

it('is made anew under REINDEX: meanwhile resources are read by id alone, and servers with the old rules answer no more', { timeout: 60_000 }, async () => {
  const { db } = first;
  await db.write.query({ text: "create function hold() returns trigger language plpgsql as $$ begin new.kind := 'held'; return new; end $$" });
  await db.write.query({ text: 'create trigger hold before insert on job for each row execute function hold()' });
  const second = await serve(database.url, { ...elsewhere, REINDEX: 'on' });
  expect(await statuses(second)).toEqual([200, 200, 200, 503, 503, 503, 503]);
  const refused = await send('GET', `${second.base}/Encounter?date=2020`);
  expect([refused.json.issue[0].code, refused.json.issue[0].diagnostics, refused.headers['retry-after']]).toEqual(['transient', 'What is stored is not indexed yet: the reindex waits (0 %)', '2']);
  await expect.poll(() => statuses(first), { timeout: 10_000 }).toEqual([503, 503, 503, 503, 503, 503, 503]);
  expect(first.log.filter((line) => line.includes('by other rules: this one answers no more'))).toHaveLength(1);

  // Its job ends before its time, and so does the server: the next one begins another, whether or not it is told to.
  await db.write.query({ text: "update job set status = 'failed', ended_at = now()" });
  await second.close();
  await db.write.query({ text: 'drop trigger hold on job' });
  const third = await serve(database.url, elsewhere);
  await expect.poll(async () => (await send('GET', `${third.base}/Encounter?_summary=count`)).status, { timeout: 20_000 }).toBe(200);
  expect(await statuses(third)).toEqual([200, 200, 200, 200, 200, 200, 200]);
  // Half past five in the afternoon of Tokyo.
  expect((await send('GET', `${third.base}/Encounter?date=sa2020-01-01T08:30:00Z&_summary=count`)).json.total).toBe(72);
  const rows = await indexRows(db.read);
  const again = await send('POST', `${third.base}/$reindex`);
  await expect.poll(async () => (await send('GET', again.headers['content-location']!)).json?.parameter?.[1], { timeout: 20_000 }).toEqual({ name: 'changed', valueInteger: 0 });
  expect(await indexRows(db.read)).toEqual(rows);
  const [{ version }] = await db.read.query<{ version: string }>({ text: 'select version from index_format' }) as [{ version: string }];
  await third.close();
  // With the right format REINDEX does nothing.
  const fourth = await serve(database.url, { ...elsewhere, REINDEX: 'on' });
  expect(await db.read.query({ text: 'select version, rebuild from index_format' })).toEqual([{ version, rebuild: null }]);
  await fourth.close();
});
