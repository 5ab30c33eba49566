/**
 * npm run bench: reads and loads beside their floors, on this machine, in one run. Reads: the same GET to bare Fastify with one
 * prepared select, and to Verbatim, in turns. Loads: the Synthea files of VERBATIM_SHARED over HTTP, and COPY of the rows that
 * come of them. Nothing else should run meanwhile.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { findFiles } from '../scripts/load/files.ts';
import { load } from '../scripts/load/load.ts';
import { startEmbedded } from '../src/db/embedded/launch.ts';
import { copyFloor } from './floor/copy.ts';

const root = join(import.meta.dirname, '..');
const synthea = join(process.env['VERBATIM_SHARED'] ?? join(root, '../shared'), 'data/synthea');
const rounds = 5;
const seconds = 5;
const connections = 16;

const folder = mkdtempSync(join(tmpdir(), 'verbatim-bench-'));
const postgres = await startEmbedded({ folder: join(folder, 'data'), durable: true, maxConnections: 60 });
const children: ChildProcess[] = [];

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** Starts a process that listens on a port; its clock of processor time is read from /proc. */
async function start(args: readonly string[], port: number, environment: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, PORT: String(port), DATABASE_URL: postgres.connectionString, ...environment }, stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  for (let waited = 0; waited < 200; waited++) {
    if (await fetch(`http://127.0.0.1:${port}/healthz`).then(() => true, () => false)) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on ${port}`);
}

const cannon = async (url: string): Promise<{ rate: number; p99: number; failed: number }> => {
  const { requests, latency, non2xx, errors } = await autocannon({ url, connections, duration: seconds });
  return { rate: requests.average, p99: latency.p99, failed: non2xx + errors };
};

try {
  const port = await freePort();
  await start(['dist/main.js'], port, { LOG_LEVEL: 'info', LOAD_SAMPLE: 'false' });
  const base = `http://127.0.0.1:${port}/fhir`;

  const loaded = await load(await findFiles([synthea]), { base, concurrency: 3 });
  const rate = loaded.resources / loaded.seconds;
  mkdirSync(join(folder, 'copy'), { mode: 0o777 });
  const copied = await copyFloor(postgres.connectionString, join(folder, 'copy'));
  process.stdout.write(`load   ${loaded.resources} resources, ${loaded.failures.length} failures\n`);
  process.stdout.write(`       Verbatim over HTTP ${Math.round(rate)}/s; COPY of its rows ${Math.round(loaded.resources / copied)}/s; ratio ${((rate * copied) / loaded.resources).toFixed(2)}\n`);

  const floorPort = await freePort();
  await start(['--import', 'tsx', 'bench/floor/read.ts'], floorPort, {});
  const { entry } = (await (await fetch(`${base}/Observation?_count=1`)).json()) as { entry: [{ resource: { id: string } }] };
  const path = `Observation/${entry[0].resource.id}`;
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const floor = await cannon(`http://127.0.0.1:${floorPort}/fhir/${path}`);
    const own = await cannon(`${base}/${path}`);
    ratios.push(own.rate / floor.rate);
    process.stdout.write(`read   floor ${Math.round(floor.rate)}/s (p99 ${floor.p99} ms), Verbatim ${Math.round(own.rate)}/s (p99 ${own.p99} ms), ratio ${ratios.at(-1)!.toFixed(2)}, failed ${floor.failed + own.failed}\n`);
  }
  process.stdout.write(`       median ratio ${ratios.toSorted((a, b) => a - b)[Math.floor(rounds / 2)]!.toFixed(2)}\n`);
} finally {
  for (const child of children) child.kill('SIGTERM');
  await Promise.all(children.map((child) => new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(undefined)))));
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
