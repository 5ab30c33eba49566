/** The server as a process: settings, database, migrations, HTTP, sample, signals. */
import { createApp } from './app.ts';
import { ConfigMistakes, readConfig, type Config } from './config.ts';
import { EmbeddedFailure } from './db/embedded/failure.ts';
import { startEmbedded, type EmbeddedPostgres } from './db/embedded/launch.ts';
import { migrate, MigrationFailure, readMigrations } from './db/migrate.ts';
import { openDatabase } from './db/pool.ts';
import { loadDefinitions } from './fhir/definitions.ts';
import { listen } from './http/listen.ts';
import { HooksFailure, loadHooks } from './load-hooks.ts';
import { loadSample } from './sample.ts';
import { readSoftware } from './software.ts';
import { IndexFormatMismatch } from './store/index-format.ts';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
/** Milliseconds for what is under way when the server is told to stop. */
const drainLimit = 10_000;

/** What the terminal shows; the log is for requests. */
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** Undone in reverse order when the server stops. */
const stops: (() => Promise<void>)[] = [];
let isStopping = false;

async function start(config: Config): Promise<void> {
  const hooks = config.hooks === undefined ? {} : await loadHooks(config.hooks);
  const embedded = config.databaseUrl === undefined ? await startPostgres(config) : undefined;
  const connectionString = config.databaseUrl ?? embedded!.connectionString;
  await migrate(connectionString, readMigrations(join(root, 'sql')));
  const db = openDatabase({ connectionString, max: config.poolMax, statementTimeout: config.statementTimeout });
  stops.push(() => db.close());
  const corsOrigins = config.corsOrigins !== 'auto' ? config.corsOrigins : embedded === undefined ? [] : '*';
  const server = await createApp({ config, db, definitions: loadDefinitions(), hooks, corsOrigins, explain: config.explain === 'auto' ? embedded !== undefined : config.explain });
  stops.push(() => server.close());
  if (config.loadSample === 'auto' ? embedded !== undefined : config.loadSample) await loadSample(server, db.read, join(root, 'data'), say);
  const { port, stop: stopListening } = await listen(server, config.port, config.host);
  stops.push(async () => stopListening());
  const origin = `http://${config.host === '0.0.0.0' || config.host === '::' ? 'localhost' : config.host}:${port}`;
  say(banner(config.baseUrl ?? `${origin}/fhir`, `${origin}/docs`, embedded));
}

async function startPostgres(config: Config): Promise<EmbeddedPostgres> {
  // Besides the lanes: the migration's connection, and a person's at psql.
  const embedded = await startEmbedded({ folder: config.dataDir, durable: true, maxConnections: config.poolMax + 10 });
  stops.push(() => embedded.stop());
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
  setTimeout(() => process.exit(1), drainLimit + 5_000).unref();
  const drained = new Promise((resolve) => setTimeout(resolve, drainLimit).unref());
  for (const undo of stops.toReversed()) await Promise.race([undo(), drained]);
  process.exit(0);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** One line for what an operator can mend; the stack for a defect. */
function explain(error: unknown, config: Config | undefined): string {
  if (error instanceof ConfigMistakes || error instanceof EmbeddedFailure || error instanceof MigrationFailure || error instanceof HooksFailure || error instanceof IndexFormatMismatch) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'listen' && code === 'EADDRINUSE') return `Port ${config?.port} is in use: stop what listens there, or set PORT`;
  if (syscall === 'listen') return `Cannot listen on ${config?.host}:${config?.port}: ${error.message}`;
  // Postgres's own refusals (password, database, version) and the network's.
  if (/^(?:28|3D|08|57|53)...$|^E[A-Z]+$/.test(code) && config?.databaseUrl !== undefined) {
    return `DATABASE_URL: ${error.message || code} (${new URL(config.databaseUrl).host})`;
  }
  return error.stack ?? error.message;
}

process.on('SIGTERM', (signal) => void stop(signal));
process.on('SIGINT', (signal) => void stop(signal));

let config: Config | undefined;
try {
  config = readConfig();
  await start(config);
} catch (error) {
  isStopping = true;
  const message = explain(error, config);
  for (const undo of stops.toReversed()) await undo().catch(() => {});
  fail(message);
}
