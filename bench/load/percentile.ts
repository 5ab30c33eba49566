/** Percentiles, given only where there are samples enough to mean them: at least 10 / (1 − q). */

export interface Latency {
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly max?: number;
}

/** @returns the value that a share `q` of the sorted samples does not exceed, or undefined where they are too few */
export function percentile(sorted: readonly number[], q: number): number | undefined {
  // 1 - 0.99 is a little more than 0.01.
  if (sorted.length < Math.round(10 / (1 - q))) return undefined;
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];
}

export function latencyOf(samples: readonly number[]): Latency {
  const sorted = samples.toSorted((a, b) => a - b);
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => percentile(sorted, q));
  const max = sorted.at(-1);
  return { ...(p50 !== undefined && { p50 }), ...(p95 !== undefined && { p95 }), ...(p99 !== undefined && { p99 }), ...(max !== undefined && { max }) };
}

/** @returns the middle one, or the mean of the two in the middle; undefined of none */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : sorted.length === 0 ? undefined : (sorted[half - 1]! + sorted[half]!) / 2;
}
