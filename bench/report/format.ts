/** Numbers as people read them, and what several repetitions say together. */
import { median } from '../load/percentile.ts';

/** @returns three digits, thousands with a comma */
export function number(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

export function spreadOf(values: readonly number[]): Spread | undefined {
  const middle = median(values);
  return middle === undefined ? undefined : { median: middle, low: Math.min(...values), high: Math.max(...values), count: values.length };
}

/** @returns `12.3 (11.9–12.8)`, without the range where there is one value */
export const spread = (found: Spread | undefined): string =>
  found === undefined ? '–' : found.count === 1 || found.low === found.high ? number(found.median) : `${number(found.median)} (${number(found.low)}–${number(found.high)})`;
