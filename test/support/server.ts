/** A server of its own for a test file: the whole application on a free port of the loopback, over a database of its own. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll } from 'vitest';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { loadHooks } from '../../src/load-hooks.ts';
import { openDatabase, type Database } from '../../src/db/pool.ts';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { createDatabase } from './database.ts';

export interface TestServer {
  /** `http://127.0.0.1:40123/fhir` */
  readonly base: string;
  readonly app: FastifyInstance;
  readonly db: Database;
  readonly databaseUrl: string;
  /** Log lines so far. */
  readonly log: string[];
  close(): Promise<void>;
}

/** Without validation: tests of other rooms write the least that shows what they are about. */
export async function startServer(environment: Record<string, string> = {}): Promise<TestServer> {
  const { url, drop } = await createDatabase();
  const server = await serve(url, environment);
  return { ...server, close: async () => {
    await server.close();
    await drop();
  } };
}

/** A further server on a database that is there. */
export async function serve(databaseUrl: string, environment: Record<string, string> = {}): Promise<TestServer> {
  const config = readConfig({ LOG_LEVEL: 'info', VALIDATION: 'off', DATABASE_URL: databaseUrl, ...environment });
  const db = openDatabase({ connectionString: databaseUrl, max: 12, statementTimeout: config.statementTimeout });
  const log: string[] = [];
  const corsOrigins = config.corsOrigins === 'auto' ? '*' : config.corsOrigins;
  const hooks = config.hooks === undefined ? {} : await loadHooks(config.hooks);
  const app = await createApp({ config, hooks, db, definitions: loadDefinitions(), corsOrigins, explain: config.explain === true, logStream: { write: (line) => void log.push(line) } });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as { port: number };
  return { base: `http://127.0.0.1:${port}/fhir`, app, db, databaseUrl, log, close: async () => {
    await app.close();
    await db.close();
  } };
}

/** To be called at the top of a file or describe. */
export function useServer(environment: Record<string, string> = {}): () => TestServer {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(environment);
  });
  afterAll(() => server.close());
  return () => server;
}
