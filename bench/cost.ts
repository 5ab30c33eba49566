/**
 * npx tsx bench/cost.ts [files]: what it costs to load transaction Bundles, per 1,000 resources: processor seconds of the server and of Postgres, beside
 * those of COPY of the same rows; bytes on disk per resource, by table, with stored and with virtual jsonb. The first so many of Synthea's files
 * (all where nothing is said), behind those that others refer to; three connections; a Postgres of its own. Processor time holds on a busy machine too.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbedded } from '../src/db/embedded/launch.ts';
import { chooseData, isCommon, readText } from './data/files.ts';
import { copyFloor } from './floor/copy.ts';
import { freePort, root } from './target/process.ts';
import { usageOf } from './target/usage.ts';

const folder = mkdtempSync(join(tmpdir(), 'verbatim-cost-'));
chmodSync(folder, 0o777);
const postgres = await startEmbedded({ folder: join(folder, 'data'), durable: true, maxConnections: 40 });
const postmaster = Number(readFileSync(join(postgres.dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0]);
const port = await freePort();
const server = spawn(process.execPath, ['dist/main.js'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, PORT: String(port), DATABASE_URL: postgres.connectionString, LOG_LEVEL: 'warn', LOAD_SAMPLE: 'false' } });
const base = `http://127.0.0.1:${port}/fhir`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const cpu = (): { node: number; postgres: number } => ({ node: usageOf(server.pid!)!.seconds, postgres: usageOf(postmaster)!.seconds });

async function post(path: string): Promise<void> {
  const answer = await fetch(base, { method: 'POST', headers: { 'content-type': 'application/fhir+json' }, body: readText(path) });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

async function sizes(client: pg.Client, count: number, name: string, vacuum: 'vacuum (analyze)' | 'vacuum (full, analyze)'): Promise<void> {
  await client.query(vacuum);
  const { rows } = await client.query<{ name: string; table: number; index: number }>(`select split_part(relname, '_', 1) || case when relname ~ '_' then '_' || split_part(relname, '_', 2) else '' end as name,
    sum(pg_table_size(oid))::float8 as table, sum(pg_indexes_size(oid))::float8 as index from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname like 'resource%' group by 1 order by 2 desc`);
  const total = rows.reduce((sum, row) => sum + row.table + row.index, 0);
  say(`${name}, after ${vacuum}: ${(total / count).toFixed(0)} bytes a resource: ${rows.map((row) => `${row.name} ${(row.table / count).toFixed(0)} + ${(row.index / count).toFixed(0)}`).join(', ')}`);
}

try {
  for (let waited = 0; waited < 600 && !(await fetch(`http://127.0.0.1:${port}/readyz`).then(({ ok }) => ok, () => false)); waited++) await new Promise((resolve) => setTimeout(resolve, 50));
  const all = (await chooseData(folder, { isSmall: false, patients: 100, replicas: 1 })).files;
  const common = all.filter(isCommon);
  const files = all.filter((path) => !isCommon(path)).slice(0, Number(process.argv[2] ?? Infinity));
  for (const path of common) await post(path);
  const before = cpu();
  const began = performance.now();
  let next = 0;
  await Promise.all([0, 1, 2].map(async () => {
    while (next < files.length) await post(files[next++]!);
  }));
  const seconds = (performance.now() - began) / 1000;
  const after = cpu();
  const client = new pg.Client({ connectionString: postgres.connectionString });
  await client.connect();
  const { rows: [counted] } = await client.query<{ count: number; common: number }>("select count(*)::integer as count, count(*) filter (where type in ('Organization', 'Location', 'Practitioner', 'PractitionerRole'))::integer as common from resource where body is not null");
  const { count } = counted!;
  const loaded = count - counted!.common;
  const per = (spent: number): string => ((spent / loaded) * 1000).toFixed(3);
  say(`${loaded} resources in ${seconds.toFixed(1)} s; processor seconds per 1,000: server ${per(after.node - before.node)}, Postgres ${per(after.postgres - before.postgres)}`);
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('exit', resolve));
  const floor = await copyFloor(postgres.connectionString, folder, () => usageOf(postmaster)!.seconds);
  say(`COPY of the rows of all ${floor.count}: ${((floor.cpu / floor.count) * 1000).toFixed(3)} processor seconds of Postgres per 1,000`);
  const { rows: [text] } = await client.query<{ bytes: number }>('select sum(octet_length(body))::float8 as bytes from resource');
  say(`mean text of a resource: ${(text!.bytes / count).toFixed(0)} bytes`);
  await sizes(client, count, 'stored jsonb', 'vacuum (analyze)');
  await sizes(client, count, 'stored jsonb', 'vacuum (full, analyze)');
  await client.query('alter table resource drop column content, add column content jsonb generated always as (body::jsonb) virtual');
  await sizes(client, count, 'virtual jsonb', 'vacuum (full, analyze)');
  await client.end();
} finally {
  server.kill('SIGTERM');
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
