/**
 * The primary of WORKERS: starts server processes on one port by node:cluster, puts another in the place of one that ends, and stops
 * them. To one another they are servers of one database, as on several machines. It answers no request and has no connection.
 */
import cluster, { type Worker } from 'node:cluster';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { watchConnections } from './lost-connections.ts';
import type { Task } from './serve.ts';

/** What a worker is told. */
export type Order = { readonly start: Task } | 'stop';
/** What a worker tells: that it hears, the port that it serves on, or why it cannot. */
export type Report = 'hearing' | { readonly serving: number } | { readonly failed: string };

/** A worker ended before all served; the message is its own, or says how it ended. */
export class WorkerFailure extends Error {
  override readonly name = 'WorkerFailure';
}

export interface Workers {
  /**
   * The first worker does what is to be done once (REINDEX, the sample), the others follow when it serves.
   * @returns the port, once all serve
   * @throws WorkerFailure with what the first that ended had to say
   */
  start(): Promise<number>;
  /** Resolves when all have finished what is under way. */
  stop(): Promise<void>;
}

/** One that has lived so long, in milliseconds, was not hindered by what ended it from serving. */
const steady = 60_000;
/** Milliseconds until another takes its place: at first, and doubled each time up to the second. */
const [shortestPause, longestPause] = [250, 30_000];

/** Milliseconds that the last words of a worker may take. */
const lastWords = 500;

/** @param complain is told of workers that end unasked */
export function createWorkers(task: Task, complain: (text: string) => void): Workers {
  const { workers: count } = task.config;
  const running = new Set<Running>();
  const stopping = new AbortController();
  cluster.setupPrimary({ exec: join(import.meta.dirname, `worker${extname(import.meta.filename)}`), args: [] });
  // Also where there is no time left to ask them.
  process.once('exit', () => running.forEach(({ worker }) => worker.process.kill('SIGKILL')));

  const launch = (n: number, isFirst: boolean): Running => {
    const one = run({ ...task, config: configOf(task.config, n, isFirst) }, stopping.signal);
    running.add(one);
    void one.ended.then(() => running.delete(one));
    return one;
  };

  /** Sees to it that the place of a worker is not empty for long, until all stop. */
  const keep = async (n: number, first: Running): Promise<void> => {
    let one = first;
    for (let failures = 0; ; failures++) {
      const began = performance.now();
      const reason = await one.ended;
      if (stopping.signal.aborted) return;
      if (performance.now() - began > steady) failures = 0;
      const pause = Math.min(longestPause, shortestPause * 2 ** failures);
      complain(`The worker with pid ${one.worker.process.pid} is gone: ${reason}; another takes its place in ${pause / 1000} s`);
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      one = launch(n, false);
    }
  };

  return {
    async start() {
      const first = launch(0, true);
      const port = await first.serving;
      const all = [first, ...Array.from({ length: count - 1 }, (_, n) => launch(n + 1, false))];
      await Promise.all(all.map(({ serving }) => serving));
      all.forEach((one, n) => void keep(n, one));
      return port;
    },
    async stop() {
      stopping.abort();
      for (const { worker } of running) tell(worker, 'stop');
      await Promise.all([...running].map(({ ended }) => ended));
    },
  };
}

/** A worker's settings: its part of the connections, and for all but the first nothing of what is done once. */
function configOf(config: Config, n: number, isFirst: boolean): Config {
  const { workers, poolMax } = config;
  const part = Math.floor(poolMax / workers) + (n < poolMax % workers ? 1 : 0);
  return { ...config, poolMax: part, ...(!isFirst && { reindex: false, loadSample: false }) };
}

interface Running {
  readonly worker: Worker;
  /** Rejects with WorkerFailure where it ends before. */
  readonly serving: Promise<number>;
  /** Resolves with the reason: what it said, or how it ended. */
  readonly ended: Promise<string>;
}

function run(task: Task, stopping: AbortSignal): Running {
  const worker = cluster.fork();
  const closeLost = watchConnections(worker);
  let failure: string | undefined;
  const exit = new Promise<string>((resolve) => {
    worker.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`));
    // One that could not be started has no exit. Else it is what was sent to one that has just ended.
    worker.on('error', (error) => worker.process.pid === undefined && resolve(error.message));
  });
  // Its last words may arrive behind its end, but not behind the end of the channel, of which Node says nothing where they are not whole.
  const closed = new Promise<void>((resolve) => worker.once('disconnect', resolve));
  const ended = exit.then(async (reason) => {
    if (worker.isConnected()) await Promise.race([closed, sleep(lastWords)]);
    closeLost();
    return failure ?? reason;
  });
  const serving = new Promise<number>((resolve, reject) => {
    worker.on('message', (report: Report) => {
      // What is sent before is lost.
      if (report === 'hearing') tell(worker, stopping.aborted ? 'stop' : { start: task });
      else if ('serving' in report) resolve(report.serving);
      else failure = report.failed;
    });
    void ended.then((reason) => reject(new WorkerFailure(reason)));
  });
  // Whoever waits for it is told; nobody waits for one that takes another's place.
  serving.catch(() => {});
  return { worker, serving, ended };
}

/** One that has just ended cannot be told any more. */
const tell = (worker: Worker, order: Order): void => void worker.send(order, undefined, undefined, () => {});
