/**
 * npx tsx bench/bundle.ts: what a large Bundle costs the server and who reads meanwhile: peak of memory, longest time that the event loop stood still,
 * slowest of the reads sent every 50 ms beside it, processor time. Bundles of 1,000 entries, then of 25,000 entries and 60 MB; plain, with
 * ifNoneExist on each, and the latter again, when all are there. A Postgres of its own; figures are of this machine, those of the loop only where nothing else runs.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../src/db/embedded/launch.ts';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'verbatim-bundle-'));
const postgres = await startEmbedded({ folder: join(folder, 'data'), durable: true, maxConnections: 60 });
const port = Number(process.env['PORT'] ?? 18150);
const loop = join(folder, 'loop');
const server = spawn(process.execPath, ['--import', join(root, 'bench/loop-delay.mjs'), 'dist/main.js'], {
  cwd: root, stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, PORT: String(port), DATABASE_URL: postgres.connectionString, LOG_LEVEL: 'warn', LOAD_SAMPLE: 'false', LOOP_DELAY: loop, STATEMENT_TIMEOUT: '600', REQUEST_TIMEOUT: '600' },
});

const entry = (name: string, n: number, padding: string, isConditional: boolean): string => `{"fullUrl":"urn:uuid:${String(n).padStart(8, '0')}-0000-4000-8000-000000000000","resource":{"resourceType":"Observation","status":"final","identifier":[{"system":"urn:bundle","value":"${name}-${n}"}],"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}],"text":"${padding}"},"subject":{"reference":"Patient/p${n % 100}"},"effectiveDateTime":"2020-01-15T09:30:00Z","valueQuantity":{"value":${n % 200},"unit":"beats/minute","system":"http://unitsofmeasure.org","code":"/min"}},"request":{"method":"POST","url":"Observation"${isConditional ? `,"ifNoneExist":"identifier=urn:bundle|${name}-${n}"` : ''}}}`;
const bundle = (name: string, entries: number, padding: number, isConditional = true): Buffer =>
  Buffer.from(`{"resourceType":"Bundle","type":"transaction","entry":[${Array.from({ length: entries }, (_, n) => entry(name, n, 'x'.repeat(padding), isConditional)).join()}]}`);

const post = (body: Buffer): Promise<{ status: number; text: string }> => new Promise((resolve, reject) => {
  const asked = request({ host: '127.0.0.1', port, path: '/fhir', method: 'POST', headers: { 'content-type': 'application/fhir+json', 'content-length': body.length } }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ status: response.statusCode!, text: Buffer.concat(chunks).toString() }));
  });
  asked.on('error', reject).end(body);
});

/** Megabytes at most so far. */
const peak = (): number => Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) / 1024);
/** Seconds of processor time of a process and those that it has waited for. */
const processor = (): number => readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1]!.split(' ').slice(11, 13).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
const pause = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time));

/** Reads a resource every 50 ms, whether or not the reads before have been answered; gives the slowest answer in milliseconds. */
function readBeside(): { stop(): Promise<number> } {
  const answers: Promise<number>[] = [];
  const timer = setInterval(() => {
    const asked = performance.now();
    answers.push(fetch(`http://127.0.0.1:${port}/fhir/Patient/beside`).then(async (response) => {
      await response.text();
      if (response.status !== 200) throw new Error(`a read beside was answered ${response.status}`);
      return performance.now() - asked;
    }));
  }, 50);
  return { async stop() {
    clearInterval(timer);
    return Math.max(...(await Promise.all(answers)));
  } };
}

async function measure(name: string, body: Buffer): Promise<void> {
  const before = processor();
  server.kill('SIGUSR2');
  await pause(200);
  const begun = performance.now();
  const reads = readBeside();
  const { status, text } = await post(body);
  const seconds = (performance.now() - begun) / 1000;
  const slowest = await reads.stop();
  server.kill('SIGUSR2');
  await pause(400);
  process.stdout.write(`${name.padEnd(34)} ${(body.length / 2 ** 20).toFixed(1)} MB  ${status}${status === 200 ? '' : ` ${text.slice(0, 300)}`}  ${seconds.toFixed(1)} s, ${(processor() - before).toFixed(2)} s of Node; peak ${peak()} MB; loop stood still ${readFileSync(loop, 'utf8')} ms at most, slowest read beside ${slowest.toFixed(0)} ms\n`);
}

try {
  for (let waited = 0; waited < 600 && !(await fetch(`http://127.0.0.1:${port}/readyz`).then(({ ok }) => ok, () => false)); waited++) await pause(50);
  await fetch(`http://127.0.0.1:${port}/fhir/Patient/beside`, { method: 'PUT', headers: { 'content-type': 'application/fhir+json' }, body: '{"resourceType":"Patient","id":"beside"}' });
  await post(bundle('warm', 100, 10));
  await measure('1,000 entries', bundle('a', 1_000, 1_900));
  await measure('1,000 entries, all there', bundle('a', 1_000, 1_900));
  await measure('25,000 entries, plain', bundle('c', 25_000, 1_990, false));
  await measure('25,000 entries', bundle('b', 25_000, 1_900));
  await measure('25,000 entries, all there', bundle('b', 25_000, 1_900));
} finally {
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('exit', resolve));
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
