/** The command line of the benchmark. */
import { expect, it } from 'vitest';
import { stagesOf } from '../../bench/comparison.ts';
import { gateWorkloads } from '../../bench/gate.ts';
import { readOptions } from '../../bench/options.ts';
import { chosen, workloads } from '../../bench/workloads/workloads.ts';

it('quick is once on small data, full three times', () => {
  expect(readOptions(['--quick'])).toMatchObject({ profile: { name: 'quick', repetitions: 1 }, isSmall: true, out: '.bench/quick' });
  expect(readOptions(['--only', 'w1,w3', '--seconds', '60', '--clients', '8,64'])).toMatchObject({ profile: { name: 'full', repetitions: 3, seconds: 60, clients: [8, 64] }, only: ['w1', 'w3'], isSmall: false, out: '.bench/full' });
});

it('the gate measures what it judges, anew, three times', () => {
  expect(readOptions(['--gate'])).toMatchObject({ profile: { name: 'quick', repetitions: 3, clients: [16] }, only: gateWorkloads, isAgain: true, isReloaded: true, isSmall: true });
});

it.each([['--seconds', 'x'], ['--clients', '0'], ['--repetitions', '1.5'], ['--base-url', 'nowhere'], ['--nonsense', '1']])('%s %s is refused by name', (name, value) => {
  expect(() => readOptions([name, value])).toThrow(name);
});

it('stages: the preflight first, what reads together, what begins empty each for itself', () => {
  expect(stagesOf(workloads).map((stage) => stage.map(({ id }) => id))).toEqual([['w0'], ['w3', 'w3-alone', 'w4', 'w5', 'w7', 'w9', 'w13'], ['w8', 'w10', 'w1', 'w1-create', 'w6-loaded', 'w11'], ['w6'], ['w6-async'], ['w2']]);
});

it('what is timed by queries is checked first', () => {
  expect(chosen(['w3']).map(({ id }) => id)).toEqual(['w0', 'w3']);
  expect(chosen(['w1', 'floors']).map(({ id }) => id)).toEqual(['w1']);
  expect(chosen(undefined)).toEqual(workloads);
});
