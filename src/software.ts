/** What this software says of itself. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Software {
  readonly version: string;
  /** Day of the release, or of the last change to what the server can do. */
  readonly date: string;
}

/** @returns the version of package.json, which lies beside src/ and dist/ alike */
export const readSoftware = (): Software => ({
  version: (JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as { version: string }).version,
  date: '2026-11-25',
});
