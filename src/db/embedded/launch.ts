/**
 * A real Postgres of our own: initialised when the folder is new, started on a free port of the loopback, stopped with the server.
 *
 * It outlives nothing: when this process ends, however it ends, the kernel asks Postgres to shut down (PR_SET_PDEATHSIG).
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { chooseAccount, type Account } from './account.ts';
import { findBinaries } from './binaries.ts';
import { EmbeddedFailure } from './failure.ts';
import { lockFolder } from './folder-lock.ts';
import { waitUntilFree } from './postmaster.ts';

const run = promisify(execFile);
const major = '18';
const user = 'verbatim';
const startLimit = 60_000;

export interface EmbeddedOptions {
  /** Made when it is missing; holds `postgres/` (the data), a password, a log and links. */
  readonly folder: string;
  /** Whether commits survive a crash of the machine; false only for tests. */
  readonly durable: boolean;
  readonly maxConnections: number;
}

export interface EmbeddedPostgres {
  readonly connectionString: string;
  /** Where the data are. */
  readonly dataFolder: string;
  /** Settles with the reason when Postgres is gone, asked to or not. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** @throws EmbeddedFailure in one line where it cannot be started */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const folder = await makeFolder(options.folder);
  const unlock = await lockFolder(folder);
  try {
    const dataFolder = join(folder, 'postgres');
    const account = await chooseAccount(await findBinaries(join(folder, 'lib')), folder);
    await waitUntilFree(dataFolder);
    await initialise(dataFolder, join(folder, 'password'), account);
    const password = (await readFile(join(folder, 'password'), 'utf8')).trim();
    const started = await start(dataFolder, join(folder, 'postgres.log'), password, account, options);
    return { ...started, dataFolder, stop: async () => {
      await started.stop();
      await unlock();
    } };
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function makeFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await realpath(folder);
  } catch (error) {
    throw new EmbeddedFailure(`The data folder ${folder} cannot be made: ${(error as Error).message}`);
  }
}

/** A folder that was left half initialised has nothing that anyone stored, and is made anew; any other that is not ours is left alone. */
async function initialise(dataFolder: string, passwordFile: string, account: Account): Promise<void> {
  const version = await readFile(join(dataFolder, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version !== undefined && existsSync(join(dataFolder, 'initialised'))) {
    if (version.trim() !== major) throw new EmbeddedFailure(`${dataFolder} is of Postgres ${version.trim()}, and this is ${major}`);
    return;
  }
  const mark = `${dataFolder}.initialising`;
  const files = await readdir(dataFolder).catch(() => []);
  if (files.length > 0 && !existsSync(mark)) throw new EmbeddedFailure(`${dataFolder} has files that are no data of this server's: DATA_DIR is to name another folder`);
  await writeFile(mark, '');
  await rm(dataFolder, { recursive: true, force: true });
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  await owned(passwordFile, account);
  const args = [
    '-D', dataFolder, '-U', user, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--no-sync',
    // The locale of the shell may be none at all, and would give SQL_ASCII.
    '--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8',
  ];
  const [command, ...rest] = [...account.prefix, account.binaries.initdb, ...args];
  try {
    await run(command!, rest, spawnOptions(account));
  } catch (error) {
    throw new EmbeddedFailure(`initdb failed: ${lastLine((error as { stderr?: string }).stderr ?? String(error))}`);
  }
  await writeFile(join(dataFolder, 'initialised'), '');
  await rm(mark);
}

async function owned(path: string, { uid, gid }: Account): Promise<void> {
  if (uid === undefined || gid === undefined) return;
  await chown(path, uid, gid);
  await chmod(path, 0o600);
}

const spawnOptions = ({ uid, gid, binaries }: Account): { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number } => ({
  cwd: '/',
  env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', ...binaries.environment },
  ...(uid !== undefined && { uid }),
  ...(gid !== undefined && { gid }),
});

async function start(
  dataFolder: string, logFile: string, password: string, account: Account, options: EmbeddedOptions,
): Promise<Pick<EmbeddedPostgres, 'connectionString' | 'ended' | 'stop'>> {
  const port = await freePort();
  const settings = settingsOf(port, options);
  const command = [
    ...account.prefix, ...(await deathSignal()), account.binaries.postgres, '-D', dataFolder,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  await writeFile(logFile, '');
  const log = openSync(logFile, 'a');
  // Detached: Ctrl-C in the terminal is for the server, which stops Postgres when it has drained.
  const child = spawn(command[0]!, command.slice(1), { ...spawnOptions(account), detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`Postgres ended with ${signal ?? `exit code ${code}`}`));
  });
  const connectionString = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
  try {
    await untilAnswering(connectionString, ended, logFile);
  } catch (error) {
    child.kill('SIGQUIT');
    throw error;
  }
  child.unref();
  return { connectionString, ended, stop: () => stop(child, ended) };
}

function settingsOf(port: number, { durable, maxConnections }: EmbeddedOptions): Record<string, string | number> {
  const buffers = Math.max(64, Math.min(1024, Math.floor(totalmem() / 2 ** 20 / 8)));
  return {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: maxConnections,
    shared_buffers: `${buffers}MB`,
    max_wal_size: '4GB',
    // Every table of the index has a partition for each resource type.
    max_locks_per_transaction: 512,
    jit: 'off',
    // Of a hundred thousand resources that a criterion selects, the pages still fit.
    work_mem: '16MB',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
}

/** Asks the kernel to shut Postgres down when this process is gone; of no use where there is no setpriv. */
const deathSignal = async (): Promise<string[]> =>
  run('setpriv', ['--version']).then(() => ['setpriv', '--pdeathsig', 'SIGINT'], () => []);

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

async function untilAnswering(connectionString: string, ended: Promise<string>, logFile: string): Promise<void> {
  let end: string | undefined;
  void ended.then((reason) => (end = reason));
  for (const limit = performance.now() + startLimit; performance.now() < limit; await sleep(10)) {
    if (end !== undefined) throw new EmbeddedFailure(`${end}: ${lastLine(await readFile(logFile, 'utf8'))}`);
    if (await answers(connectionString)) return;
  }
  throw new EmbeddedFailure(`Postgres did not answer within ${startLimit / 1000} s: ${lastLine(await readFile(logFile, 'utf8'))}`);
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

/** SIGINT is Postgres's fast shutdown: sessions end, a checkpoint is written. */
async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.ref();
  child.kill('SIGINT');
  await ended;
}
