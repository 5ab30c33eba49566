/** Long work in slices: between two of them the event loop takes up what else has come, other clients' requests and the answers of Postgres. */
import { setImmediate } from 'node:timers/promises';

/** Milliseconds of a slice. */
const longest = 12;

/** @returns what `map` gives for each item, in order; throws what it throws */
export async function inSlices<T, R>(items: readonly T[], map: (item: T, n: number) => R): Promise<R[]> {
  const results: R[] = [];
  let begun = performance.now();
  for (let n = 0; n < items.length; n++) {
    results.push(map(items[n]!, n));
    if (performance.now() - begun < longest || n === items.length - 1) continue;
    await setImmediate();
    begun = performance.now();
  }
  return results;
}
