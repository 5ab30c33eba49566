/**
 * Grows a loaded database inside Postgres: patients with all that is theirs are copied under new ids, index rows and all, in a tenth of the
 * time that writing them would take. For measuring how searches fare on many resources; not for data that anyone would read: the
 * references in the copies' bodies still name the originals, those in the index the copies.
 */
import pg from 'pg';
import { hashReferences } from './reference-keys.ts';

export interface Grown {
  /** Current resources before and after. */
  readonly before: number;
  readonly after: number;
}

/** A type is a patient's own where so many of its resources refer to a patient. */
const ownShare = 0.9;

/** Tables of the index but for keys and references, with the columns that a copy takes as they are. */
const plainTables: Readonly<Record<string, string>> = {
  resource_date: 'low, high, param', resource_quantity: 'low, high, param, system, code, label', resource_canonical: 'low, high, param, unit', resource_string: 'param, value',
};

/**
 * @param to resources wanted; whole copies are made until there are as many
 * @param only these types are copied; absent: all that are a patient's own
 * @throws Error where the database has no patient
 */
export async function grow(connectionString: string, to: number, say: (text: string) => void, only?: readonly string[]): Promise<Grown> {
  const client = new pg.Client({ connectionString, options: '-c jit=off -c work_mem=256MB -c maintenance_work_mem=512MB -c synchronous_commit=off' });
  await client.connect();
  try {
    const before = await count(client);
    const { types, stride, copied } = await prepare(client, only);
    if (copied === 0) throw new Error('There is no patient to copy');
    const copies = Math.max(0, Math.ceil((to - before) / copied));
    await hashReferences(client, copies);
    for (const type of types) {
      await split(client, type);
      for (let n = 1; n <= copies; n++) await copyType(client, type, n, n * stride);
      say(`${type}: ${copies} copies`);
    }
    await client.query("select setval(pg_get_serial_sequence('resource', 'rid'), (select max(rid) from resource))");
    await client.query('drop table bench_row, bench_type, bench_key');
    await client.query('vacuum (analyze)');
    return { before, after: await count(client) };
  } finally {
    await client.end();
  }
}

const count = async (client: pg.Client): Promise<number> => (await client.query('select count(*)::integer as n from resource where body is not null')).rows[0].n as number;

/** Whose each resource is, and which types are copied. */
async function prepare(client: pg.Client, only: readonly string[] | undefined): Promise<{ types: string[]; stride: number; copied: number }> {
  await client.query(`create table bench_row as select r.rid, r.type, case when r.type = 'Patient' then r.rid else f.patient end as patient
    from resource r left join lateral (
      select min(f.target) as patient from resource_reference f join resource p on p.rid = f.target and p.type = 'Patient' where f.type = r.type and f.rid = r.rid
    ) f on true where r.body is not null`);
  await client.query('create unique index on bench_row (rid)');
  await client.query(`create table bench_type as select type, count(*) as resources from bench_row group by type having count(patient) > ${ownShare} * count(*)`);
  if (only !== undefined) await client.query('delete from bench_type where not type::text = any($1)', [only]);
  await client.query('analyze bench_row');
  const { rows: types } = await client.query('select type::text, resources::integer from bench_type order by 1');
  const { rows: [{ stride }] } = await client.query('select max(rid)::integer + 1 as stride from resource');
  return { types: types.map(({ type }) => type as string), stride: stride as number, copied: types.reduce((sum, { resources }) => sum + (resources as number), 0) };
}

/** The container of a contained resource, whose rid is negative; see sql/001_foundation.sql. */
const holder = (rid: string): string => `case when ${rid} < 0 then -${rid} / 4096 else ${rid} end`;
const moved = (rid: string): string => `case when ${rid} < 0 then ${rid} - 4096 * $1::bigint else ${rid} + $1::bigint end`;

/** Keys that all resources of one patient have and no other's, such as references to the patient and identifiers, apart from common ones. */
async function split(client: pg.Client, type: string): Promise<void> {
  const table = `resource_key_${type.toLowerCase()}`;
  await client.query('drop table if exists bench_bound, bench_split');
  await client.query(`create temp table bench_bound as select key from ${table} k join bench_row b on b.rid = ${holder('k.rid')}, unnest(k.keys) key group by key having count(distinct b.patient) = 1`);
  await client.query('create unique index on bench_bound (key)');
  await client.query('analyze bench_bound');
  await client.query(`create temp table bench_split as select k.rid,
      array(select u.key from unnest(k.keys) as u(key) where not exists (select from bench_bound where bench_bound.key = u.key)) as common,
      array(select u.key from unnest(k.keys) as u(key) where exists (select from bench_bound where bench_bound.key = u.key)) as own
    from ${table} k join bench_row b on b.rid = ${holder('k.rid')}`);
}

/** The n-th copy of all resources of a type: references go to what is copied with it, other keys of its own are hashed anew with n. */
async function copyType(client: pg.Client, type: string, n: number, offset: number): Promise<void> {
  const run = (text: string, values: unknown[] = [offset]): Promise<unknown> => client.query(text, values);
  await run(`insert into resource (rid, last_updated, type, version, method, id, body)
    select r.rid + $1, last_updated + $2::integer * interval '1 second', r.type, 1, 'PUT', id || '-' || $2::integer, replace(body, '"id":"' || id || '"', '"id":"' || id || '-' || $2::integer || '"')
    from resource r join bench_row b on b.rid = r.rid where b.type = '${type}'`, [offset, n]);
  await run(`insert into resource_key (rid, type, keys)
    select ${moved('rid')}, '${type}', common || array(select coalesce(b.copy, hashint8extended(u.key, $2::integer)) from unnest(own) as u(key) left join bench_key b on b.key = u.key and b.n = $2::integer) from bench_split`, [offset, n]);
  await run(`insert into resource_reference (target, rid, type, param)
    select case when t.type is null then f.target else f.target + $1::bigint end, ${moved('f.rid')}, f.type, f.param
    from resource_reference_${type.toLowerCase()} f join bench_row b on b.rid = ${holder('f.rid')} left join bench_row o on o.rid = f.target left join bench_type t on t.type = o.type`);
  for (const [table, columns] of Object.entries(plainTables)) {
    await run(`insert into ${table} (rid, type, ${columns}) select ${moved('x.rid')}, x.type, ${columns} from ${table}_${type.toLowerCase()} x join bench_row b on b.rid = ${holder('x.rid')}`);
  }
}
