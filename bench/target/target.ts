/** What is measured: a FHIR server that the benchmark starts on a database, or one that runs elsewhere. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, launch, root, type Started } from './process.ts';

export interface Target {
  readonly name: string;
  /** Settings, for the report; name and version a server says itself. */
  readonly description: string;
  /** Of what makes a loaded database another one: letters and digits. */
  readonly schema: string;
  /** A change to the empty tables before anything is loaded. */
  readonly alter?: string;
  /** Seconds of requests before anything is measured. */
  readonly warmUp: number;
  /** @param database URL of a database of its own */
  start(database: string, logFile: string): Promise<Serving>;
}

export interface Serving extends Omit<Started, 'pid'> {
  /** Undefined where it runs elsewhere. */
  readonly pid: number | undefined;
  readonly base: URL;
}

const settings = { LOAD_SAMPLE: 'false', LOG_LEVEL: 'warn' };

function schemaOf(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).toSorted()) hash.update(readFileSync(join(folder, name)));
  return hash.digest('hex').slice(0, 8);
}

/** The choice that DECISIONS.md leaves to operators: `content` computed when it is read. */
const virtual = 'alter table resource drop column content, add column content jsonb generated always as (body::jsonb) virtual';

/** This checkout, as `npm start` runs it; `virtual` is with that column. @param more settings @param folder of another checkout, built */
export const verbatim = (warmUp: number, content: 'stored' | 'virtual' = 'stored', more: Readonly<Record<string, string>> = {}, folder = root): Target => ({
  name: content === 'stored' ? 'verbatim' : 'verbatim_virtual', schema: schemaOf(join(folder, 'sql')), ...(content === 'virtual' && { alter: virtual }), description: `content ${content}; Node ${process.versions.node}; ${Object.entries({ ...settings, ...more }).map(([name, value]) => `${name}=${value}`).join(', ')}, all else by default`, warmUp,
  async start(database, logFile) {
    const port = await freePort();
    const started = await launch({
      command: process.execPath, args: [join(folder, 'dist/main.js')], ready: `http://127.0.0.1:${port}/readyz`, startLimit: 60, logFile,
      environment: { ...settings, ...more, PORT: String(port), HOST: '127.0.0.1', DATABASE_URL: database },
    });
    return { ...started, base: new URL(`http://127.0.0.1:${port}/fhir`) };
  },
});

/** A server that runs already, here or elsewhere. */
export const foreign = (name: string, base: URL, warmUp: number): Target => ({
  name, schema: '', description: base.href, warmUp, start: async () => ({ base, pid: undefined, stop: async () => {} }),
});
