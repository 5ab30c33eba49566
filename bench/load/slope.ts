/** Whether latency grows while the load stays the same. */
import { median } from './percentile.ts';

/** @param course the tenths of a measurement; @returns medians of the last three over those of the first three, or undefined of too few samples */
export function latencySlope(course: readonly { readonly p50: number; readonly p99: number }[]): { p50: number; p99: number } | undefined {
  if (course.length === 0) return undefined;
  const of = (name: 'p50' | 'p99', tenths: typeof course): number => median(tenths.map((tenth) => tenth[name]))!;
  const ratio = (name: 'p50' | 'p99'): number => of(name, course.slice(-3)) / of(name, course.slice(0, 3));
  return { p50: ratio('p50'), p99: ratio('p99') };
}
