/**
 * npx tsx bench/workers.ts [--workers 2] [--rate 500] [--clients 16] [--warm-up 60] [--windows 8] [--seconds 10]: what several workers cost beside one, in processor
 * seconds of server and Postgres per 1,000 requests: reads, searches (W7) and creates as 2 : 2 : 1. Both servers are up, each on a copy of the same data; they are warmed up
 * by as much as they can take, and then asked in turns: so many requests a second, and as many times that as there are workers, so that each of them has as much to do as
 * the one had. What a process is asked rarely costs more each time, so that at the same rate several have the worse of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRandom } from '../src/tools/generate/random.ts';
import { harvest, type Harvest } from './data/harvest.ts';
import { runClients } from './load/clients.ts';
import { median } from './load/percentile.ts';
import { createRecorder } from './load/recorder.ts';
import { clinical } from './searches/clinical.ts';
import { patientId } from './searches/shape.ts';
import { perThousand, say, sideBySide, type Cost, type Side } from './side-by-side.ts';
import { verbatim, type Serving } from './target/target.ts';
import { single } from './workloads/crud/resources.ts';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '2' }, rate: { type: 'string', default: '500' }, clients: { type: 'string', default: '16' },
    'warm-up': { type: 'string', default: '60' }, windows: { type: 'string', default: '8' }, seconds: { type: 'string', default: '10' },
  },
});
const [rate, clients, warmUp, windows, seconds] = [values.rate, values.clients, values['warm-up'], values.windows, values.seconds].map(Number) as [number, number, number, number, number];
const random = createRandom('workers');

/** Each client waits for the time of its turn, where there is a rate. @returns how many requests succeeded */
async function ask({ base }: Serving, found: Harvest, duration: number, perSecond?: number): Promise<number> {
  const began = performance.now();
  const recorder = createRecorder();
  const elapsed = await runClients(base, perSecond === undefined ? { clients, seconds: duration } : { clients, turns: duration * perSecond }, recorder, async (client, turn) => {
    const early = perSecond === undefined ? 0 : began + (turn * 1000) / perSecond - performance.now();
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

async function cost({ serving, used }: Side, found: Harvest, perSecond: number): Promise<Cost> {
  await ask(serving, found, 1, perSecond);
  const before = used();
  const ok = await ask(serving, found, seconds, perSecond);
  return perThousand(before, used(), ok);
}

const sum = ({ server, database }: Cost): number => server + database;
const textOf = ({ server, database }: Cost): string => `${server.toFixed(3)} + ${database.toFixed(3)}`;
const medianOf = (costs: readonly Cost[]): Cost => ({ server: median(costs.map(({ server }) => server))!, database: median(costs.map(({ database }) => database))! });

await sideBySide(['1', values.workers].map((WORKERS) => verbatim(0, 'stored', { WORKERS })), async (sides) => {
  const [one, several] = sides as [Side, Side];
  const found = await harvest(one.serving.base);
  say(`warm-up, ${warmUp} s each`);
  for (const { serving } of sides) await ask(serving, found, warmUp);
  const cases = [one, several].flatMap((side) => [rate, rate * Number(values.workers)].map((perSecond) => ({ side, perSecond, costs: [] as Cost[] })));
  for (let turn = 1; turn <= windows; turn++) {
    for (const each of turn % 2 === 0 ? cases.toReversed() : cases) each.costs.push(await cost(each.side, found, each.perSecond));
    say(`${turn}: ${cases.map(({ costs }) => textOf(costs.at(-1)!)).join(', ')}`);
  }
  for (const { side, perSecond, costs } of cases) say(`${side === one ? '1 server' : `${values.workers} workers`}, ${perSecond}/s: ${textOf(medianOf(costs))}`);
  const more = (a: number, b: number): string => `${((median(cases[b]!.costs.map((each, n) => sum(each) / sum(cases[a]!.costs[n]!)))! - 1) * 100).toFixed(1)} %`;
  say(`more by ${values.workers} workers, medians of ${windows} pairs: as much asked of each ${more(0, 3)}; as much asked of all ${more(0, 2)} (${rate}/s), ${more(1, 3)} (${rate * Number(values.workers)}/s)`);
});
