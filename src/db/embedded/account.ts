/**
 * Whom Postgres runs as. It refuses to run as root, so that root needs another user id for it: by a user namespace, which costs
 * nothing and leaves the files root's, else by the id of `postgres` or `nobody`.
 */
import { execFile } from 'node:child_process';
import { chown, cp, mkdir, readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';

const run = promisify(execFile);

export interface Account {
  /** Stands before the command. */
  readonly prefix: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  readonly binaries: Binaries;
}

const nobody = 65534;
const namespace = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`];

/** @param folder holds everything that Postgres writes; given to the account where it is another's */
export async function chooseAccount(binaries: Binaries, folder: string): Promise<Account> {
  if (process.getuid?.() !== 0) return { prefix: [], binaries };
  if (await succeeds([...namespace, 'true'])) return { prefix: namespace, binaries };
  const { uid, gid } = await postgresUser();
  await giveTo(folder, uid, gid);
  const reachable = await succeeds([binaries.postgres, '--version'], { uid, gid, env: binaries.environment });
  return { prefix: [], uid, gid, binaries: reachable ? binaries : await copied(binaries) };
}

const succeeds = ([command, ...args]: readonly string[], options: object = {}): Promise<boolean> =>
  run(command!, args, options).then(() => true, () => false);

async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const line = users.split('\n').find((user) => user.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return { uid: Number(uid ?? nobody), gid: Number(gid ?? nobody) };
}

async function giveTo(path: string, uid: number, gid: number): Promise<void> {
  await chown(path, uid, gid);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) await giveTo(child, uid, gid);
    else if (entry.isFile()) await chown(child, uid, gid);
  }
}

/** The checkout lies in a folder that the account may not enter: the programs are copied to where it may. */
async function copied(binaries: Binaries): Promise<Binaries> {
  const native = dirname(dirname(binaries.postgres));
  const target = '/var/lib/verbatim/postgres-18';
  await mkdir(target, { recursive: true, mode: 0o755 });
  await cp(native, target, { recursive: true, force: false });
  const at = (path: string): string => join(target, path.slice(native.length));
  const [variable, path] = Object.entries(binaries.environment)[0]!;
  const links = path.split(':')[0]!;
  await cp(links, join(target, 'lib'), { recursive: true, dereference: true, force: false });
  return { initdb: at(binaries.initdb), postgres: at(binaries.postgres), environment: { [variable]: join(target, 'lib') } };
}
