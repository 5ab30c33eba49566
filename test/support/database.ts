/** A database of its own for a test file, cloned from the migrated template. */
import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import { openDatabase, type Database } from '../../src/db/pool.ts';

let count = 0;

/** @returns the URL of a new migrated database, and what drops it */
export async function createDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `verbatim_test_${process.pid}_${Date.now()}_${++count}`;
  await administer(`create database ${name} template ${inject('template')} strategy file_copy`);
  const url = new URL(inject('postgres'));
  url.pathname = name;
  return { url: url.href, drop: () => administer(`drop database if exists ${name} with (force)`) };
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** To be called at the top of a file or describe: its tests find the database through the function that is returned. */
export function useDatabase(): () => Database {
  let db: Database;
  let drop: () => Promise<void>;
  beforeAll(async () => {
    const created = await createDatabase();
    drop = created.drop;
    db = openDatabase({ connectionString: created.url, max: 10, statementTimeout: 20_000 });
  });
  afterAll(async () => {
    await db.close();
    await drop();
  });
  return () => db;
}
