/**
 * Several server processes on one port (WORKERS): they serve as one, one that is killed is replaced, and all finish what is under way.
 * ARCHITECTURE.md "Workers". What they are to one another is tried by `concurrency.test.ts`.
 */
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { begin, send, type Answer, type Options } from '../support/http.ts';
import { childrenOf, freePort, spawnServer, startProcess, temporaryFolder, type ServerProcess } from '../support/process.ts';
import { isFull } from '../support/shared.ts';

const range = (length: number): number[] => Array.from({ length }, (_, n) => n);

/** A request by a connection of its own: connections go to the workers in turns. */
const ask = (method: string, url: string, { headers, body }: Options = {}): Promise<Answer> =>
  send(method, url, { headers: { connection: 'close', ...headers }, ...(body !== undefined && { body }) });

interface Line {
  readonly pid: number;
  readonly reqId: string;
}

/** The lines of requests in the log; the last one may not be whole. */
const lines = (server: ServerProcess): Line[] =>
  server.output().split('\n').slice(0, -1).filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line).filter(({ reqId }) => reqId !== undefined);

/** @returns the worker that answered the request with this id */
async function answeredBy(server: ServerProcess, id: string): Promise<number> {
  await expect.poll(() => lines(server).map(({ reqId }) => reqId)).toContain(id);
  return lines(server).find(({ reqId }) => reqId === id)!.pid;
}

/** @returns the workers that answer, by `count` requests that all succeed */
async function answering(server: ServerProcess, name: string, count = 6): Promise<number[]> {
  const ids = range(count).map((n) => `${name}-${n}`);
  for (const id of ids) expect((await ask('GET', `${server.base}/Patient?_count=0`, { headers: { 'x-request-id': id } })).status).toBe(200);
  return [...new Set(await Promise.all(ids.map((id) => answeredBy(server, id))))];
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const basics = (name: string, length: number): object => ({
  resourceType: 'Bundle', type: 'transaction',
  entry: range(length).map((n) => ({ resource: { resourceType: 'Basic', id: `${name}-${n}`, code: { text: 'x' } }, request: { method: 'PUT', url: `Basic/${name}-${n}` } })),
});

describe('two workers on the embedded Postgres', { timeout: 120_000 }, () => {
  const folder = temporaryFolder();
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startProcess(await freePort(), { DATA_DIR: folder.path, WORKERS: '2', LOG_LEVEL: 'info', LOAD_SAMPLE: 'true' });
  }, 120_000);
  afterAll(async () => {
    server.child.kill('SIGKILL');
    await server.ended;
    folder.remove();
  });

  it('serve on one port, which is told once, and the sample is there once', async () => {
    const pids = await answering(server, 'first');
    expect(pids.length).toBe(2);
    expect(pids).not.toContain(server.child.pid);
    expect(server.output().match(/FHIR base/g)).toHaveLength(1);
    expect(server.output().match(/Loaded the sample/g)).toHaveLength(1);
    expect((await ask('GET', `${server.base}/Patient?_summary=count`)).json.total).toBe(24);
    for (const path of ['/healthz', '/readyz', '/readyz']) expect((await ask('GET', server.base.replace('/fhir', path))).status).toBe(200);
  });

  it('what one writes another reads at once', async () => {
    const pairs = new Set<boolean>();
    for (const n of range(20)) {
      const url = `${server.base}/Basic/shared`;
      const written = await ask('PUT', url, { body: { resourceType: 'Basic', id: 'shared', code: { text: `t${n}` } }, headers: { 'x-request-id': `write-${n}` } });
      const found = await ask('GET', url, { headers: { 'x-request-id': `read-${n}` } });
      expect([found.json.code.text, found.headers['etag']]).toEqual([`t${n}`, written.headers['etag']]);
      pairs.add((await answeredBy(server, `write-${n}`)) === (await answeredBy(server, `read-${n}`)));
    }
    expect(pairs).toContain(false);
  });

  it('a SearchParameter that is posted to one is searched by on both', async () => {
    const url = `${server.base}/Patient?nick=n1`;
    expect((await ask('GET', url)).status).toBe(400);
    expect((await ask('PUT', `${server.base}/Patient/nicked`, { body: { resourceType: 'Patient', id: 'nicked', name: [{ use: 'nickname', given: ['n1'] }] } })).status).toBe(201);
    expect((await ask('POST', `${server.base}/SearchParameter`, { body: {
      resourceType: 'SearchParameter', url: 'http://example.org/SearchParameter/nick', name: 'nick', status: 'active', description: 'x', code: 'nick', base: ['Patient'], type: 'string', expression: "Patient.name.where(use = 'nickname').given",
    } })).status).toBe(201);
    await expect.poll(async () => (await ask('GET', url)).status, { timeout: 30_000 }).toBe(200);
    const workers = new Set<number>();
    for (const n of range(6)) {
      const { status, json } = await ask('GET', url, { headers: { 'x-request-id': `nick-${n}` } });
      expect([status, json.total]).toEqual([200, 1]);
      workers.add(await answeredBy(server, `nick-${n}`));
    }
    expect(workers.size).toBe(2);
  });

  it('one that is killed is replaced, later each time, while the other serves', async () => {
    const [victim, other] = await answering(server, 'before') as [number, number];
    const put = (n: number): Promise<Answer> => ask('PUT', `${server.base}/Basic/storm-${n}`, { body: { resourceType: 'Basic', id: `storm-${n}`, code: { text: 'x' } } });
    const meanwhile = range(40).map(put);
    await meanwhile[0];
    process.kill(victim, 'SIGKILL');
    // A connection to it breaks at once, and nobody waits in vain; how many it had is up to the one that hands them out, which goes on until it hears of the end.
    // Asked again, the other answers.
    const again = (n: number, times: number): Promise<Answer> => put(n).catch((error: unknown) => (times === 0 ? Promise.reject(error) : again(n, times - 1)));
    const answers = await Promise.all(meanwhile.map((one, n) => one.catch(() => again(n, 20))));
    expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 201)).toEqual([]);
    await expect.poll(() => server.output()).toContain(`The worker with pid ${victim} is gone: it ended with SIGKILL; another takes its place in 0.25 s`);
    expect(await answering(server, 'meanwhile', 2)).toEqual([other]);
    let next: number | undefined;
    for (let n = 0; next === undefined; n++) next = (await answering(server, `after-${n}`)).find((pid) => pid !== other);
    process.kill(next, 'SIGKILL');
    await expect.poll(() => server.output()).toContain(`The worker with pid ${next} is gone: it ended with SIGKILL; another takes its place in 0.5 s`);
    for (let n = 0, all: number[] = []; all.length < 2; n++) all = await answering(server, `again-${n}`);
    expect(server.output().match(/FHIR base/g)).toHaveLength(1);
  });

  it('SIGTERM to one has it finish what is under way', async () => {
    const [id, workers] = ['long', await answering(server, 'whole')];
    const underWay = await begin('POST', server.base, { body: basics('long', 2_000), headers: { connection: 'close', 'x-request-id': id } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const pid of workers) process.kill(pid, 'SIGTERM');
    expect((await underWay.answer).status).toBe(200);
    expect(workers).toContain(await answeredBy(server, id));
    await expect.poll(() => workers.map((pid) => server.output().includes(`The worker with pid ${pid} is gone: it ended with exit code 0;`)), { timeout: 20_000 }).toEqual([true, true]);
    // Both are gone for a moment, and nobody listens.
    await expect.poll(() => ask('GET', `${server.base}/Basic/long-1999`).then(({ status }) => status, () => 0), { timeout: 20_000 }).toBe(200);
    for (let n = 0, all: number[] = []; all.length < 2; n++) all = await answering(server, `anew-${n}`);
  });

  it('SIGTERM finishes what is under way on all, stops the embedded Postgres and exits with 0', async () => {
    const workers = await answering(server, 'last');
    const underWay = await Promise.all(range(2).map((n) => begin('POST', server.base, { body: basics(`stop${n}`, 2_000), headers: { connection: 'close', 'x-request-id': `stop-${n}` } })));
    await new Promise((resolve) => setTimeout(resolve, 200));
    server.child.kill('SIGTERM');
    for (const { answer } of underWay) expect((await answer).status).toBe(200);
    expect(await server.ended).toBe(0);
    expect(new Set([await answeredBy(server, 'stop-0'), await answeredBy(server, 'stop-1')]).size).toBe(2);
    expect(workers.map(isAlive)).toEqual([false, false]);
    expect(server.output().match(/finishing what is under way/g)).toHaveLength(1);
    // Postgres takes its pid away when it has shut down in order.
    expect(existsSync(join(folder.path, 'postgres/postmaster.pid'))).toBe(false);
  });
});

describe.runIf(isFull)('workers on a database', { timeout: 120_000 }, () => {
  let url: string;
  let drop: () => Promise<void>;
  beforeAll(async () => ({ url, drop } = await createDatabase()));
  afterAll(() => drop());

  /** @returns how often the last line of the output, which is expected to be of this pattern, stands in it */
  const refused = async (port: number, environment: Record<string, string>, pattern: RegExp): Promise<number> => {
    const server = spawnServer(port, { DATABASE_URL: url, WORKERS: '3', ...environment });
    expect(await server.ended, server.output()).toBe(1);
    const all = server.output().trim().split('\n');
    expect(all.at(-1)).toMatch(pattern);
    expect(server.output()).not.toMatch(/^\s+at |FHIR base/m);
    return all.filter((line) => pattern.test(line)).length;
  };

  it('have no more connections together than one server has, and end with their primary', async () => {
    const server = await startProcess(await freePort(), { DATABASE_URL: url, WORKERS: '2', DB_POOL_MAX: '7', LOG_LEVEL: 'info' });
    const workers = await answering(server, 'pool');
    expect((await ask('PUT', `${server.base}/Patient/a`, { body: { resourceType: 'Patient', id: 'a' } })).status).toBe(201);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await Promise.all(range(60).flatMap((n) => [
      ask('GET', `${server.base}/Patient/a`), ask('GET', `${server.base}/Patient?_id=a`), ask('POST', server.base, { body: basics(`pool${n}`, 5) }),
    ]));
    const { rows } = await client.query("select count(*)::integer as n from pg_stat_activity where datname = current_database() and application_name = 'verbatim'");
    expect(rows[0].n).toBe(7);
    server.child.kill('SIGKILL');
    await expect.poll(() => workers.map(isAlive), { timeout: 20_000 }).toEqual([false, false]);
    await client.end();
  });

  it('that cannot start say why, once, and all end', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as { port: number };
    expect(await refused(port, { HOST: '127.0.0.1' }, new RegExp(`^Port ${port} is in use`))).toBe(1);
    blocker.close();
    const free = await freePort();
    expect(await refused(free, { TIME_ZONE: 'Europe/Paris' }, /^The search index was made with time_zone UTC/)).toBe(1);
    expect(await refused(free, { HOOKS: '/nowhere.mjs' }, /^HOOKS: \/nowhere\.mjs cannot be loaded/)).toBe(1);
    expect(await refused(free, { WORKERS: '0' }, /^WORKERS is "0", which is not a whole number from 1 to 64/)).toBe(1);
  });

  it('are stopped while they start, and that is no failure', async () => {
    const server = spawnServer(await freePort(), { DATABASE_URL: url, WORKERS: '2' });
    await expect.poll(() => childrenOf(server.child.pid!), { timeout: 20_000, interval: 10 }).toHaveLength(1);
    const [worker] = childrenOf(server.child.pid!) as [number];
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(isAlive(worker)).toBe(false);
    expect(server.output().trim()).toBe('SIGTERM: finishing what is under way');
  });
});
