/** Starting and stopping: what an operator sees when something is in the way. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../support/database.ts';
import { begin, send } from '../support/http.ts';
import { freePort, spawnServer, startProcess, temporaryFolder } from '../support/process.ts';

const root = join(import.meta.dirname, '../..');
const folder = temporaryFolder();
afterAll(() => folder.remove());

const expectRefusal = async (port: number, environment: Record<string, string>, pattern: RegExp): Promise<void> => {
  const server = spawnServer(port, environment);
  expect(await server.ended, server.output()).toBe(1);
  const lines = server.output().trim().split('\n');
  expect(lines.at(-1)).toMatch(pattern);
  expect(server.output()).not.toMatch(/^\s+at /m);
};

describe('npm start', { timeout: 120_000 }, () => {
  it('keeps data over a restart, refuses a second server on the folder by pid, and stops at SIGTERM', async () => {
    const port = await freePort();
    const first = await startProcess(port, { DATA_DIR: folder.path, LOAD_SAMPLE: 'true' });
    expect((await send('GET', `${first.base}/Patient?_summary=count`)).json.total).toBe(24);
    expect((await send('PUT', `${first.base}/Patient/kept`, { body: { resourceType: 'Patient', id: 'kept' } })).status).toBe(201);
    expect(statSync(join(folder.path, 'password')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder.path)).toContain('postgres');
    await expectRefusal(await freePort(), { DATA_DIR: folder.path }, new RegExp(`in use by the server with pid ${first.child.pid}`));
    // The second one has neither stopped nor borrowed the first one's database.
    expect((await send('GET', `${first.base}/Patient/kept`)).status).toBe(200);
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    const began = performance.now();
    const second = await startProcess(port, { DATA_DIR: folder.path });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect((await send('GET', `${second.base}/Patient/kept`)).json.meta.versionId).toBe('1');
    second.child.kill('SIGINT');
    expect(await second.ended).toBe(0);
  });

  it('stops when npm is told to', async () => {
    const port = await freePort();
    const { PATH, HOME } = process.env;
    const npm = spawn('npm', ['start'], {
      cwd: root, stdio: ['ignore', 'pipe', 'inherit'], env: { PATH, HOME, PORT: String(port), DATA_DIR: folder.path, LOAD_SAMPLE: 'false', LOG_LEVEL: 'warn' },
    });
    let output = '';
    npm.stdout.on('data', (data: Buffer) => (output += data.toString()));
    const closed = new Promise((resolve) => npm.stdout.once('close', resolve));
    await expect.poll(() => output, { timeout: 60_000 }).toContain('FHIR base');
    npm.kill('SIGTERM');
    // The pipe closes when the last process that holds it has ended: the server itself.
    await closed;
    expect(output).toContain('finishing what is under way');
  });

  it('finishes what is under way when it is told to stop', async () => {
    const port = await freePort();
    const server = await startProcess(port, { DATA_DIR: folder.path });
    const entry = Array.from({ length: 2_000 }, (_, n) => ({ resource: { resourceType: 'Basic', id: `b${n}`, code: { text: 'x' } }, request: { method: 'PUT', url: `Basic/b${n}` } }));
    const underWay = await begin('POST', server.base, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
    await new Promise((resolve) => setTimeout(resolve, 60));
    server.child.kill('SIGTERM');
    expect((await underWay.answer).status).toBe(200);
    expect(await server.ended).toBe(0);
  });

  it('says in one line that a port is busy', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => blocker.once('listening', resolve));
    const { port } = blocker.address() as { port: number };
    await expectRefusal(port, { DATA_DIR: folder.path, HOST: '127.0.0.1' }, new RegExp(`Port ${port} is in use`));
    blocker.close();
  });

  it('says in one line what is wrong with DATABASE_URL', async () => {
    const port = await freePort();
    await expectRefusal(port, { DATABASE_URL: `postgres://x:secret@127.0.0.1:${await freePort()}/x` }, /^DATABASE_URL: .*ECONNREFUSED.*127\.0\.0\.1/);
    const { url, drop } = await createDatabase();
    const wrong = new URL(url);
    wrong.password = 'wrong';
    const server = spawnServer(port, { DATABASE_URL: wrong.href });
    // A Postgres that trusts the loopback takes any password.
    const ended = await Promise.race([server.ended, new Promise((resolve) => setTimeout(() => resolve('serving'), 8_000))]);
    server.child.kill('SIGKILL');
    if (ended !== 'serving') expect(server.output()).toMatch(/DATABASE_URL: .*password/);
    expect(server.output()).not.toContain('wrong@');
    await drop();
  });

  it('refuses a schema that is newer than the code, and an index of another time zone', async () => {
    const { url, drop } = await createDatabase();
    const port = await freePort();
    const server = await startProcess(port, { DATABASE_URL: url });
    await send('PUT', `${server.base}/Patient/a`, { body: { resourceType: 'Patient', id: 'a' } });
    server.child.kill('SIGTERM');
    await server.ended;
    await expectRefusal(port, { DATABASE_URL: url, TIME_ZONE: 'Europe/Paris' }, /index was made with time_zone UTC/);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query("insert into schema_migration (version, name, checksum) values (999, '999_future.sql', 'x')");
    await client.end();
    await expectRefusal(port, { DATABASE_URL: url }, /999_future\.sql.*newer/);
    await drop();
  });

  it('names all bad settings', async () => {
    const server = spawnServer(1, { PORT: 'x', BODY_LIMIT: 'y' });
    expect(await server.ended).toBe(1);
    expect(server.output()).toMatch(/PORT is "x".*\nBODY_LIMIT is "y"/);
  });
});
