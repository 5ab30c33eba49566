/**
 * npx tsx bench/creates.ts [--clients 16,32,64] [--warm-up 45] [--windows 12] [--seconds 4] [--against ../other]: creates of one resource (w1-create) beside bare Fastify
 * with one prepared insert, as shares of its rate, and beside another built checkout where one is given. All are up at the same time and asked in turns, since the machine
 * is not the same from one minute to the next.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { floorTarget } from './floor/floors.ts';
import { runClients } from './load/clients.ts';
import { median } from './load/percentile.ts';
import { createRecorder } from './load/recorder.ts';
import { perThousand, say, sideBySide, type Cost, type Side } from './side-by-side.ts';
import { root } from './target/process.ts';
import { verbatim } from './target/target.ts';
import { single } from './workloads/crud/resources.ts';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '16,32,64' }, 'warm-up': { type: 'string', default: '45' }, windows: { type: 'string', default: '12' }, seconds: { type: 'string', default: '4' }, against: { type: 'string' },
  },
});
const [warmUp, windows, seconds] = [values['warm-up'], values.windows, values.seconds].map(Number) as [number, number, number];

interface Window {
  /** Requests per second. */
  readonly rate: number;
  readonly cost: Cost;
}

async function create({ serving, used }: Side, clients: number, duration: number): Promise<Window> {
  const recorder = createRecorder();
  const before = used();
  const elapsed = await runClients(serving.base, { clients, seconds: duration }, recorder, async (client, turn) => {
    const { type, body } = single(turn);
    await client.send('create', { method: 'POST', path: type, body }, [201]);
  });
  const { ok, errors, errorKinds } = recorder.result(elapsed);
  if (errors > 0) say(`${errors} errors: ${JSON.stringify(errorKinds)}`);
  return { rate: (ok / elapsed) * 1000, cost: perThousand(before, used(), ok) };
}

const others = values.against === undefined ? [] : [resolve(values.against)];
const names = ['floor', 'this', ...others];
await sideBySide([floorTarget, ...[root, ...others].map((folder) => verbatim(0, 'stored', {}, folder))], async (sides) => {
  say(`warm-up, ${warmUp} s each`);
  for (const side of sides) await create(side, 16, warmUp);
  for (const clients of values.clients.split(',').map(Number)) {
    const all = sides.map((side, n) => ({ side, name: names[n]!, measured: [] as Window[] }));
    for (let turn = 0; turn < windows; turn++) {
      for (const { side, measured } of turn % 2 === 0 ? all : all.toReversed()) {
        // What comes first behind another finds cold caches.
        await create(side, clients, 0.5);
        measured.push(await create(side, clients, seconds));
      }
    }
    const floor = all[0]!.measured;
    for (const { name, measured } of all) {
      const of = (figure: (window: Window, n: number) => number): number => median(measured.map(figure))!;
      const shares = measured.map(({ rate }, n) => rate / floor[n]!.rate).toSorted((a, b) => a - b);
      say(`${clients} clients, ${name}: ${of(({ rate }) => rate).toFixed(0)}/s, ${of(({ cost }) => cost.server).toFixed(3)} + ${of(({ cost }) => cost.database).toFixed(3)} s of server and Postgres per 1,000; ${median(shares)!.toFixed(3)} of the floor (${shares[0]!.toFixed(2)} to ${shares.at(-1)!.toFixed(2)})`);
    }
  }
});
