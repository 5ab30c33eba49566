/** A server in this process: connections, the app, the sample, HTTP. The only one, or a worker of several (`workers.ts`). */
import { join } from 'node:path';
import { createApp } from '../app.ts';
import type { Config } from '../config.ts';
import { openDatabase } from '../db/pool.ts';
import { loadDefinitions } from '../fhir/definitions.ts';
import type { Hooks } from '../hooks.ts';
import { listen } from '../http/listen.ts';
import { loadSample } from '../sample.ts';
import type { Stop } from './drain.ts';

const data = join(import.meta.dirname, '../../data');

/** What a server is started with; can be sent as JSON. */
export interface Task {
  readonly config: Config;
  /** Of a database that is migrated. */
  readonly connectionString: string;
  /** Whether that is the embedded Postgres, by which `auto` is decided. */
  readonly isEmbedded: boolean;
}

/** What the terminal shows; the log is for requests. */
export const say = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * @param stops takes what is to be undone, as it is begun
 * @returns the port that it listens on
 * @throws IndexFormatMismatch, the system's or Postgres's error
 */
export async function serve({ config, connectionString, isEmbedded }: Task, hooks: Hooks, stops: Stop[]): Promise<number> {
  const db = openDatabase({ connectionString, max: config.poolMax, statementTimeout: config.statementTimeout });
  stops.push(() => db.close());
  const corsOrigins = config.corsOrigins !== 'auto' ? config.corsOrigins : isEmbedded ? '*' : [];
  const server = await createApp({ config, db, definitions: loadDefinitions(), hooks, corsOrigins, explain: config.explain === 'auto' ? isEmbedded : config.explain });
  stops.push(() => server.close());
  if (config.loadSample === 'auto' ? isEmbedded : config.loadSample) await loadSample(server, db.read, data, say);
  const { port, stop } = await listen(server, config.port, config.host);
  stops.push(async () => stop());
  return port;
}
