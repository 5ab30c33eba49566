/** Writes the table, and the plots beside it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plots } from './plots.ts';
import type { Results } from './results.ts';
import { markdown } from './table.ts';

/** @param out a folder; RESULTS.md and plots/ are written anew */
export function writeReport(out: string, results: Results): void {
  const folder = join(out, 'plots');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const made = new Map<string, string[]>();
  for (const { workload, file, svg } of plots(results)) {
    writeFileSync(join(folder, file), svg);
    made.set(workload, [...(made.get(workload) ?? []), `plots/${file}`]);
  }
  writeFileSync(join(out, 'RESULTS.md'), markdown(results, made));
}
