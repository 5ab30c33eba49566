/** The Postgres under all that is measured: the embedded one in the work folder, or a given one. Databases are copied from templates. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbedded } from '../../src/db/embedded/launch.ts';

export interface Postgres {
  readonly url: (database: string) => string;
  /** Of the postmaster; undefined where it is on another machine. */
  readonly pid: number | undefined;
  /** What the table of the report says of it. */
  readonly description: string;
  exists(database: string): Promise<boolean>;
  /** Databases whose names begin so. */
  list(prefix: string): Promise<string[]>;
  /** Drops what is there under that name, and creates it empty or as a copy. */
  create(database: string, template?: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  drop(database: string): Promise<void>;
  /** Brings statistics and visibility up to date, and writes all pages, so that a measurement does not pay for what was before. */
  settle(database: string): Promise<void>;
  set(database: string, settings: Readonly<Record<string, string>>): Promise<void>;
  run(database: string, statement: string): Promise<void>;
  size(database: string): Promise<number>;
  stop(): Promise<void>;
}

/** For 20 of ours or 32 of HAPI's, and the benchmark's own. */
const maxConnections = 80;

/** @param url of a server on which databases may be created; absent: an embedded one in the folder */
export async function openPostgres(folder: string, url: string | undefined): Promise<Postgres> {
  const embedded = url === undefined ? await startEmbedded({ folder, durable: true, maxConnections }) : undefined;
  const server = url ?? embedded!.connectionString;
  const urlOf = (database: string): string => Object.assign(new URL(server), { pathname: `/${database}` }).href;
  const query = async (statement: string, connectionString = server): Promise<pg.QueryResult> => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      return await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const drop = async (name: string): Promise<void> => void await query(`drop database if exists ${name} with (force)`);
  const { rows: [row] } = await query("select version(), (select string_agg(name || '=' || setting, ', ') from pg_settings where name in ('shared_buffers', 'max_wal_size', 'synchronous_commit', 'fsync', 'jit')) as settings");
  const pidFile = embedded === undefined ? '' : join(embedded.dataFolder, 'postmaster.pid');
  return {
    url: urlOf,
    pid: existsSync(pidFile) ? Number.parseInt(readFileSync(pidFile, 'utf8'), 10) : undefined,
    description: `${/^\S+ \S+/.exec(row.version as string)![0]}, ${embedded === undefined ? 'given' : 'embedded'}; ${row.settings as string}`,
    exists: async (name) => ((await query(`select from pg_database where datname = '${name}'`)).rowCount ?? 0) > 0,
    list: async (prefix) => (await query(`select datname from pg_database where starts_with(datname, '${prefix}')`)).rows.map(({ datname }) => datname as string),
    async create(name, template) {
      await drop(name);
      await query(`create database ${name}${template === undefined ? '' : ` template ${template} strategy file_copy`}`);
    },
    rename: async (from, to) => void await query(`alter database ${from} rename to ${to}`),
    drop,
    async settle(name) {
      await query('vacuum (analyze)', urlOf(name));
      await query('checkpoint');
    },
    async set(name, settings) {
      for (const [setting, value] of Object.entries(settings)) await query(`alter database ${name} set ${setting} = '${value}'`);
    },
    run: async (name, statement) => void await query(statement, urlOf(name)),
    size: async (name) => Number((await query(`select pg_database_size('${name}') as bytes`)).rows[0].bytes),
    stop: async () => embedded?.stop(),
  };
}
