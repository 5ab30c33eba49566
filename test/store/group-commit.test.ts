/** Group commit: writes that wait together are committed together, and none changes what becomes of another. ARCHITECTURE.md "Writes". */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DatabaseUnavailable } from '../../src/db/errors.ts';
import type { Lane, TransactionOptions } from '../../src/db/pool.ts';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { compactJson } from '../../src/fhir/json/scan.ts';
import { parseJson, type JsonObject } from '../../src/fhir/json/value.ts';
import { preconditionFailed } from '../../src/fhir/outcome.ts';
import type { SearchIndex } from '../../src/search/extract.ts';
import { createGroupCommit, type GroupCommit } from '../../src/store/group-commit.ts';
import { createRids } from '../../src/store/rids.ts';
import { openIndex } from '../../src/store/index-format.ts';
import { commit, type Write } from '../../src/store/write.ts';
import { useDatabase } from '../support/database.ts';

const db = useDatabase();
let index: SearchIndex;
/** Of each transaction that was begun. */
let begun: TransactionOptions[];
let group: GroupCommit;
beforeAll(async () => {
  index = await openIndex(db().write, { definitions: loadDefinitions(), timeZone: 'UTC', ownBases: [] });
});
beforeEach(() => {
  begun = [];
  const { write } = db();
  const lane: Lane = { opened: () => write.opened(), query: (statement) => write.query(statement), transaction: (options, run) => (begun.push(options), write.transaction(options, run)) };
  group = createGroupCommit(lane, createRids(lane));
});

let ids = 0;
const newId = (): string => `group-${++ids}`;
const put = (id: string, more: Partial<Write> = {}, resource: object = {}): Write => {
  const compact = compactJson(Buffer.from(JSON.stringify({ resourceType: 'Patient', id, ...resource })));
  return { method: 'PUT', type: 'Patient', id, content: { text: compact.bytes, resource: parseJson(compact) as JsonObject }, ...more };
};
const remove = (id: string): Write => ({ method: 'DELETE', type: 'Patient', id });
const never = new AbortController().signal;
const write = (one: Write, signal = never) => group.write(one, index, signal);
const versionOf = async (id: string): Promise<number | undefined> =>
  (await db().read.query<{ version: number }>({ text: "select version from resource where type = 'Patient' and id = $1", values: [id] }))[0]?.version;
const refused = (): never => {
  throw preconditionFailed('It is refused');
};

it('writes together what comes together, and what comes while a group is under way', async () => {
  const all = Array.from({ length: 20 }, newId);
  const first = all.slice(0, 5).map((id) => write(put(id)));
  while (begun.length === 0) await new Promise(setImmediate);
  const written = await Promise.all([...first, ...all.slice(5).map((id) => write(put(id)))]);
  expect(written.map(({ id, version, created }) => [id, version, created])).toEqual(all.map((id) => [id, 1, true]));
  expect(await Promise.all(all.map(versionOf))).toEqual(all.map(() => 1));
  expect(begun.length).toBe(2);
});

it('writes creations, updates and deletions in one transaction', async () => {
  const [a, b, c] = [newId(), newId(), newId()];
  await Promise.all([a, b].map((id) => write(put(id))));
  begun = [];
  const [, updated, gone, made, nothing] = await Promise.all([write(put(newId())), write(put(a, {}, { active: true })), write(remove(b)), write(put(c)), write(remove(newId()))]);
  expect(begun.length).toBeLessThanOrEqual(2);
  expect([updated.version, updated.created, gone.version, gone.changed, gone.body, made.version, nothing.changed]).toEqual([2, false, 2, true, undefined, 1, false]);
});

it('never has one resource twice in a group: each finds the version before', async () => {
  const id = newId();
  const written = await Promise.all(Array.from({ length: 30 }, (_, n) => write(put(id, {}, { multipleBirthInteger: n }))));
  expect(written.map(({ version }) => version)).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
});

it('a write that is refused stands in the way of no other', async () => {
  const all = Array.from({ length: 12 }, newId);
  const results = await Promise.allSettled(all.map((id, n) => write(put(id, n === 5 ? { check: refused } : {}))));
  expect(results.map(({ status }) => status)).toEqual(all.map((_, n) => (n === 5 ? 'rejected' : 'fulfilled')));
  expect((results[5] as PromiseRejectedResult).reason.message).toBe('It is refused');
  expect(await Promise.all(all.map(versionOf))).toEqual(all.map((_, n) => (n === 5 ? undefined : 1)));
});

it('a defect that one brings to light stands in the way of no other', async () => {
  const all = Array.from({ length: 6 }, newId);
  const defect = (): never => {
    throw new TypeError('A defect');
  };
  const results = await Promise.allSettled(all.map((id, n) => write(put(id, n === 2 ? { check: defect } : {}))));
  expect(results.map(({ status }) => status)).toEqual(all.map((_, n) => (n === 2 ? 'rejected' : 'fulfilled')));
});

it('a version of a time to come moves none but its own resource', async () => {
  const [ahead, ...others] = Array.from({ length: 5 }, newId);
  const future = new Date(Date.now() + 3_600_000);
  await db().write.transaction({}, (tx) => commit(tx, [put(ahead!, { kept: { version: 1, lastUpdated: future } })], index));
  const [moved, ...written] = await Promise.all([ahead!, ...others].map((id) => write(put(id, {}, { active: true }))));
  expect(moved!.lastUpdated.getTime()).toBeGreaterThan(future.getTime());
  for (const { lastUpdated } of written) expect(lastUpdated.getTime()).toBeLessThan(future.getTime());
});

it('large versions that are there are read one by one', async () => {
  const all = Array.from({ length: 4 }, newId);
  const note = 'x'.repeat(200_000);
  for (const id of all.slice(0, 2)) await write(put(id, {}, { implicitRules: note }));
  begun = [];
  const written = await Promise.all([remove(all[0]!), put(all[1]!), put(all[2]!), put(all[3]!)].map((one) => write(one)));
  expect(written.map(({ version, body }) => [version, body === undefined])).toEqual([[2, true], [2, false], [1, false], [1, false]]);
  expect(begun.length).toBe(5);
});

describe('what waits for a lock', () => {
  // Alone in its group, and among others.
  it.each([[0], [1], [3]])('holds up its own resource alone, as number %i of those that come', async (place) => {
    const [locked, ...others] = [newId(), newId(), newId(), newId(), newId(), newId()];
    await write(put(locked!));
    const done: string[] = [];
    let waiting: Promise<unknown> = Promise.resolve();
    await db().read.transaction({}, async (holder) => {
      await commit(holder, [put(locked!, {}, { active: false })], index);
      const note = (one: Write): Promise<unknown> => write(one).then(() => done.push(one.id));
      const free = others.map((id) => put(id));
      const all = [...free.slice(0, place), put(locked!, {}, { active: true }), ...free.slice(place), put(locked!, {}, { gender: 'other' })];
      const notes = all.map(note);
      waiting = Promise.all(notes);
      await Promise.all(notes.filter((_, n) => all[n]!.id !== locked));
      expect(done.toSorted()).toEqual(others.toSorted());
      // And those that come later.
      await write(put(newId()));
    });
    await waiting;
    expect(await versionOf(locked!)).toBe(4);
  });
});

describe('a client that goes away', () => {
  it('is not written where it has not begun, and takes nobody with it', async () => {
    const controller = new AbortController();
    const [gone, stays] = [newId(), newId()];
    const before = [write(put(newId()))];
    while (begun.length === 0) await new Promise(setImmediate);
    const [left, kept] = [write(put(gone), controller.signal), write(put(stays))];
    controller.abort();
    await expect(left).rejects.toThrow(/abort/i);
    await Promise.all([...before, kept]);
    expect([await versionOf(gone), await versionOf(stays)]).toEqual([undefined, 1]);
  });

  it('is not written where the group is under way, and the others are', async () => {
    const [locked, gone, stays] = [newId(), newId(), newId()];
    await write(put(locked));
    const controller = new AbortController();
    await db().read.transaction({}, async (holder) => {
      await commit(holder, [put(locked, {}, { active: false })], index);
      const first = [write(put(newId()))];
      while (begun.length < 2) await new Promise(setImmediate);
      const together = [write(put(gone), controller.signal), write(put(stays)), write(put(locked, {}, { active: true }))];
      const [left, kept] = together;
      await Promise.all(first);
      controller.abort();
      await expect(left).rejects.toThrow(/abort/i);
      await kept;
      void together[2]!.catch(() => {});
    });
    expect([await versionOf(gone), await versionOf(stays)]).toEqual([undefined, 1]);
  });
});

describe('a group whose end is not known', () => {
  /** Transactions run, and are then held until they are let go; what they end with is what is given. */
  const held = (end: () => void): { group: GroupCommit; runs: () => number; letGo: () => void } => {
    let runs = 0;
    let letGo = (): void => {};
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const { write: lane } = db();
    return {
      runs: () => runs, letGo,
      group: createGroupCommit({
        opened: () => lane.opened(), query: (statement) => lane.query(statement),
        async transaction(options, run) {
          runs++;
          const result = await lane.transaction({ ...options, signal: never }, run);
          await gate;
          end();
          return result;
        },
      }, createRids(lane)),
    };
  };

  it('is not written again where a client has gone meanwhile', async () => {
    const { group: lost, runs, letGo } = held(() => {
      throw new DatabaseUnavailable('Connection terminated');
    });
    const controller = new AbortController();
    const all = Array.from({ length: 4 }, newId);
    const results = all.map((id, n) => lost.write(put(id), index, n === 1 ? controller.signal : never).then(() => 'written', (error: Error) => error.name));
    while ((await Promise.all(all.map(versionOf))).includes(undefined)) await new Promise(setImmediate);
    controller.abort();
    letGo();
    expect(await Promise.all(results)).toEqual(all.map(() => 'DatabaseUnavailable'));
    expect(runs()).toBe(1);
  });

  it('does not keep those that wait for the next one beyond their time', async () => {
    const { group: stuck, letGo } = held(() => {});
    const controller = new AbortController();
    const [first, waits] = [newId(), newId()];
    const underWay = stuck.write(put(first), index, never);
    while (await versionOf(first) === undefined) await new Promise(setImmediate);
    const left = stuck.write(put(waits), index, controller.signal);
    controller.abort();
    await expect(left).rejects.toThrow(/abort/i);
    letGo();
    await underWay;
    expect((await stuck.write(put(newId()), index, never)).version).toBe(1);
    expect(await versionOf(waits)).toBeUndefined();
  });
});

it('a lost connection is the answer to all of a group, since nobody knows whether it was committed', async () => {
  const all = Array.from({ length: 6 }, newId);
  const [locked] = all;
  await write(put(locked!));
  await db().read.transaction({}, async (holder) => {
    await commit(holder, [put(locked!, {}, { active: false })], index);
    const end = (): Promise<{ ended: boolean }[]> =>
      db().search.query({ text: "select pg_terminate_backend(pid) as ended from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'" });
    // Its connection is open by then: a group waits for a lock for 50 ms.
    await end();
    const results = Promise.all(all.map((id) => write(put(id, {}, { active: true })).then(() => 'written', (error: Error) => error.name)));
    while ((await end()).length === 0);
    expect(await results).toEqual(all.map(() => 'DatabaseUnavailable'));
  });
  expect(await Promise.all(all.map(versionOf))).toEqual(all.map((_, n) => (n === 0 ? 2 : undefined)));
  expect((await write(put(newId()))).created).toBe(true);
});
