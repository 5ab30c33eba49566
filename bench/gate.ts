/** The gate: fails where ours spends more of the processor, beside the floors of the same run, than the thresholds of gate.json allow. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { number } from './report/format.ts';
import { floorRatios } from './report/ratios.ts';
import type { Results } from './report/results.ts';

/** What is measured for it. */
export const gateWorkloads: readonly string[] = ['w1', 'w3', 'w5', 'floors'];

/** Of generated data: a load of fewer is over before V8 has compiled what it runs, and says more of that than of the load. */
export const gatePatients = 200;

export type Thresholds = Readonly<Record<string, number>>;

export const readThresholds = (): Thresholds => JSON.parse(readFileSync(join(import.meta.dirname, 'gate.json'), 'utf8')) as Thresholds;

/** @returns lines for the terminal, and whether all that has a threshold was measured and holds it */
export function judge(results: Results, thresholds: Thresholds): { lines: string[]; isPassed: boolean } {
  const ratios = new Map(floorRatios(results).map(({ name, value }) => [name, value]));
  const verdicts = Object.entries(thresholds).map(([name, least]) => {
    const value = ratios.get(name);
    return { isPassed: value !== undefined && value >= least, line: `${name}: ${value === undefined ? 'not measured' : number(value)} of the floor's processor time, at least ${least} wanted` };
  });
  return { lines: verdicts.map(({ isPassed, line }) => `${isPassed ? 'ok  ' : 'FAIL'} ${line}`), isPassed: verdicts.every(({ isPassed }) => isPassed) };
}
