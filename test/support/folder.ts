/** A folder for the tests of one file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** @returns its path; it is removed behind the tests */
export function useFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'verbatim-folder-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
