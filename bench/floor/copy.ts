/** The floor of loads: COPY of the rows of a loaded database into the same tables, with all their indexes, from files on the server. */
import { join } from 'node:path';
import pg from 'pg';
import { migrate, readMigrations } from '../../src/db/migrate.ts';

const tables: Readonly<Record<string, string>> = {
  resource: 'rid, last_updated, tx, type, version, method, id, body',
  resource_key: 'rid, type, keys', resource_reference: 'target, rid, type, param', resource_date: 'low, high, rid, type, param',
  resource_quantity: 'low, high, rid, type, param, system, code, label', resource_canonical: 'low, high, rid, type, param, unit', resource_string: 'rid, type, param, value',
};

/**
 * @param url a loaded database whose user may write files on the server, as the embedded one's may
 * @param folder on the server, writable by Postgres
 * @param processorTime of Postgres so far, in seconds
 * @returns seconds that the COPYs took, processor seconds, and how many resources there are
 */
export async function copyFloor(url: string, folder: string, processorTime: () => number): Promise<{ seconds: number; cpu: number; count: number }> {
  const target = Object.assign(new URL(url), { pathname: '/verbatim_copy_floor' }).href;
  const source = new pg.Client({ connectionString: url });
  await source.connect();
  for (const [table, columns] of Object.entries(tables)) {
    await source.query(`copy (select ${columns} from ${table}) to '${join(folder, table)}' (format binary)`);
  }
  const { rows: [{ count }] } = await source.query('select count(*)::integer as count from resource where body is not null');
  await source.query('drop database if exists verbatim_copy_floor');
  await source.query('create database verbatim_copy_floor');
  await migrate(target, readMigrations(join(import.meta.dirname, '../../sql')));
  const copy = new pg.Client({ connectionString: target, options: '-c jit=off' });
  await copy.connect();
  const before = processorTime();
  const began = performance.now();
  for (const [table, columns] of Object.entries(tables)) await copy.query(`copy ${table} (${columns}) from '${join(folder, table)}' (format binary)`);
  const seconds = (performance.now() - began) / 1000;
  const cpu = processorTime() - before;
  await copy.end();
  await source.query('drop database verbatim_copy_floor');
  await source.end();
  return { seconds, cpu, count: count as number };
}
