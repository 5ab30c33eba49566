/** A walk through what is stored: on at its checkpoint when its worker was stopped, and no further when it is cancelled. R4: async.html. */
import { afterEach, beforeAll, expect, it } from 'vitest';
import { cancel, enqueue, findJob, type Job } from '../../src/jobs/queue.ts';
import { startWorker, type Worker } from '../../src/jobs/worker.ts';
import { walkJob } from '../../src/store/walk-job.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const workers: Worker[] = [];
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.stop())));

beforeAll(async () => {
  const entry = Array.from({ length: 95 }, (_, n) => ({ request: { method: 'PUT', url: `Basic/b${n}` }, resource: { resourceType: 'Basic', id: `b${n}`, code: { text: 'x' } } }));
  expect((await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(200);
});

/** Of a kind that the server's own workers do not take. */
function walk(onResource: (seen: number) => Promise<unknown> | undefined = () => undefined): Worker {
  const { db } = server();
  let seen = 0;
  const told: (Promise<unknown> | undefined)[] = [];
  const worker = startWorker({ db: db.write, log: { info() {}, warn() {} }, idle: 10, kinds: { walk: walkJob<{ types: string[] }, { ids: string[] }>({
    db, step: 10, begin: (kept = { ids: [] }) => kept, result: ({ ids }) => ({ ids }),
    look: async () => {
      await Promise.all(told);
      return (found, { id }) => {
        found.ids.push(id as string);
        told.push(onResource(++seen));
      };
    },
  }) } });
  workers.push(worker);
  return worker;
}

const begin = (): Promise<string> => enqueue(server().db.write, 'walk', { types: ['Account', 'Basic', 'Patient'] });
const find = async (id: string): Promise<Job> => (await findJob(server().db.read, id))!;
const reaches = (id: string, status: string): Promise<void> => expect.poll(async () => (await find(id)).status, { timeout: 15_000, interval: 20 }).toBe(status);

it('goes on at its checkpoint with another worker, and sees each resource once, in the order of rid', async () => {
  const id = await begin();
  await new Promise<void>((resolve) => {
    const first = walk((seen) => {
      if (seen === 35) void first.stop().then(resolve);
      return undefined;
    });
  });
  expect(await find(id)).toMatchObject({ status: 'queued', checkpoint: { type: 1, resources: 40, found: { ids: { length: 40 } } }, progress: expect.stringMatching(/^\d+ %, 40 resources$/) });
  walk();
  await reaches(id, 'completed');
  expect((await find(id)).result).toEqual({ ids: Array.from({ length: 95 }, (_, n) => `b${n}`) });
});

it('ends where it is cancelled', async () => {
  const id = await begin();
  let most = 0;
  walk((seen) => {
    most = seen;
    return seen === 25 ? cancel(server().db.write, id) : undefined;
  });
  await reaches(id, 'cancelled');
  await workers[0]!.stop();
  // Whether the step under way is still noted is a matter of who comes first.
  expect((await find(id)).checkpoint).toMatchObject({ type: 1, resources: expect.toSatisfy((n) => n === 20 || n === 30) });
  expect(most).toBeLessThanOrEqual(40);
});
