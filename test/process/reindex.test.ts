/** A reindex whose server is told to stop, and then killed, in the middle of it: the next one goes on where it was. */
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/db/pool.ts';
import type { JobStatus } from '../../src/jobs/queue.ts';
import { createDatabase } from '../support/database.ts';
import { send } from '../support/http.ts';
import { indexRows } from '../support/index-rows.ts';
import { freePort, startProcess } from '../support/process.ts';

const count = 8_000;

interface Row {
  status: JobStatus;
  checkpoint: { resources: number } | null;
}

it('$reindex survives SIGTERM and SIGKILL', { timeout: 180_000 }, async () => {
  const { url, drop } = await createDatabase();
  const db = openDatabase({ connectionString: url, max: 3, statementTimeout: 60_000 });
  const port = await freePort();
  const start = () => startProcess(port, { DATABASE_URL: url });
  const job = async (): Promise<Row> => (await db.read.query<Row>({ text: 'select status, checkpoint from job' }))[0]!;
  const done = async (): Promise<number> => (await job()).checkpoint?.resources ?? 0;

  const first = await start();
  for (let n = 0; n < count; n += 2_000) {
    const entry = Array.from({ length: 2_000 }, (_, m) => ({
      resource: { resourceType: 'Basic', id: `b${n + m}`, code: { text: 'x', coding: [{ code: `c${m}` }] }, created: '2020-01-01', subject: { reference: `Patient/${m % 10}` } },
      request: { method: 'PUT', url: `Basic/b${n + m}` },
    }));
    expect((await send('POST', first.base, { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(200);
  }
  const before = await indexRows(db.read);
  await db.write.query({ text: "update resource_key set keys = '{1}'" });
  await db.write.query({ text: 'delete from resource_date' });
  const accepted = await send('POST', `${first.base}/$reindex`);
  const status = accepted.headers['content-location']!;
  expect(accepted.status).toBe(202);

  await expect.poll(done, { timeout: 20_000, interval: 5 }).toBeGreaterThan(0);
  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);
  const stopped = await job();
  expect(stopped.status).toBe('queued');

  const second = await start();
  await expect.poll(done, { timeout: 20_000, interval: 5 }).toBeGreaterThan(stopped.checkpoint!.resources);
  second.child.kill('SIGKILL');
  await second.ended;
  const killed = await job();
  expect([killed.status, killed.checkpoint!.resources < count]).toEqual(['running', true]);

  const third = await start();
  let least = count;
  await expect.poll(async () => {
    least = Math.min(least, await done());
    return (await send('GET', status)).status;
  }, { timeout: 60_000, interval: 50 }).toBe(200);
  expect(least).toBeGreaterThanOrEqual(killed.checkpoint!.resources);
  expect((await send('GET', status)).json.parameter).toEqual([{ name: 'resources', valueInteger: count }, { name: 'changed', valueInteger: count }]);
  expect(await indexRows(db.read)).toEqual(before);
  third.child.kill('SIGTERM');
  expect(await third.ended).toBe(0);
  await db.close();
  await drop();
});
