/** The first minute of a newcomer: a clone without packages, an empty home, one command. Only in a full run, since it installs from the registry. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { send } from '../support/http.ts';
import { freePort, temporaryFolder } from '../support/process.ts';
import { isFull } from '../support/shared.ts';

const root = join(import.meta.dirname, '../..');
const folder = temporaryFolder();
afterAll(() => folder.remove());

it.skipIf(!isFull || !existsSync(join(root, '.git')))('npm start serves the sample from a fresh clone', { timeout: 280_000 }, async () => {
  const clone = join(folder.path, 'verbatim');
  execFileSync('git', ['-c', 'safe.directory=*', 'clone', '-q', root, clone]);
  const port = await freePort();
  const npm = spawn('npm', ['start'], {
    cwd: clone, stdio: ['ignore', 'pipe', 'pipe'],
    // No LANG; the registry's settings come from the machine, not from the home.
    env: { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(?:PATH|npm_config_.*|HTTPS?_PROXY|NODE_EXTRA_CA_CERTS)$/i.test(name))), HOME: folder.path, PORT: String(port) },
  });
  let output = '';
  npm.stdout.on('data', (data: Buffer) => (output += data.toString()));
  npm.stderr.on('data', (data: Buffer) => (output += data.toString()));
  const closed = new Promise((resolve) => npm.stdout.once('close', resolve));
  await expect.poll(() => output, { timeout: 240_000, interval: 200 }).toContain('FHIR base');
  const { json } = await send('GET', `http://127.0.0.1:${port}/fhir/Patient?_count=2`);
  expect([json.total, json.entry.length]).toEqual([24, 2]);
  // What only tests need has not come along.
  expect([existsSync(join(clone, 'node_modules/vitest')), existsSync(join(clone, 'node_modules/fastify'))]).toEqual([false, true]);
  npm.kill('SIGTERM');
  await closed;
});
