/** The server as a process of its own, started as `npm start` starts it, on a free port with a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const start = join(import.meta.dirname, '../../scripts/start.mjs');

export interface ServerProcess {
  readonly base: string;
  readonly child: ChildProcess;
  /** Standard output and error so far. */
  output(): string;
  /** Resolves with the exit code when it has ended. */
  readonly ended: Promise<number | null>;
}

export const temporaryFolder = (): { path: string; remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), 'verbatim-process-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }) };
};

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** The processes below the one given. */
export function childrenOf(pid: number): number[] {
  const parents = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      return [[Number(name), Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]!.split(' ')[1])] as const];
    } catch {
      return [];
    }
  });
  return parents.filter(([, parent]) => parent === pid).map(([child]) => child);
}

export function spawnServer(port: number, environment: Record<string, string>): ServerProcess {
  // Nothing of the test runner's own settings, such as its BASE_URL.
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [start], {
    env: { PATH, HOME, PORT: String(port), LOAD_SAMPLE: 'false', LOG_LEVEL: 'warn', ...environment }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  child.stderr.on('data', (data: Buffer) => (text += data.toString()));
  return { base: `http://127.0.0.1:${port}/fhir`, child, output: () => text, ended: new Promise((resolve) => child.once('exit', resolve)) };
}

/** @returns the server once it serves; throws what it printed where it ends before */
export async function startProcess(port: number, environment: Record<string, string>): Promise<ServerProcess> {
  const server = spawnServer(port, environment);
  for (let waited = 0; waited < 60_000; waited += 50) {
    if (server.output().includes('FHIR base')) return server;
    if (server.child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  server.child.kill('SIGKILL');
  throw new Error(`The server did not start:\n${server.output()}`);
}
