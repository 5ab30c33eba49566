/** Forward-only migrations: the numbered files of sql/, each applied once, in order, in a transaction of its own. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

export interface Migration {
  /** `001_foundation.sql` */
  readonly name: string;
  readonly version: number;
  readonly checksum: string;
  readonly text: string;
}

/** The database's schema is not one that this code can bring up to date; the message is one line for the operator. */
export class MigrationFailure extends Error {
  override readonly name = 'MigrationFailure';
}

/** @returns the migrations of a folder in order */
export const readMigrations = (folder: string): Migration[] =>
  readdirSync(folder).filter((file) => /^\d{3}_.*\.sql$/.test(file)).toSorted().map((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    return { name, version: Number(name.slice(0, 3)), checksum: createHash('sha256').update(text).digest('hex'), text };
  });

/** Any number, the same in every server: it makes those that start at once wait for the first. */
const lock = 0x5645_5242;

/**
 * Brings the schema up to date; safe when several servers start at once.
 * @returns the names of the migrations that were applied now
 * @throws MigrationFailure when the schema is newer than the code, or an applied migration was changed since
 */
export async function migrate(connectionString: string, migrations: readonly Migration[]): Promise<string[]> {
  const client = new pg.Client({ connectionString, application_name: 'verbatim migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [lock]);
    await client.query(`create table if not exists schema_migration (
      version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
    const { rows: applied } = await client.query<{ version: number; name: string; checksum: string }>('select version, name, checksum from schema_migration order by version');
    check(applied, migrations);
    const missing = migrations.slice(applied.length);
    for (const migration of missing) await apply(client, migration);
    return missing.map(({ name }) => name);
  } finally {
    // The lock belongs to the session.
    await client.end();
  }
}

function check(applied: readonly Omit<Migration, 'text'>[], migrations: readonly Migration[]): void {
  applied.forEach(({ name, checksum }, n) => {
    const own = migrations[n];
    if (own === undefined) throw new MigrationFailure(`The database has migration ${name}, which this version of Verbatim does not know: it is newer`);
    if (own.name !== name || own.checksum !== checksum) {
      throw new MigrationFailure(`The database was made with another ${name} than this version of Verbatim has`);
    }
  });
}

async function apply(client: pg.Client, { name, version, checksum, text }: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(text);
    await client.query('insert into schema_migration (version, name, checksum) values ($1, $2, $3)', [version, name, checksum]);
    await client.query('commit');
  } catch (error) {
    throw new MigrationFailure(`Migration ${name} failed: ${(error as Error).message}`, { cause: error });
  }
}
