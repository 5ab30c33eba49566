/** Chance that can be had again: a small generator of numbers by seed (mulberry32). */

export interface Random {
  /** In [0, 1). */
  fraction(): number;
  /** In [0, below). */
  whole(below: number): number;
  one<T>(of: readonly T[]): T;
  /** Whether something of that likelihood happens. */
  chance(likelihood: number): boolean;
  shuffled<T>(of: readonly T[]): T[];
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (below: number): number => Math.floor(fraction() * below);
  return {
    fraction,
    whole,
    one: (of) => {
      if (of.length === 0) throw new Error('there is nothing to choose from');
      return of[whole(of.length)]!;
    },
    chance: (likelihood) => fraction() < likelihood,
    shuffled(of) {
      const all = [...of];
      for (let n = all.length - 1; n > 0; n--) {
        const other = whole(n + 1);
        [all[n], all[other]] = [all[other]!, all[n]!];
      }
      return all;
    },
  };
}
