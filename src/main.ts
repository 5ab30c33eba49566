/** The server as a process: settings, database, migrations, HTTP or the workers that serve it, signals. */
import { join, relative } from 'node:path';
import { readConfig, type Config } from './config.ts';
import { startEmbedded, type EmbeddedPostgres } from './db/embedded/launch.ts';
import { migrate, readMigrations } from './db/migrate.ts';
import { loadHooks } from './load-hooks.ts';
import { drain, patience, type Stop } from './process/drain.ts';
import { explain } from './process/explain.ts';
import { say, serve, type Task } from './process/serve.ts';
import { createWorkers } from './process/workers.ts';
import { readSoftware } from './software.ts';

const root = join(import.meta.dirname, '..');

/** Undone in reverse order when the server stops. */
const stops: Stop[] = [];
/** Behind them, and in its own time: however long what was under way took, its data are left in order. */
let stopPostgres: Stop = async () => {};
let isStopping = false;

async function start(config: Config): Promise<void> {
  const isAlone = config.workers === 1;
  // Workers load their own.
  const hooks = isAlone && config.hooks !== undefined ? await loadHooks(config.hooks) : {};
  const embedded = config.databaseUrl === undefined ? await startPostgres(config) : undefined;
  const connectionString = config.databaseUrl ?? embedded!.connectionString;
  await migrate(connectionString, readMigrations(join(root, 'sql')));
  const task: Task = { config, connectionString, isEmbedded: embedded !== undefined };
  const port = isAlone ? await serve(task, hooks, stops) : await startWorkers(task);
  const origin = `http://${config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host}:${port}`;
  say(banner(config.baseUrl ?? `${origin}/fhir`, `${origin}/docs`, embedded));
}

async function startWorkers(task: Task): Promise<number> {
  const workers = createWorkers(task, complain);
  stops.push(() => workers.stop());
  return workers.start();
}

async function startPostgres(config: Config): Promise<EmbeddedPostgres> {
  // Besides the lanes: the migration's connection, and a person's at psql.
  const embedded = await startEmbedded({ folder: config.dataDir, durable: true, maxConnections: config.poolMax + 10 });
  stopPostgres = () => embedded.stop();
  void embedded.ended.then((reason) => {
    if (!isStopping) fail(`The embedded Postgres is gone: ${reason}; start again, and it recovers. Its log is ${join(config.dataDir, 'postgres.log')}`);
  });
  return embedded;
}

function banner(base: string, docs: string, embedded: EmbeddedPostgres | undefined): string {
  const data = embedded === undefined ? 'the Postgres of DATABASE_URL' : `${relative(process.cwd(), embedded.dataFolder) || '.'} (embedded Postgres 18; kept between starts)`;
  return ['', `Verbatim ${readSoftware().version}, FHIR R4`, `  FHIR base  ${base}`, `  Swagger UI ${docs}`, `  Data       ${data}`, '  Stop       Ctrl-C', ''].join('\n');
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  if (isStopping) process.exit(1);
  isStopping = true;
  say(`${signal}: finishing what is under way`);
  const timer = setTimeout(() => process.exit(1), patience);
  try {
    await drain(stops);
  } finally {
    clearTimeout(timer);
    await stopPostgres();
  }
  process.exit(0);
}

const complain = (message: string): void => void process.stderr.write(`${message}\n`);

function fail(message: string): never {
  complain(message);
  process.exit(1);
}

process.on('SIGTERM', (signal) => void stop(signal));
process.on('SIGINT', (signal) => void stop(signal));

let config: Config | undefined;
try {
  config = readConfig();
  await start(config);
} catch (error) {
  // What fails because the server is stopped is no failure.
  if (!isStopping) {
    isStopping = true;
    const message = explain(error, config);
    for (const undo of [...stops.toReversed(), stopPostgres]) await undo().catch(() => {});
    fail(message);
  }
}
