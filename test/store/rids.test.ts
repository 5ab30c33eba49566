/** What is known of rids without asking: given once, right for good, and forgotten where the database may be another. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Lane } from '../../src/db/pool.ts';
import { createRids, type Rids } from '../../src/store/rids.ts';
import { useDatabase } from '../support/database.ts';

const db = useDatabase();

describe('new ones', () => {
  const next = async (): Promise<bigint> => BigInt((await db().write.query<{ rid: string }>({ text: "select nextval('resource_rid_seq') as rid" }))[0]!.rid);
  /** As whoever writes does it: what is not at hand is asked for, and said. */
  const until = async (rids: Rids, count: number): Promise<bigint[]> => {
    for (;;) {
      const found = rids.take(count);
      if (found !== undefined) return found;
      rids.passed(await next());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };

  /** Resources come often, however long machine and database take. */
  const comeOften = (): void => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
  };

  it('are of the sequence, each given once, by two servers too', async () => {
    const all = [createRids(db().write), createRids(db().write)];
    const taken: bigint[] = [];
    for (let n = 0; n < 60; n++) taken.push(...(await until(all[n % 2]!, 50)));
    const last = await next();
    expect(new Set(taken).size).toBe(3000);
    expect(taken.every((rid) => rid > 0n && rid < last)).toBe(true);
  });

  it('are none at hand at first, and more than are kept never', async () => {
    const rids = createRids(db().write);
    expect(rids.take(1)).toBeUndefined();
    expect((await until(rids, 1)).length).toBe(1);
    expect(rids.take(100_000)).toBeUndefined();
  });

  it('are none where resources come one by one, and older ones are left: the order is that of creation', async () => {
    let asked = 0;
    const rids = createRids({ opened: () => db().write.opened(), query: (statement) => (asked++, db().write.query(statement)) });
    await db().write.query({ text: 'select 1' });
    for (let n = 0; n < 3; n++) {
      expect(rids.take(1)).toBeUndefined();
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(asked).toBe(0);
    await until(rids, 1);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const last = await next();
    expect((await until(rids, 1))[0]).toBeGreaterThan(last);
  });

  it('are none that come before one that was passed, also of those that were asked for by then', async () => {
    comeOften();
    /** What was asked for has its answer, but does not give it before this is called. */
    let answer = (): void => {};
    let answered: Promise<unknown> = Promise.resolve();
    const held = async <Row extends object>(statement: Parameters<Lane['query']>[0]): Promise<Row[]> => {
      const rows = db().write.query<Row>(statement);
      answered = rows;
      await new Promise<void>((resolve) => (answer = resolve));
      return rows;
    };
    const rids = createRids({ opened: () => db().write.opened(), query: held as Lane['query'] });
    expect([rids.take(1), rids.take(1)]).toEqual([undefined, undefined]);
    rids.passed(await next());
    await answered;
    answer();
    await new Promise(setImmediate);
    expect(rids.take(1)).toHaveLength(1);

    rids.passed(await next());
    expect(rids.take(1)).toBeUndefined();
    rids.passed(await next());
    await answered;
    const later = await next();
    rids.passed(later);
    answer();
    await new Promise(setImmediate);
    expect(rids.take(1)).toBeUndefined();

    rids.passed(await next());
    await answered;
    answer();
    await new Promise(setImmediate);
    expect(rids.take(1)![0]).toBeGreaterThan(later);
  });

  it('are none where the database cannot be reached, and are asked for again', async () => {
    comeOften();
    let isReached = false;
    let asked = 0;
    const lane = { opened: () => 1, query: (statement) => (asked++, isReached ? db().write.query(statement) : Promise.reject(new Error('gone'))) } as Pick<Lane, 'query' | 'opened'>;
    const rids = createRids(lane);
    for (let n = 0; n < 3; n++) {
      expect(rids.take(1)).toBeUndefined();
      rids.passed(0n);
      await new Promise(setImmediate);
    }
    isReached = true;
    await until(rids, 1);
    expect(asked).toBeGreaterThan(2);
  });
});

describe('those that were met', () => {
  const fake = () => {
    let opened = 1;
    const rids = createRids({ opened: () => opened, query: () => Promise.resolve([]) });
    return { rids, open: () => opened++ };
  };

  it('are known', () => {
    const { rids } = fake();
    rids.of('Patient/a');
    rids.learn([['Patient/a', 1n], ['Patient/b', 2n]], rids.opened());
    expect(['Patient/a', 'Patient/b', 'Patient/c'].map(rids.of)).toEqual([1n, 2n, undefined]);
  });

  it('are forgotten when a connection is opened', () => {
    const { rids, open } = fake();
    rids.of('Patient/a');
    rids.learn([['Patient/a', 1n]], rids.opened());
    open();
    expect(rids.of('Patient/a')).toBeUndefined();
  });

  it('are not learnt where a connection was opened since they were looked up', () => {
    const { rids, open } = fake();
    rids.of('Patient/a');
    const then = rids.opened();
    open();
    rids.of('Patient/a');
    rids.learn([['Patient/a', 1n]], then);
    expect(rids.of('Patient/a')).toBeUndefined();
  });

  it('are forgotten in the order in which they were asked for, and are not more than some', () => {
    const { rids } = fake();
    rids.of('kept');
    rids.learn([['kept', 1n], ['lost', 2n]], rids.opened());
    const known: number[] = [];
    for (let n = 0; n < 100_000; n++) {
      rids.learn([[`${n}`, BigInt(n)]], rids.opened());
      if (n % 1000 === 0) expect(rids.of('kept')).toBe(1n);
    }
    for (let n = 0; n < 100_000; n++) if (rids.of(`${n}`) !== undefined) known.push(n);
    expect(rids.of('lost')).toBeUndefined();
    expect(known.length).toBeLessThanOrEqual(2 ** 15);
    expect(known.at(-1)).toBe(99_999);
  });
});
