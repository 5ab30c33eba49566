/**
 * A server, and a Postgres, that are killed in the middle of writes. R4: http.html#trules (all or nothing); README: data stay between
 * starts. Every acknowledged write is there, no transaction in part, and who is not killed goes on by itself: 503 meanwhile, no hang.
 * `npm run test:full` kills fifty times.
 */
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { startEmbedded, type EmbeddedPostgres } from '../../src/db/embedded/launch.ts';
import { send, type Answer } from '../support/http.ts';
import { childrenOf, freePort, startProcess, temporaryFolder, type ServerProcess } from '../support/process.ts';
import { isFull } from '../support/shared.ts';

const rounds = isFull ? 50 : 2;
/** More than any answer may take, and less than a test. */
const longest = 25_000;
const pause = (time: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, time));

const folder = temporaryFolder();
let postgres: EmbeddedPostgres;
/** Postgres starts anew on another port: the server finds it on one that stays. */
let door: Server;
const open = new Set<Socket>();
let doorPort: number;

const startPostgres = async (): Promise<EmbeddedPostgres> => startEmbedded({ folder: folder.path, durable: true, maxConnections: 40 });
const postmaster = (): number => Number(readFileSync(join(postgres.dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0]);

beforeAll(async () => {
  postgres = await startPostgres();
  door = createServer((socket) => {
    const { port } = new URL(postgres.connectionString);
    const inner = connect(Number(port), '127.0.0.1');
    for (const [one, other] of [[socket, inner], [inner, socket]] as const) {
      open.add(one);
      one.on('error', () => {}).on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  doorPort = await freePort();
  await new Promise<void>((resolve) => door.listen(doorPort, '127.0.0.1', resolve));
}, 120_000);
afterAll(async () => {
  for (const socket of open) socket.destroy();
  door.close();
  await postgres.stop();
  folder.remove();
});

/** What clients were told, to be compared with what is there. */
interface Told {
  /** Transactions sent, by tag; whether each was acknowledged. */
  readonly transactions: Map<string, boolean>;
  /** Ids of single creates that were acknowledged. */
  readonly created: string[];
  /** Version → what it says, of resources that one client writes. */
  readonly versions: Map<string, Map<number, string>>;
  /** Ids whose deletion was acknowledged. */
  readonly deleted: string[];
  /** Additions that patches made, by id. */
  readonly patched: Map<string, string[]>;
  /** Anything that is neither an answer of a write nor a 503 that says when to come again. */
  readonly odd: string[];
}

const perBundle = 30;
const system = 'urn:crash';

/** Writes of five kinds, one client each, until they are told to stop; one that fails is not tried again. */
function load(base: string, round: number, told: Told, isRunning: () => boolean): Promise<unknown> {
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer | undefined> => {
    const begun = performance.now();
    const answer = await Promise.race([
      send(method, `${base}/${path}`, { ...(body !== undefined && { body }), headers }).catch(() => undefined),
      pause(longest).then(() => 'nothing' as const),
    ]);
    if (answer === 'nothing') {
      told.odd.push(`${method} ${path}: no answer in ${longest} ms`);
      return undefined;
    }
    if (answer?.status === 503 && answer.headers['retry-after'] === undefined) told.odd.push('503 without Retry-After');
    if (answer !== undefined && ![200, 201, 503].includes(answer.status)) told.odd.push(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 200)} after ${Math.round(performance.now() - begun)} ms`);
    if (answer === undefined || answer.status === 503) await pause(40);
    return answer;
  };
  const isDone = (answer: Answer | undefined): answer is Answer => answer !== undefined && answer.status < 300;
  const basic = (id: string, tag: string, more: object = {}): object => ({ resourceType: 'Basic', id, identifier: [{ system, value: id }], meta: { tag: [{ system, code: tag }] }, code: { text: 'x' }, ...more });
  const client = async (name: string, run: (id: string) => Promise<void>): Promise<void> => {
    for (let n = 0; isRunning(); n++) await run(`r${round}-${name}-${n}`);
  };
  const transaction = async (tag: string): Promise<void> => {
    told.transactions.set(tag, false);
    const entry = Array.from({ length: perBundle }, (_, m) => ({ resource: basic(`${tag}-${m}`, tag, { subject: { reference: `Patient/${tag}` } }), request: { method: 'PUT', url: `Basic/${tag}-${m}` } }));
    if (isDone(await ask('POST', '', { resourceType: 'Bundle', type: 'transaction', entry }))) told.transactions.set(tag, true);
  };
  return Promise.all([
    client('t', transaction), client('u', transaction),
    client('c', async (value) => {
      const answer = await ask('POST', 'Basic', basic('any', value), { 'if-none-exist': `_tag=${system}|${value}` });
      if (isDone(answer)) told.created.push(answer.json.id);
    }),
    client('v', async (value) => {
      const id = `versions-${round}`;
      const answer = await ask('PUT', `Basic/${id}`, basic(id, value));
      if (isDone(answer)) told.versions.set(id, (told.versions.get(id) ?? new Map()).set(Number(answer.json.meta.versionId), value));
    }),
    client('d', async (id) => {
      if (isDone(await ask('PUT', `Basic/${id}`, basic(id, id))) && isDone(await ask('DELETE', `Basic/${id}`))) told.deleted.push(id);
    }),
    (async () => {
      const id = `patched-${round}`;
      while (isRunning() && !isDone(await ask('PUT', `Basic/${id}`, basic(id, id))));
      await client('p', async (value) => {
        const answer = await ask('PATCH', `Basic/${id}`, [{ op: 'add', path: '/identifier/-', value: { value } }], { 'content-type': 'application/json-patch+json' });
        if (isDone(answer)) told.patched.set(id, [...(told.patched.get(id) ?? []), value]);
      });
    })(),
  ]);
}

/** @returns what is not as it was told */
async function compare(base: string, told: Told): Promise<string[]> {
  const wrong: string[] = [...told.odd];
  const expectThat = (holds: boolean, what: string): void => void (holds || wrong.push(what));
  // All transactions of the round by thirty tags a search; each resource says its version.
  const resources: any[] = [];
  const tags = [...told.transactions.keys()];
  for (let n = 0; n < tags.length; n += 30) {
    const { status, text, json } = await send('GET', `${base}/Basic?_tag=${tags.slice(n, n + 30).map((tag) => `${system}|${tag}`).join()}&_count=1000&_elements=id`);
    if (status !== 200) return [...wrong, `search of the tags: ${status} ${text}`];
    resources.push(...(json.entry ?? []));
  }
  for (const [tag, isAcknowledged] of told.transactions) {
    const versions = resources.filter(({ resource }) => resource.meta.tag[0].code === tag).map(({ resource }) => resource.meta.versionId);
    expectThat(versions.length === perBundle || (versions.length === 0 && !isAcknowledged), `transaction ${tag}, acknowledged ${isAcknowledged}: ${versions.length} of ${perBundle}`);
    expectThat(versions.every((version) => version === '1'), `transaction ${tag} twice`);
  }
  const statuses = async (ids: readonly string[]): Promise<string[]> => (await send('POST', base, { body: {
    resourceType: 'Bundle', type: 'batch', entry: ids.map((id) => ({ request: { method: 'GET', url: `Basic/${id}` } })) } })).json.entry?.map(({ response }: any) => response.status) ?? [];
  expectThat((await statuses(told.created)).every((status) => status === '200 OK'), 'a create is not there');
  expectThat((await statuses(told.deleted)).every((status) => status === '410 Gone'), 'a deletion is not there');
  for (const [id, versions] of told.versions) {
    const { status, text, json } = await send('GET', `${base}/Basic/${id}/_history?_count=1000`);
    if (status !== 200 || json.entry === undefined) return [...wrong, `history of ${id}: ${status} ${text}`];
    const numbers = json.entry.map(({ response }: any) => Number(/\d+/.exec(response.etag)![0]));
    const said = new Map(json.entry.map(({ resource }: any) => [Number(resource.meta.versionId), resource.meta.tag[0].code]));
    for (const [version, value] of versions) expectThat(said.get(version) === value, `${id} version ${version}`);
    expectThat(numbers.every((one: number, n: number) => n === 0 || one === numbers[n - 1] - 1), `${id} has a gap: ${numbers.join()}`);
  }
  for (const [id, values] of told.patched) {
    const { status, text, json } = await send('GET', `${base}/Basic/${id}`);
    if (status !== 200) return [...wrong, `${id}: ${status} ${text}`];
    const there = new Set(json.identifier.map(({ value }: any) => value));
    expectThat(values.every((value) => there.has(value)), `${id} lost a patch`);
  }
  return wrong;
}

it('no acknowledged write is lost, none is there in part, and what was not killed goes on', { timeout: rounds * 60_000 + 60_000 }, async () => {
  const port = await freePort();
  const environment = (): Record<string, string> => {
    const url = new URL(postgres.connectionString);
    url.port = String(doorPort);
    return { DATABASE_URL: url.href };
  };
  let server: ServerProcess = await startProcess(port, environment());
  onTestFinished(() => void server.child.kill('SIGKILL'));
  let acknowledged = 0;
  for (let round = 0; round < rounds; round++) {
    const told: Told = { transactions: new Map(), created: [], versions: new Map(), deleted: [], patched: new Map(), odd: [] };
    let isRunning = true;
    const loading = load(server.base, round, told, () => isRunning);
    await pause(300 + Math.random() * 700);
    const kind = (['server', 'postmaster', 'backend'] as const)[round % 3]!;
    if (kind === 'server') {
      server.child.kill('SIGKILL');
      await server.ended;
      isRunning = false;
      await loading;
      server = await startProcess(port, environment());
    } else if (kind === 'postmaster') {
      process.kill(postmaster(), 'SIGKILL');
      await postgres.ended;
      const meanwhile = await send('GET', `${server.base}/Basic/x`);
      expect([meanwhile.status, meanwhile.headers['retry-after'], meanwhile.json.resourceType], meanwhile.text).toEqual([503, '1', 'OperationOutcome']);
      await postgres.stop();
      postgres = await startPostgres();
    } else {
      // Postgres ends all sessions then, and recovers by itself.
      const victims = childrenOf(postmaster());
      process.kill(victims.at(-1)!, 'SIGKILL');
      // Until the last of them has gone a request may still be answered by one.
      while (childrenOf(postmaster()).some((one) => victims.includes(one))) await pause(5);
    }
    if (kind !== 'server') {
      for (const limit = performance.now() + longest; (await send('GET', `${server.base}/Basic/x`)).status !== 404;) {
        expect(performance.now(), `the server does not go on after its ${kind} was killed`).toBeLessThan(limit);
        await pause(20);
      }
      await pause(200);
      isRunning = false;
      await loading;
      expect(server.child.exitCode).toBeNull();
    }
    expect(await compare(server.base, told), `round ${round}: ${kind}`).toEqual([]);
    acknowledged += told.created.length + told.deleted.length + [...told.transactions.values()].filter(Boolean).length;
  }
  expect(acknowledged).toBeGreaterThan(rounds * 5);
  server.child.kill('SIGTERM');
  await server.ended;
});

it('a server whose embedded Postgres is killed says so in one line and ends, and the next one has the data', { timeout: 120_000 }, async () => {
  const own = temporaryFolder();
  const port = await freePort();
  const first = await startProcess(port, { DATA_DIR: own.path });
  expect((await send('PUT', `${first.base}/Basic/kept`, { body: { resourceType: 'Basic', id: 'kept', code: { text: 'x' } } })).status).toBe(201);
  process.kill(Number(readFileSync(join(own.path, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
  expect(await first.ended).toBe(1);
  expect(first.output().trim().split('\n').filter((line) => !line.startsWith('{')).at(-1)).toMatch(/^The embedded Postgres is gone: Postgres ended with SIGKILL; start again/);
  const second = await startProcess(port, { DATA_DIR: own.path });
  expect((await send('GET', `${second.base}/Basic/kept`)).status).toBe(200);
  second.child.kill('SIGTERM');
  await second.ended;
  own.remove();
});
