/** Statistics of keys: asked for once a minute, and waited for by nobody but who reads them. DECISIONS.md "Pages". */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Queryable } from '../../src/db/pool.ts';
import { createFrequencies } from '../../src/search/frequency.ts';
import { useDatabase } from '../support/database.ts';

const db = useDatabase();
beforeAll(async () => {
  await db().write.query({ text: "insert into resource_key (rid, type, keys) select n, 'Patient', array[7, n + 100] from generate_series(1, 1000) n" });
  await db().write.query({ text: 'analyze resource_key_patient' });
});
afterEach(() => void vi.useRealTimers());

const counting = (): { readonly queryable: Queryable; asked: number } => {
  const counted = { asked: 0, queryable: { query: <R extends object>(statement: Parameters<Queryable['query']>[0]) => (counted.asked++, db().search.query<R>(statement)) } };
  return counted;
};
/** Has no connection, and waits for one. */
const waiting: Queryable = { query: () => new Promise(() => {}) };

describe('statistics', () => {
  it('say how many rows there are, and how many hold a key', async () => {
    const { rows, key } = await createFrequencies().of(db().search, 'Patient');
    expect([rows, key(7n), key(150n) < 100]).toEqual([1_000, 1_000, true]);
    expect((await createFrequencies().of(db().search, 'Observation')).rows).toBe(Infinity);
  });

  it('are kept for a minute', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const counted = counting();
    const frequencies = createFrequencies();
    for (let n = 0; n < 3; n++) await frequencies.of(counted.queryable, 'Patient');
    expect(counted.asked).toBe(1);
    vi.advanceTimersByTime(61_000);
    for (let n = 0; n < 3; n++) await frequencies.of(counted.queryable, 'Patient');
    expect(counted.asked).toBe(2);
  });

  it('are not waited for where another one who reads them has no connection: the first time, and when they are read anew', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const frequencies = createFrequencies();
    void frequencies.of(waiting, 'Patient');
    expect((await frequencies.of(db().search, 'Patient')).rows).toBe(1_000);
    vi.advanceTimersByTime(61_000);
    void frequencies.of(waiting, 'Patient');
    expect((await frequencies.of(waiting, 'Patient')).rows).toBe(1_000);
  });
});
