/**
 * The horizon that pollers are told, and clocks that are set back: to a database that has told a time an hour ahead, its clock is an hour
 * late. R4: http.html#history (`_since`), search.html#lastUpdated; ARCHITECTURE.md "Time".
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Transaction } from '../../src/db/pool.ts';
import { definitionsLock, definitionsLockClass } from '../../src/store/definitions-lock.ts';
import { createHorizon } from '../../src/store/horizon.ts';
import { stampStatement, type Stamp } from '../../src/store/identities.ts';
import { send } from '../support/http.ts';
import { serve, useServer, type TestServer } from '../support/server.ts';

const server = useServer();
let other: TestServer;
beforeAll(async () => {
  other = await serve(server().databaseUrl);
});
afterAll(() => other.close());

const hour = 3_600_000;
const clock = async (): Promise<number> => Number((await server().db.read.query<{ ms: string }>({ text: 'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms' }))[0]!.ms);
const setBack = async (by: number): Promise<void> => void (await server().db.write.query({ text: "select setval('change_horizon', $1)", values: [(await clock()) + by] }));
const told = (): Promise<number> => createHorizon(other.db.read).now().then((time) => time.getTime());
const stamp = async (tx: Transaction): Promise<number> => ((await tx.query<Stamp>(stampStatement))[0]!).now.getTime();

describe.each([['goes on', 0], ['was set back by an hour', hour]] as const)('where the clock %s', (_name, by) => {
  beforeEach(() => setBack(by));

  it('a writer that shows behind the look stamps at or above what was told', async () => {
    for (let n = 0; n < 50; n++) {
      const stamped = await server().db.write.transaction({}, async (tx) => {
        // Begun, and not yet a writer.
        await tx.query({ text: 'select 1' });
        const horizon = await told();
        await tx.query(definitionsLock(false));
        return [horizon, await stamp(tx)] as const;
      });
      expect(stamped[1]).toBeGreaterThanOrEqual(stamped[0]);
    }
  });

  it('a writer that shows before the look stamps at or above it, whenever it does', async () => {
    const [early, late] = await server().db.write.transaction({}, async (tx) => {
      await tx.query(definitionsLock(false));
      const before = await told();
      return [[before, await stamp(tx)], [await told(), await stamp(tx)]] as const;
    });
    expect(early[1]).toBeGreaterThanOrEqual(early[0]);
    expect(late[1]).toBeGreaterThanOrEqual(late[0]);
  });

  it('so does one that shows and stamps in one statement, and from then on nothing is told above it', async () => {
    const [{ version }] = await server().db.write.query<{ version: string }>({ text: 'select version from index_format' }) as [{ version: string }];
    for (let n = 0; n < 50; n++) {
      const [before, stamped, after] = await server().db.write.transaction({}, async (tx) => {
        await tx.query({ text: 'select 1' });
        const horizon = await told();
        const [{ at }] = await tx.query<{ at: Date }>({ text: 'select begin_writing($1, $2) as at', values: [definitionsLockClass, version] }) as [{ at: Date }];
        return [horizon, at.getTime(), await told()] as const;
      });
      expect(stamped).toBeGreaterThanOrEqual(before);
      expect(after).toBeLessThanOrEqual(stamped);
    }
  });

  it('what is told rises with every look, never far ahead of the clock', async () => {
    const times: number[] = [];
    for (let n = 0; n < 200; n++) times.push(await told());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    // Where the clock was set back, by a millisecond a look.
    expect(times.at(-1)! - (await clock())).toBeLessThan(by + (by === 0 ? 2 : 202));
    await Promise.all(Array.from({ length: 100 }, told));
    expect((await told()) - (await clock())).toBeLessThan(by + (by === 0 ? 2 : 304));
  });

  it('who polls on two servers misses nothing, and sees each write at the next look', async () => {
    const seen = { history: new Set<string>(), search: new Set<string>() };
    const since = { history: '2000', search: '2000' };
    const poll = async (way: 'history' | 'search', at: TestServer): Promise<void> => {
      const { json, text, status } = await send('GET', `${at.base}/${way === 'history' ? `Basic/_history?_since=${since.history}` : `Basic?_lastUpdated=ge${since.search}`}&_count=1000`);
      expect(status, text).toBe(200);
      for (const { resource } of json.entry ?? []) seen[way].add(resource.id);
      since[way] = json.meta.lastUpdated;
    };
    const ids: string[] = [];
    for (let n = 0; n < 20; n++) {
      const [writer, reader] = n % 2 === 0 ? [server(), other] : [other, server()];
      for (const id of [`a${by}-${n}`, `b${by}-${n}`]) {
        const answer = await send('PUT', `${writer.base}/Basic/${id}`, { body: { resourceType: 'Basic', id, code: { text: 'x' } } });
        expect(answer.status, answer.text).toBe(201);
        ids.push(id);
      }
      // So that no look falls into the millisecond of the write.
      await new Promise((resolve) => setTimeout(resolve, 3));
      await Promise.all([poll('history', reader), poll('search', writer)]);
      for (const way of ['history', 'search'] as const) expect(ids.filter((id) => !seen[way].has(id)), way).toEqual([]);
    }
  });

  it('the history of one resource has every version at once, in order', async () => {
    const base = `${server().base}/Flag/f${by}`;
    for (let n = 1; n <= 5; n++) {
      await send('PUT', base, { body: { resourceType: 'Flag', id: `f${by}`, status: 'active', code: { text: `${n}` }, subject: { reference: 'Patient/1' } } });
      for (const query of ['', '?_since=2000']) {
        const { json } = await send('GET', `${base}/_history${query}`);
        expect(json.entry.map(({ resource }: any) => resource.meta.versionId)).toEqual(Array.from({ length: n }, (_, m) => String(n - m)));
      }
    }
  });
});

it('a search that is no poll is not cut, and says a time that one may poll from', async () => {
  await setBack(0);
  await server().db.write.transaction({}, async (tx) => {
    await tx.query(definitionsLock(false));
    const own = await stamp(tx);
    await send('PUT', `${server().base}/Account/a`, { body: { resourceType: 'Account', id: 'a', status: 'active' } });
    for (const path of ['Account', 'Account/_history', 'Account/a/_history']) {
      // Past what the server has kept for a second.
      await new Promise((resolve) => setTimeout(resolve, 1_010));
      const { json } = await send('GET', `${server().base}/${path}`);
      expect([json.entry.length, Date.parse(json.meta.lastUpdated) <= own], path).toEqual([1, true]);
    }
  });
});
