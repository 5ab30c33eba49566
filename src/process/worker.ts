/**
 * A worker of WORKERS as a process, which `workers.ts` starts and speaks to. It ends when it is told to, when its primary is gone (Node
 * sees to that), and at SIGTERM; Ctrl-C is for the primary.
 */
import type { Config } from '../config.ts';
import { loadHooks } from '../load-hooks.ts';
import { drain, patience, type Stop } from './drain.ts';
import { explain } from './explain.ts';
import { serve, type Task } from './serve.ts';
import type { Order, Report } from './workers.ts';

const stops: Stop[] = [];
const stopping = new AbortController();

const report = (text: Report): Promise<void> => new Promise((resolve) => void process.send!(text, undefined, {}, () => resolve()));

async function start(task: Task): Promise<void> {
  try {
    const port = await serve(task, await hooksOf(task.config), stops);
    await report({ serving: port });
  } catch (error) {
    // What fails because it is stopped is no failure.
    if (stopping.signal.aborted) return;
    await report({ failed: explain(error, task.config) });
    process.exit(1);
  }
}

const hooksOf = async ({ hooks }: Config): ReturnType<typeof loadHooks> => (hooks === undefined ? {} : loadHooks(hooks));

async function stop(): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort();
  setTimeout(() => process.exit(1), patience).unref();
  await drain(stops);
  process.exit(0);
}

process.on('SIGINT', () => {});
process.on('SIGTERM', () => void stop());
process.on('message', (order: Order) => void (order === 'stop' ? stop() : start(order.start)));
await report('hearing');
