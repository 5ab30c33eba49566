/** Server processes that the benchmark starts and stops: by their process id, with what they print kept in a file. */
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = join(import.meta.dirname, '../..');

export interface Started {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Answers below 500 when the server is ready. */
  readonly ready: string;
  /** Seconds. */
  readonly startLimit: number;
  readonly logFile: string;
}

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** @throws Error with the end of the log where it ends or does not answer in time */
export async function launch({ command, args, environment, ready, startLimit, logFile }: Launch): Promise<Started> {
  const log = openSync(logFile, 'w');
  // Nothing of this process's own settings, such as its PORT.
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, { cwd: root, env: { PATH, HOME, ...environment }, stdio: ['ignore', log, log] });
  const end = Date.now() + startLimit * 1000;
  try {
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    while (!(await answers(ready))) {
      if (child.exitCode !== null || Date.now() > end) throw new Error(`${command} does not serve: ${readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n')}`);
      await sleep(100);
    }
  } catch (error) {
    await stop(child);
    throw error;
  }
  return { pid: child.pid!, stop: () => stop(child) };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await ended;
  clearTimeout(kill);
}
