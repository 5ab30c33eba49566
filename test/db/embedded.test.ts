/** The folder of the embedded Postgres: made anew where its making was cut off, and left alone where it is somebody else's. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startEmbedded } from '../../src/db/embedded/launch.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'verbatim-folder-'));
  mkdirSync(join(folder, 'postgres', 'base'), { recursive: true });
  writeFileSync(join(folder, 'postgres', 'base', 'mine'), 'text');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = () => startEmbedded({ folder, durable: false, maxConnections: 10 });

it('a folder with files that are not its own is refused, and stays as it is', async () => {
  await expect(start()).rejects.toThrow(/postgres has files that are no data of this server's: DATA_DIR is to name another folder/);
  expect(readFileSync(join(folder, 'postgres', 'base', 'mine'), 'utf8')).toBe('text');
});

it('a folder whose making was cut off is made anew', async () => {
  writeFileSync(join(folder, 'postgres.initialising'), '');
  const postgres = await start();
  await postgres.stop();
  expect(existsSync(join(folder, 'postgres', 'base', 'mine'))).toBe(false);
  expect(existsSync(join(folder, 'postgres.initialising'))).toBe(false);
  await (await start()).stop();
}, 60_000);
