/** Long work in slices: between two of them the event loop takes up what else has come, other clients' requests and the answers of Postgres. */
import { setImmediate } from 'node:timers/promises';

/** Milliseconds of a slice. */
const longest = 12;

/** @returns what `map` gives for each item, in order; throws what it throws */
export async function inSlices<T, R>(items: readonly T[], map: (item: T, n: number) => R): Promise<R[]> {
  const results: R[] = [];
  const pause = createPause();
  for (let n = 0; n < items.length; n++) {
    results.push(map(items[n]!, n));
    const due = n < items.length - 1 ? pause() : undefined;
    if (due !== undefined) await due;
  }
  return results;
}

/** @returns what the generator returns, when all of its steps are done; throws what it throws */
export async function inSteps<R>(steps: Generator<undefined, R>): Promise<R> {
  const pause = createPause();
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    const due = pause();
    if (due !== undefined) await due;
  }
}

/** Runs all items, at most `limit` at once, begun in their order; where one fails, no other is begun, and what it throws is thrown. */
export async function concurrently<T>(items: readonly T[], limit: number, run: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  let hasFailed = false;
  const work = async (): Promise<void> => {
    for (const item of left) {
      if (hasFailed) return;
      try {
        await run(item);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
}

/** @returns a function that gives way where a slice is over */
export function createPause(): () => Promise<void> | undefined {
  let begun = performance.now();
  return () => (performance.now() - begun < longest ? undefined : setImmediate().then(() => void (begun = performance.now())));
}
