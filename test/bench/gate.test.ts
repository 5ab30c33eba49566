/** The gate and the goals: shares of the floors, and multiples of a peer, of results made up for it. */
import { describe, expect, it } from 'vitest';
import { judge, readThresholds } from '../../bench/gate.ts';
import { floorRatios, goals } from '../../bench/report/ratios.ts';
import { noResults, type CaseResult, type Results } from '../../bench/report/results.ts';
import { markdown } from '../../bench/report/table.ts';

const one = (target: string, workload: string, name: string, figures: Record<string, number>, repetition = 1): CaseResult => ({ target, workload, name, repetition, profile: 'full', data: 'synthea', at: '2026-01-02T03:04:05Z', figures });
const cpu = (server: number, database: number): Record<string, number> => ({ 'server cpu': server, 'database cpu': database });

const cases = [
  one('floor', 'floor', 'Fastify and one prepared select, 1 clients', cpu(9, 9)), one('floor', 'floor', 'Fastify and one prepared select, 16 clients', { ...cpu(0.1, 0.05), rate: 1000 }),
  one('floor', 'floor', 'Fastify and one prepared insert, 16 clients', cpu(0.2, 0.2)), one('floor', 'floor', 'COPY into the same tables', { 'database cpu': 0.1, 'resources/s': 10_000 }),
  one('verbatim', 'w5', '1 clients', cpu(9, 9)), one('verbatim', 'w5', '16 clients', { ...cpu(0.15, 0.05), rate: 800 }), one('verbatim', 'w3', 'mixed, 30 clients', { ...cpu(1, 0.5), rate: 600, p99: 10 }),
  one('verbatim', 'w1', '32 clients', { ...cpu(1, 1), rate: 400 }), one('verbatim', 'w1', '32 clients', { ...cpu(1, 1), rate: 600 }, 2), one('verbatim', 'load', 'all files', { ...cpu(0.3, 0.1), 'resources/s': 3000 }),
  one('hapi', 'w3', 'mixed, 30 clients', { rate: 100, p99: 100 }), one('hapi', 'w1', '32 clients', { rate: 100 }),
];
const results: Results = { ...noResults, cases, targets: { verbatim: 'ours', hapi: 'theirs', floor: '' } };

it('the floor spends so much of our processor time', () => {
  expect(Object.fromEntries(floorRatios(results).map(({ name, value }) => [name, Number(value!.toFixed(6))]))).toEqual({ read: 0.75, search: 0.1, CRUD: 0.2, load: 0.25 });
});

describe('the gate', () => {
  it('passes at its thresholds, and fails below', () => {
    expect(judge(results, { read: 0.7, load: 0.2 })).toMatchObject({ isPassed: true });
    const { isPassed, lines } = judge(results, { read: 0.8, load: 0.2 });
    expect(isPassed).toBe(false);
    expect(lines[0]).toBe('FAIL read: 0.75 of the floor\'s processor time, at least 0.8 wanted');
  });

  it('fails on what was not measured', () => {
    expect(judge(noResults, { read: 0 })).toMatchObject({ isPassed: false, lines: ['FAIL read: not measured of the floor\'s processor time, at least 0 wanted'] });
  });

  it('has thresholds for all that it measures', () => {
    expect(Object.keys(readThresholds()).toSorted()).toEqual(floorRatios(noResults).map(({ name }) => name).toSorted());
  });
});

it('goals are medians over medians, and those not measured are left out', () => {
  expect(goals(results, 'hapi').map(({ name, value, isMet }) => [name, value, isMet])).toEqual([
    ['CRUD: requests/s ÷ hapi', 5, true], ['search: requests/s ÷ hapi', 6, false], ['search: p99 ÷ hapi', 0.1, false],
    ['reads: requests/s ÷ Fastify and one prepared select', 0.8, true], ['load: resources/s ÷ COPY', 0.3, false],
  ]);
  expect(markdown(results)).toContain('| CRUD: requests/s ÷ hapi | ≥ 4 | 5 | yes |');
  const unmet = 'Where one is not met';
  expect([markdown(results).includes(unmet), markdown({ ...results, cases: results.cases.filter(({ workload }) => workload === 'w1') }).includes(unmet)]).toEqual([true, false]);
});

it('what is measured newly is of the profile measured last', () => {
  const quick = { ...one('hapi', 'w1', '16 clients', { rate: 250 }), profile: 'quick' };
  expect(goals({ ...results, cases: [...cases, quick] }, 'hapi')[0]!.value).toBe(2);
});

it('growth is the median over the parameters, of the grown data over the loaded', () => {
  const alone = (param: string, data: string, p50: number): CaseResult => ({ ...one('verbatim', 'w3-alone', `${param} alone, 1 clients`, { p50 }), data });
  const grown = [alone('a', 'synthea', 1), alone('b', 'synthea', 2), alone('c', 'synthea', 4), alone('a', 'synthea_grown_2000', 1.2), alone('b', 'synthea_grown_2000', 2), alone('c', 'synthea_grown_2000', 20)];
  expect(goals({ ...noResults, cases: grown }, 'hapi').map(({ value, isMet }) => [value, isMet])).toEqual([[1.2, true]]);
});
