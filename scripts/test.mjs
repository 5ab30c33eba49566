/**
 * npm test: from a fresh clone to a test run. `--full` runs everything (npm run test:full), `--install-only` nothing; other
 * arguments go to vitest.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { install, root } from './install.mjs';
import { alone } from './lock.mjs';

await alone(root, () => install(true));
const args = process.argv.slice(2);
if (args.includes('--install-only')) process.exit(0);
const isFull = args.includes('--full');
const { status } = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args.filter((arg) => arg !== '--full')], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...(isFull && { VERBATIM_FULL: '1' }) },
});
process.exit(status ?? 1);
