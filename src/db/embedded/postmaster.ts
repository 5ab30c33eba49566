/** What a data folder says of the Postgres that runs in it, or did. */
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedFailure } from './failure.ts';

/**
 * Waits until no Postgres runs in the folder: one whose server was killed shuts down by itself within a moment.
 * @throws EmbeddedFailure naming the pid when it is still there after ten seconds
 */
export async function waitUntilFree(folder: string): Promise<void> {
  for (let waited = 0; ; waited += 50) {
    const pid = livePostmaster(folder);
    if (pid === undefined) return;
    if (waited >= 10_000) throw new EmbeddedFailure(`A Postgres with pid ${pid} still runs in ${folder}`);
    await sleep(50);
  }
}

/** @returns the pid of the Postgres in the folder, if it lives */
export function livePostmaster(folder: string): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 0);
  } catch {
    return undefined;
  }
  if (!existsSync('/proc/self')) return pid;
  try {
    // "pid (comm) state …": a zombie holds nothing any more.
    const state = /\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
    // After a restart of the machine the number may be any other process's: Postgres works in its data folder.
    return state === 'Z' || readlinkSync(`/proc/${pid}/cwd`) !== folder ? undefined : pid;
  } catch {
    return undefined;
  }
}
