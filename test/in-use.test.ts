/** The one place that holds the definitions in use. ARCHITECTURE.md "Definitions". */
import { afterEach, expect, it, vi } from 'vitest';
import { createInUse, type InUse } from '../src/in-use.ts';

let inUse: InUse<string> | undefined;
afterEach(() => inUse?.stop());

/** A database whose version is the value itself. */
function holder(read: () => Promise<string>, version: () => string, interval = 60_000): InUse<string> {
  inUse = createInUse({ first: '1', versionOf: (value) => value, readVersion: async () => version(), read, failed: () => {}, interval });
  return inUse;
}

it('gives the same value until the version changes, then the new one', async () => {
  let version = '1';
  const { current, refresh } = holder(async () => version, () => version);
  expect(await refresh()).toBe('1');
  version = '2';
  expect([await refresh(), current()]).toEqual(['2', '2']);
});

it('reads once for many who ask at the same time', async () => {
  const read = vi.fn(async () => '2');
  const { refresh } = holder(read, () => '2');
  expect(await Promise.all([refresh(), refresh(), refresh()])).toEqual(['2', '2', '2']);
  expect(read).toHaveBeenCalledTimes(1);
});

it('keeps what it has when a reading fails, and never goes back', async () => {
  const answers = [Promise.reject(new Error('away')), Promise.resolve('9'), Promise.resolve('8')];
  const { current, refresh } = holder(() => answers.shift()!, () => 'other');
  await expect(refresh()).rejects.toThrow('away');
  expect(current()).toBe('1');
  await refresh();
  await refresh();
  expect(current()).toBe('9');
});

it('looks for changes by itself', async () => {
  const { current } = holder(async () => '2', () => '2', 5);
  await expect.poll(current).toBe('2');
});
