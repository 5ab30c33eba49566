/** Exact decimals: comparison and bounds in whole numbers, no binary fraction anywhere. R4: search.html#number. */

/** `digits` × 10^`exponent` */
export interface Exact {
  readonly digits: bigint;
  readonly exponent: number;
}

const form = /^([-+]?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d{1,3}))?$/;

/** @returns undefined where the text is no decimal */
export function exact(text: string): Exact | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, sign, whole, fraction = '', power = '0'] = match;
  return { digits: BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`), exponent: Number(power) - fraction.length };
}

const scaled = ({ digits, exponent }: Exact, to: number): bigint => digits * 10n ** BigInt(exponent - to);

/** @returns below 0, 0 or above 0 */
export function compare(a: Exact, b: Exact): number {
  const to = Math.min(a.exponent, b.exponent);
  const [x, y] = [scaled(a, to), scaled(b, to)];
  return x < y ? -1 : x > y ? 1 : 0;
}

export function plus(a: Exact, b: Exact): Exact {
  const exponent = Math.min(a.exponent, b.exponent);
  return { digits: scaled(a, exponent) + scaled(b, exponent), exponent };
}

export const times = (a: Exact, b: Exact): Exact => ({ digits: a.digits * b.digits, exponent: a.exponent + b.exponent });

export const negated = ({ digits, exponent }: Exact): Exact => ({ digits: -digits, exponent });

export const absolute = (a: Exact): Exact => (a.digits < 0n ? negated(a) : a);

/**
 * The half-open range that a number asked for stands for: half a unit of its last digit to both sides. R4 contradicts itself for
 * exponents: its rule makes `1e2` [50, 150), its example [95, 105). The rule is what DECISIONS.md settles on.
 */
export function precision(text: string): { low: Exact; high: Exact } | undefined {
  const value = exact(text);
  if (value === undefined) return undefined;
  const half: Exact = { digits: 5n, exponent: value.exponent - 1 };
  return { low: plus(value, negated(half)), high: plus(value, half) };
}
