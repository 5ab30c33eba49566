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

/** @returns a function that gives way where a slice is over */
export function createPause(): () => Promise<void> | undefined {
  let begun = performance.now();
  return () => (performance.now() - begun < longest ? undefined : setImmediate().then(() => void (begun = performance.now())));
}
