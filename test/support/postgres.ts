/**
 * The Postgres of a test run: DATABASE_URL, else a container where an engine answers, else the embedded one (TEST_DB forces one).
 * A migrated template database is made once; every test file clones it.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../src/db/embedded/launch.ts';
import { migrate, readMigrations } from '../../src/db/migrate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a database that may create others. */
    postgres: string;
    template: string;
  }
}

interface Server {
  readonly kind: string;
  readonly url: string;
  stop(): Promise<void>;
}

const containerStartLimit = 60_000;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await chooseServer();
  process.stdout.write(`Tests run on ${server.kind}\n`);
  const template = `verbatim_test_${process.pid}_template`;
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`drop database if exists ${template}`);
  await client.query(`create database ${template}`);
  const url = new URL(server.url);
  url.pathname = template;
  await migrate(url.href, readMigrations(join(import.meta.dirname, '../../sql')));
  project.provide('postgres', server.url);
  project.provide('template', template);
  return async () => {
    await client.query(`drop database if exists ${template}`);
    await client.end();
    await server.stop();
  };
}

async function chooseServer(): Promise<Server> {
  const { DATABASE_URL, TEST_DB } = process.env;
  if (DATABASE_URL !== undefined && TEST_DB === undefined) return { kind: 'the Postgres of DATABASE_URL', url: DATABASE_URL, stop: async () => {} };
  if (TEST_DB !== 'embedded') {
    const container = await startContainer(TEST_DB === 'docker');
    if (container !== undefined) return container;
  }
  const folder = await mkdtemp(join(tmpdir(), 'verbatim-test-'));
  const embedded = await startEmbedded({ folder, durable: false, maxConnections: 100 });
  return {
    kind: 'the embedded Postgres',
    url: embedded.connectionString,
    async stop() {
      await embedded.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @returns undefined where no container engine answers in three seconds, or it cannot start Postgres */
async function startContainer(isForced: boolean): Promise<Server | undefined> {
  if (!isForced && process.env['DOCKER_HOST'] === undefined && !existsSync('/var/run/docker.sock')) return undefined;
  try {
    const { getContainerRuntimeClient } = await import('testcontainers');
    await within(3_000, getContainerRuntimeClient());
    const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
    const container = await within(containerStartLimit, new PostgreSqlContainer('postgres:18').withCommand(['-c', 'fsync=off', '-c', 'jit=off', '-c', 'max_locks_per_transaction=512']).start());
    return { kind: 'postgres:18 in a container', url: container.getConnectionUri(), stop: async () => void (await container.stop()) };
  } catch (error) {
    if (isForced) throw error;
    return undefined;
  }
}

function within<T>(limit: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${limit} ms`)), limit);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
