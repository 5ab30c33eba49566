/** Migrations: once, in order, alone, and never over what they do not know. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrate, MigrationFailure, type Migration } from '../../src/db/migrate.ts';

const name = `verbatim_test_migrate_${process.pid}`;
const admin = (): pg.Client => new pg.Client({ connectionString: inject('postgres') });
const run = async (text: string): Promise<void> => {
  const client = admin();
  await client.connect();
  await client.query(text);
  await client.end();
};
const url = (): string => Object.assign(new URL(inject('postgres')), { pathname: name }).href;
const migration = (version: number, text: string): Migration => ({ name: `00${version}_x.sql`, version, checksum: text, text });
const one = migration(1, 'create table a (n integer)');
const two = migration(2, 'insert into a values (1)');

beforeAll(() => run(`create database ${name}`));
afterAll(() => run(`drop database ${name} with (force)`));

describe('migrate', () => {
  it('applies each migration once, however many servers start at once', async () => {
    const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(url(), [one, two])));
    expect(applied.flat()).toEqual(['001_x.sql', '002_x.sql']);
    const client = new pg.Client({ connectionString: url() });
    await client.connect();
    expect((await client.query('select count(*)::integer as n from a')).rows).toEqual([{ n: 1 }]);
    await client.end();
  });

  it('refuses a database that is newer, and a migration that was changed', async () => {
    await expect(migrate(url(), [one])).rejects.toThrow(/002_x\.sql.*newer/);
    await expect(migrate(url(), [one, migration(2, 'select 1')])).rejects.toThrow(MigrationFailure);
  });

  it('leaves nothing of a migration that fails', async () => {
    await expect(migrate(url(), [one, two, migration(3, 'create table b (n integer); select nonsense')])).rejects.toThrow(/003_x\.sql failed.*nonsense/);
    expect(await migrate(url(), [one, two, migration(3, 'create table b (n integer)')])).toEqual(['003_x.sql']);
  });
});
