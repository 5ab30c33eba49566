/**
 * Clients at the same time, over HTTP, on one and on two server processes with one database. R4: http.html#concurrency, #ccreate,
 * #cond-update, #trules, #history; ARCHITECTURE.md "Locks" and "Time". `npm run test:full` runs the whole storm.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { send, type Answer } from '../support/http.ts';
import { freePort, startProcess, type ServerProcess } from '../support/process.ts';
import { isFull } from '../support/shared.ts';

let servers: ServerProcess[];
let drop: () => Promise<void>;
beforeAll(async () => {
  const database = await createDatabase();
  drop = database.drop;
  const start = async (): Promise<ServerProcess> => startProcess(await freePort(), { DATABASE_URL: database.url });
  // One migrates what the other finds migrated.
  servers = [await start(), await start()];
}, 120_000);
afterAll(async () => {
  for (const { child } of servers) child.kill('SIGTERM');
  await Promise.all(servers.map(({ ended }) => ended));
  await drop();
});

const many = 50;
const rounds = isFull ? 100 : 3;
const range = (length: number): number[] => Array.from({ length }, (_, n) => n);
const statuses = (answers: readonly Answer[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
/** @returns the body of an answer that is as expected; else fails with its text */
const asked = ({ status, text, json }: Answer, expected = 200): any => {
  expect(status, text).toBe(expected);
  return json;
};
const bundle = (type: string, entry: readonly object[]): object => ({ resourceType: 'Bundle', type, entry });
const patient = (id: string, more: object = {}): object => ({ resourceType: 'Patient', id, ...more });
const identified = (value: string, more: object = {}): object => ({ resourceType: 'Patient', identifier: [{ system: 'urn:x', value }], ...more });

describe.each([['one process', 1], ['two processes', 2]] as const)('on %s', (_name, count) => {
  const base = (n = 0): string => servers[n % count]!.base;
  const storm = (request: (base: string, n: number) => Promise<Answer>): Promise<Answer[]> => Promise.all(range(many).map((n) => request(base(n), n)));

  it('50 clients create by the same criteria at once: one creates', { timeout: rounds * 5_000 + 30_000 }, async () => {
    for (const round of range(rounds)) {
      const value = `create-${count}-${round}`;
      const answers = await storm((at) => send('POST', `${at}/Patient`, { body: identified(value), headers: { 'if-none-exist': `identifier=urn:x|${value}` } }));
      expect(statuses(answers), value).toEqual({ 201: 1, 200: 49 });
      expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
      expect((await send('GET', `${base()}/Patient?identifier=${value}`)).json.total).toBe(1);
    }
  });

  it('50 clients update by criteria that match nothing yet: one creates, and the versions have no gap', { timeout: rounds * 5_000 + 30_000 }, async () => {
    for (const round of range(Math.ceil(rounds / 5))) {
      const value = `update-${count}-${round}`;
      const answers = await storm((at, n) => send('PUT', `${at}/Patient?identifier=urn:x|${value}`, { body: identified(value, { name: [{ family: `n${n}` }] }) }));
      expect(statuses(answers), value).toEqual({ 201: 1, 200: 49 });
      expect(answers.map(({ json }) => Number(json.meta.versionId)).toSorted((a, b) => a - b)).toEqual(range(many).map((n) => n + 1));
    }
  });

  it('no update is lost: each client adds to what it read, under If-Match', { timeout: 300_000 }, async () => {
    const id = `counter-${count}`;
    await send('PUT', `${base()}/Patient/${id}`, { body: patient(id, { multipleBirthInteger: 0 }) });
    const [clients, additions] = isFull ? [50, 5] : [12, 5];
    let refused = 0;
    await Promise.all(range(clients).map(async (n) => {
      for (let done = 0; done < additions;) {
        const { json, headers } = await send('GET', `${base(n)}/Patient/${id}`);
        const answer = await send('PUT', `${base(n)}/Patient/${id}`, { body: patient(id, { multipleBirthInteger: json.multipleBirthInteger + 1 }), headers: { 'if-match': headers['etag']! } });
        if (answer.status === 412) refused++;
        else {
          expect(answer.status, answer.text).toBe(200);
          done++;
        }
      }
    }));
    const total = clients * additions;
    const { json } = await send('GET', `${base()}/Patient/${id}`);
    expect([json.multipleBirthInteger, json.meta.versionId]).toEqual([total, String(total + 1)]);
    expect(refused).toBeGreaterThan(0);
    const history = await send('GET', `${base()}/Patient/${id}/_history?_count=1000`);
    const seen = history.json.entry.map(({ resource }: any) => [Number(resource.meta.versionId), resource.multipleBirthInteger]);
    expect(seen.slice(0, 1000)).toEqual(range(Math.min(1000, total + 1)).map((n) => [total + 1 - n, total - n]));
    const times = history.json.entry.map(({ resource }: any) => resource.meta.lastUpdated);
    expect(times).toEqual([...new Set(times)].toSorted().toReversed());
  });

  it('transactions that overlap in opposite orders all succeed', { timeout: 300_000 }, async () => {
    const ids = range(12).map((n) => `crossed-${count}-${n}`);
    for (const round of range(isFull ? 20 : 2)) {
      const answers = await storm((at, n) => {
        const start = (n * 5 + round) % ids.length;
        const turned = [...ids.slice(start), ...ids.slice(0, start)];
        const entry = (n % 2 === 0 ? turned : turned.toReversed()).slice(0, 9).map((id, m) => (n % 5 === 4 && m % 3 === 0
          ? { request: { method: 'DELETE', url: `Patient/${id}` } }
          : { resource: patient(id, { name: [{ family: `r${round}-${n}` }], link: [{ type: 'seealso', other: { reference: `Patient/${ids[(n + m) % ids.length]}` } }] }), request: { method: 'PUT', url: `Patient/${id}` } }));
        return send('POST', at, { body: bundle('transaction', entry) });
      });
      expect(statuses(answers)).toEqual({ 200: 50 });
    }
    for (const id of ids) {
      const json = asked(await send('GET', `${base()}/Patient/${id}/_history?_count=1000`));
      const versions = json.entry.map(({ response }: any) => Number(/\d+/.exec(response.etag)![0]));
      expect(versions).toEqual(range(versions.length).map((n) => versions.length - n));
    }
  });

  it('readers never see half of a transaction', { timeout: 120_000 }, async () => {
    const ids = range(6).map((n) => `whole-${count}-${n}`);
    const write = (at: string, value: string): Promise<Answer> => send('POST', at, { body: bundle('transaction', ids.map((id, n) => ({
      resource: patient(id, { birthDate: value, ...(n > 0 && { link: [{ type: 'seealso', other: { reference: `Patient/${ids[n - 1]}` } }] }) }), request: { method: 'PUT', url: `Patient/${id}` } }))) });
    await write(base(), '1900');
    let isWriting = true;
    const readers: readonly [string, (at: string) => Promise<any[]>][] = [
      ['a search', async (at) => asked(await send('GET', `${at}/Patient?_id=${ids.join()}`)).entry.map(({ resource }: any) => resource)],
      ['includes', async (at) => asked(await send('GET', `${at}/Patient?_id=${ids.at(-1)}&_include:iterate=Patient:link`)).entry.map(({ resource }: any) => resource)],
      ['the reads of a transaction', async (at) => asked(await send('POST', at, { body: bundle('transaction', ids.map((id) => ({ request: { method: 'GET', url: `Patient/${id}` } }))) })).entry.map(({ resource }: any) => resource)],
      ['history', async (at) => {
        const json = asked(await send('GET', `${at}/Patient/_history?_count=200`));
        const current = new Map<string, any>();
        for (const { resource } of json.entry) if (ids.includes(resource?.id) && !current.has(resource.id)) current.set(resource.id, resource);
        return [...current.values()];
      }],
    ];
    const reading = Promise.all(readers.map(async ([name, read], n) => {
      let times = 0;
      for (; isWriting; times++) {
        const resources = await read(base(n));
        expect(resources.length, name).toBe(ids.length);
        expect(new Set(resources.map(({ birthDate }: any) => birthDate)).size, name).toBe(1);
      }
      return times;
    }));
    reading.catch(() => (isWriting = false));
    for (const n of range(isFull ? 400 : 40)) if (isWriting) expect((await write(base(n), String(1901 + n))).status).toBe(200);
    isWriting = false;
    for (const times of await reading) expect(times).toBeGreaterThan(1);
  });

  it('who polls by _since or _lastUpdated misses nothing, while slow and fast writers commit out of order', { timeout: 300_000 }, async () => {
    // By the server's clock, not by this one.
    const from: string = asked(await send('GET', `${base()}/Basic?_lastUpdated=ge2000&_count=0`)).meta.lastUpdated;
    const acknowledged = new Set<string>();
    const until = performance.now() + (isFull ? 10_000 : 4_000);
    const tag = `poll-${count}`;
    const basic = (id: string): object => ({ resourceType: 'Basic', id, code: { text: tag } });
    const fast = async (name: number): Promise<void> => {
      for (let n = 0; performance.now() < until; n++) {
        const id = `${tag}-f${name}-${n}`;
        asked(await send('PUT', `${base(name)}/Basic/${id}`, { body: basic(id) }), 201);
        acknowledged.add(id);
      }
    };
    const slow = async (name: number): Promise<void> => {
      for (let n = 0; performance.now() < until; n++) {
        const ids = range(400).map((m) => `${tag}-s${name}-${n}-${m}`);
        asked(await send('POST', base(name), { body: bundle('transaction', ids.map((id) => ({ resource: basic(id), request: { method: 'PUT', url: `Basic/${id}` } }))) }));
        for (const id of ids) acknowledged.add(id);
      }
    };
    const writing = Promise.all([fast(0), fast(1), fast(2), slow(0), slow(1)]);
    let isWriting = true;
    void writing.finally(() => (isWriting = false));
    const poll = async (first: (since: string) => string): Promise<Set<string>> => {
      const seen = new Set<string>();
      let since = from;
      for (let last = false; !last;) {
        // One look more when all have written.
        last = !isWriting;
        let next: string | undefined = first(since);
        let horizon: string | undefined;
        while (next !== undefined) {
          const json = asked(await send('GET', next));
          horizon ??= json.meta.lastUpdated;
          for (const { resource } of json.entry ?? []) seen.add(resource.id);
          next = json.link.find(({ relation }: any) => relation === 'next')?.url;
        }
        since = horizon!;
      }
      return seen;
    };
    const polls = await Promise.all([
      poll((since) => `${base(0)}/Basic/_history?_since=${since}&_count=500`), poll((since) => `${base(1)}/Basic?_lastUpdated=ge${since}&_count=500`),
    ]);
    await writing;
    expect(acknowledged.size).toBeGreaterThan(400);
    for (const seen of polls) expect([...acknowledged].filter((id) => !seen.has(id))).toEqual([]);
  });
});
