/** Percentiles of the benchmark: nearest rank, and none of too few samples. */
import { describe, expect, it } from 'vitest';
import { latencyOf, median, percentile } from '../../bench/load/percentile.ts';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

describe('a percentile', () => {
  it.each([[0.5, 20, 10], [0.95, 200, 190], [0.99, 1000, 990], [0.99, 2000, 1980]])('%d of 1 to %d is %d', (q, n, expected) => {
    expect(percentile(upTo(n), q)).toBe(expected);
  });

  it.each([[0.5, 19], [0.95, 199], [0.99, 999]])('%d of %d samples is none', (q, n) => {
    expect(percentile(upTo(n), q)).toBeUndefined();
  });

  it('is of the sorted samples, with the largest beside', () => {
    expect(latencyOf(upTo(200).toReversed())).toEqual({ p50: 100, p95: 190, max: 200 });
    expect(latencyOf([])).toEqual({});
  });
});

it.each([[[3, 1, 2], 2], [[4, 1, 3, 2], 2.5], [[7], 7]])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});
