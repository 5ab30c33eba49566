/**
 * npx tsx bench/workers.ts [--workers 2] [--rate 500] [--clients 16] [--warm-up 600] [--windows 10] [--seconds 15]: what several workers cost beside one, in processor
 * seconds per 1,000 requests of server and Postgres. Both servers are up, each on a copy of the same data; they are warmed up at once and then asked in turns, so
 * many requests a second whoever answers: reads, searches (W7) and creates as 2 : 2 : 1.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom } from '../src/tools/generate/random.ts';
import { chooseData } from './data/files.ts';
import { harvest, type Harvest } from './data/harvest.ts';
import { loadTemplate } from './data/template.ts';
import { runClients } from './load/clients.ts';
import { median } from './load/percentile.ts';
import { createRecorder } from './load/recorder.ts';
import { clinical } from './searches/clinical.ts';
import { patientId } from './searches/shape.ts';
import { openPostgres } from './target/postgres.ts';
import { root } from './target/process.ts';
import { verbatim, type Serving } from './target/target.ts';
import { usageOf } from './target/usage.ts';
import { single } from './workloads/crud/resources.ts';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '2' }, rate: { type: 'string', default: '500' }, clients: { type: 'string', default: '16' },
    'warm-up': { type: 'string', default: '600' }, windows: { type: 'string', default: '10' }, seconds: { type: 'string', default: '15' },
  },
});
const [rate, clients, warmUp, windows, seconds] = [values.rate, values.clients, values['warm-up'], values.windows, values.seconds].map(Number) as [number, number, number, number, number];
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const work = join(root, '.bench/work');
mkdirSync(work, { recursive: true });
const postgres = await openPostgres(join(work, 'postgres'), undefined);

const random = createRandom('workers');

/** Each client waits for the time of its turn, so that as much is asked of one as of the other. */
async function ask({ base }: Serving, found: Harvest, duration: number): Promise<number> {
  const began = performance.now();
  const recorder = createRecorder();
  const elapsed = await runClients(base, { clients, turns: duration * rate }, recorder, async (client, turn) => {
    const early = began + (turn * 1000) / rate - performance.now();
    if (early > 1) await sleep(early);
    const kind = turn % 5;
    if (kind < 2) await client.send('read', { method: 'GET', path: `Patient/${patientId(found, random)}` });
    else if (kind < 4) await client.send('search', { method: 'GET', path: random.pick(clinical).path(found, random) });
    else {
      const { type, body } = single(turn);
      await client.send('create', { method: 'POST', path: type, body }, [201]);
    }
  });
  const { ok, errors, errorKinds } = recorder.result(elapsed);
  if (errors > 0) say(`${errors} errors: ${JSON.stringify(errorKinds)}`);
  return ok;
}

interface Cost { readonly server: number; readonly database: number }

async function window(serving: Serving, found: Harvest): Promise<Cost> {
  const used = (): Cost => ({ server: usageOf(serving.pid!)!.seconds, database: usageOf(postgres.pid!)!.seconds });
  const before = used();
  const ok = await ask(serving, found, seconds);
  const after = used();
  return { server: ((after.server - before.server) / ok) * 1000, database: ((after.database - before.database) / ok) * 1000 };
}

const servings: Serving[] = [];
const databases: string[] = [];
try {
  const data = await chooseData(work, { isSmall: false, patients: 1000, replicas: 1 });
  const counts = ['1', values.workers];
  const template = await loadTemplate(postgres, verbatim(0), data, { work, isReloaded: false, say, keep: () => {} });
  for (const count of counts) {
    const name = `bench_verbatim_workers_${databases.length}`;
    databases.push(name);
    await postgres.create(name, template);
    await postgres.settle(name);
    servings.push(await verbatim(0, 'stored', { WORKERS: count }).start(postgres.url(name), join(work, `workers-${count}.log`)));
  }
  const found = await harvest(servings[0]!.base);
  say(`warm-up of ${warmUp} s`);
  await Promise.all(servings.map((serving) => ask(serving, found, warmUp)));
  const costs: [Cost[], Cost[]] = [[], []];
  for (let turn = 0; turn < windows; turn++) {
    for (const n of turn % 2 === 0 ? [0, 1] : [1, 0]) costs[n]!.push(await window(servings[n]!, found));
    const [one, several] = costs.map((each) => each.at(-1)!) as [Cost, Cost];
    say(`${turn + 1}: one ${one.server.toFixed(3)} + ${one.database.toFixed(3)}, ${values.workers} workers ${several.server.toFixed(3)} + ${several.database.toFixed(3)}`);
  }
  const [one, several] = costs.map((each) => ({ server: median(each.map(({ server }) => server))!, database: median(each.map(({ database }) => database))! })) as [Cost, Cost];
  const more = (several.server + several.database) / (one.server + one.database) - 1;
  say(`medians of ${windows}, s per 1,000: one ${one.server.toFixed(3)} + ${one.database.toFixed(3)}, ${values.workers} workers ${several.server.toFixed(3)} + ${several.database.toFixed(3)}: ${(more * 100).toFixed(1)} % more`);
} finally {
  for (const serving of servings) await serving.stop();
  for (const name of databases) await postgres.drop(name);
  await postgres.stop();
}
