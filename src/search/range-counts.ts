/** How many index entries ranges have, as they were counted last: the same ones are asked for again and again, and to count one takes as long as a page. */

export interface RangeCounts {
  /** @returns what was counted within the last seconds */
  get(key: string): number | undefined;
  set(key: string, count: number): void;
}

/** Milliseconds for which a count is taken as it was. A wrong one costs time, and nothing else. */
const lifetime = 10_000;
/** So many are kept. */
const most = 2_000;
/** Characters of a key that is kept: longer ones name what a chain leads to. */
const longest = 1_000;

export function createRangeCounts(): RangeCounts {
  const known = new Map<string, { readonly since: number; readonly count: number }>();
  return {
    get(key) {
      const found = known.get(key);
      if (found === undefined || performance.now() - found.since < lifetime) return found?.count;
      known.delete(key);
      return undefined;
    },
    set(key, count) {
      if (key.length > longest) return;
      // The oldest stands first.
      if (known.size >= most) known.delete(known.keys().next().value!);
      known.set(key, { since: performance.now(), count });
    },
  };
}
