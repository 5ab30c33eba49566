/** Plots: well-formed SVG with everything that was measured in it, in proportion. */
import { expect, it } from 'vitest';
import { plots } from '../../bench/report/plots.ts';
import { noResults, type CaseResult } from '../../bench/report/results.ts';
import { bars, lines } from '../../bench/report/svg.ts';

const widths = (svg: string): number[] => [...svg.matchAll(/<rect x="300" [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));

it('bars are as long as their values, or as the logarithms', () => {
  const data = [{ label: 'a & <b>', values: [10] }, { label: 'c', values: [5] }, { label: 'none', values: [undefined] }];
  const [ten, five] = widths(bars('t', ['s'], data)) as [number, number];
  expect(ten).toBeCloseTo(five * 2);
  const decades = widths(bars('t', ['s'], [1, 10, 100].map((value) => ({ label: '', values: [value] })), { isLogarithmic: true }));
  expect(decades[2]! - decades[1]!).toBeCloseTo(decades[1]! - decades[0]!, 0);
  expect(bars('t', ['s'], data)).toContain('a &#38; &#60;b&#62;');
});

it('lines go from point to point, of each series', () => {
  const svg = lines('t', ['x', 'y'], [{ name: 'a', points: [[1, 0], [2, 10], [4, 5]] }, { name: 'b', points: [[1, 1], [4, 1]] }], { isLogarithmic: true });
  const points = /polyline[^>]*points="([^"]*)"/.exec(svg)![1]!.split(' ').map((pair) => pair.split(',').map(Number) as [number, number]);
  expect(points[2]![0] - points[1]![0]).toBeCloseTo(points[1]![0] - points[0]![0]);
  expect(points[0]![1]).toBeGreaterThan(points[2]![1]);
  expect(svg.match(/<polyline/g)).toHaveLength(2);
});

it('nothing measured is no plot; a sweep, a mix and a parameter are one each', () => {
  expect(plots(noResults)).toEqual([]);
  const one = (workload: string, name: string, more: Partial<CaseResult>): CaseResult => ({ target: 'ours', workload, name, repetition: 1, profile: 'full', data: 'd', at: '', figures: { clients: 1, rate: 10, p50: 2, 'server cpu': 1, 'database cpu': 1 }, ...more });
  const cases = [
    one('w5', '1 clients', {}), one('w5', '2 clients', { figures: { clients: 2, rate: 20 } }), one('w3-alone', 'Patient.name alone, 1 clients', {}), one('w13', 'one at a time', { labels: { a: { ok: 1, max: 3 }, b: { ok: 1, max: 4 }, c: { ok: 1, max: 1 } } }),
    one('w11', '16 clients', { course: Array.from({ length: 10 }, (_, n) => ({ p50: 1, p99: n })) }),
  ];
  const made = plots({ ...noResults, cases });
  expect(made.map(({ file }) => file).toSorted()).toEqual(['cost.svg', 'w11-course.svg', 'w13-queries.svg', 'w3-alone.svg', 'w5-sweep.svg']);
  for (const { svg } of made) expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[^]*<\/svg>\n$/);
});
