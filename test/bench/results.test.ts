/** Results of parts become one, and one table. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { merge, noResults, readResults, writeResults, type CaseResult, type Results } from '../../bench/report/results.ts';
import { markdown } from '../../bench/report/table.ts';
import { number, spread, spreadOf } from '../../bench/report/format.ts';

const one = (target: string, repetition: number, rate: number, more: Partial<CaseResult> = {}): CaseResult =>
  ({ target, workload: 'w3', name: 'mixed, 30 clients', repetition, profile: 'full', data: 'synthea', at: '2026-01-02T03:04:05Z', figures: { clients: 30, rate, p50: 1000 / rate, errors: 0 }, ...more });
const of = (...cases: CaseResult[]): Results => ({ ...noResults, cases });

it('a case measured anew takes the place of the old', () => {
  const merged = merge({ ...of(one('ours', 1, 100), one('ours', 2, 110)), done: ['a'], targets: { ours: 'old' } }, { ...of(one('ours', 1, 200), one('peer', 1, 50)), done: ['a', 'b'], targets: { peer: 'x' } });
  expect(merged.cases.map(({ target, repetition, figures }) => [target, repetition, figures['rate']])).toEqual([['ours', 1, 200], ['ours', 2, 110], ['peer', 1, 50]]);
  expect(merged.done).toEqual(['a', 'b']);
  expect(merged.targets).toEqual({ ours: 'old', peer: 'x' });
});

it('machines are named as they come, each once: parts of one comparison may be of several', () => {
  const on = (machine: string): Results => ({ ...noResults, machine });
  expect(merge(merge(merge(noResults, on('a, 8 GiB')), on('b')), on('a, 8 GiB')).machine).toBe('a, 8 GiB; b');
  expect(merge(on('a'), noResults).machine).toBe('a');
});

it('a file gives back what was written, and nothing where there is none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'verbatim-bench-test-'));
  const path = join(folder, 'a/results.json');
  expect(readResults(path)).toEqual(noResults);
  writeResults(path, of(one('ours', 1, 100)));
  expect(readResults(path)).toEqual(of(one('ours', 1, 100)));
  rmSync(folder, { recursive: true });
});

it('the table has medians and ranges of the repetitions, a line a server', () => {
  const text = markdown(of(one('ours', 1, 100), one('ours', 2, 400), one('ours', 3, 200), one('peer', 1, 50, { errorKinds: { 'Patient.name: 500': 2 } })));
  expect(text).toContain('## Search: Health Samurai\n');
  expect(text).toContain('| mixed, 30 clients | ours | 3 | 200 (100–400) | 5 (2.5–10) | 0 |');
  expect(text).toContain('| mixed, 30 clients | peer | 1 | 50 | 20 | 0 |');
  expect(text).toContain('- peer: Patient.name: 500 (2 times)');
});

it.each([[0, '0'], [0.012345, '0.0123'], [12.345, '12.3'], [123.45, '123'], [12345.6, '12,346']])('%d is shown as %s', (value, expected) => {
  expect(number(value)).toBe(expected);
});

it('nothing measured is a dash', () => {
  expect(spread(spreadOf([]))).toBe('–');
  expect(spread(spreadOf([2]))).toBe('2');
});
