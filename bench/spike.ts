/**
 * The measurements that sql/001 follows from, made again: variants of its tables, filled from a database that holds resources.
 * `DATABASE_URL=… npx tsx bench/spike.ts` writes into a schema `spike`, which it drops at the end. Figures are in DECISIONS.md.
 */
import pg from 'pg';
import { int4Array, int8Array, textArray } from '../src/db/arrays.ts';

const client = new pg.Client({ connectionString: process.env['DATABASE_URL'], options: '-c jit=off' });
await client.connect();

interface Row {
  readonly question: string;
  readonly variant: string;
  readonly ms: number;
  readonly more: string;
}
const rows: Row[] = [];

const run = (text: string, values: unknown[] = []): Promise<pg.QueryResult> => client.query(text, values);
const time = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};
const size = async (table: string): Promise<string> => {
  const { rows: [row] } = await run(`select pg_size_pretty(pg_table_size($1::regclass)) || ' + ' || pg_size_pretty(pg_indexes_size($1::regclass)) as size`, [table]);
  return row.size as string;
};
const add = (question: string, variant: string, ms: number, more = ''): void => void rows.push({ question, variant, ms, more });

await run('drop schema if exists spike cascade; create schema spike; set search_path = spike, public');
await run('create table source as select rid, last_updated, tx, type, version, method, id, body from public.resource where body is not null');
await run('create table source_keys as select rid, type, keys from public.resource_key');
await run('create table source_date as select * from public.resource_date');
await run('create table source_reference as select * from public.resource_reference');
await run('vacuum analyze source');
await run('vacuum analyze source_keys');
const { rows: [counted] } = await run('select count(*)::integer as n, sum(length(body))::bigint as characters from source');
const n = counted.n as number;
process.stdout.write(`${n} resources, ${counted.characters} characters\n`);

// 1. What the body is stored as.
const bodies: Readonly<Record<string, string>> = {
  'text': 'body text', 'text + stored jsonb': 'body text, content jsonb generated always as (body::jsonb) stored',
  'text + virtual jsonb': 'body text, content jsonb generated always as (body::jsonb) virtual', 'jsonb only': 'body jsonb',
};
for (const [variant, columns] of Object.entries(bodies)) {
  await run(`create table body_test (rid bigint primary key, ${columns})`);
  const cast = variant === 'jsonb only' ? 'body::jsonb' : 'body';
  const insert = await time(() => run(`insert into body_test (rid, body) select rid, ${cast} from source`));
  const read = await time(() => run('select sum(length(body::text)) from body_test'));
  const query = await time(() => run(`select count(*) from body_test where ${variant === 'jsonb only' ? 'body' : variant === 'text' ? 'body::jsonb' : 'content'} @> '{"resourceType":"Patient"}'`));
  add('body', variant, insert, `${await size('body_test')}; read all ${read.toFixed(0)} ms; unindexed jsonb criterion ${query.toFixed(0)} ms`);
  await run('drop table body_test');
}

// 2. The type: enum or text, in the unique index.
for (const [variant, type] of [['enum', 'public.resource_type'], ['text', 'text']] as const) {
  await run(`create table type_test (rid bigint, type ${type}, id text collate "C", unique (type, id))`);
  add('type', variant, await time(() => run(`insert into type_test select rid, type::text::${type}, id from source`)), await size('type_test'));
  await run('drop table type_test');
}

// 3. Keys with GIN: how the pending list is used.
for (const [variant, options] of [['fastupdate on, 1 MB', 'fastupdate = on, gin_pending_list_limit = 1024'], ['fastupdate on, 4 MB', 'fastupdate = on, gin_pending_list_limit = 4096'], ['fastupdate off', 'fastupdate = off']] as const) {
  await run(`create table key_test (rid bigint primary key, keys bigint[]); create index on key_test using gin (keys) with (${options})`);
  let worst = 0;
  const total = await time(async () => {
    for (let at = 0; at < n; at += 1000) worst = Math.max(worst, await time(() => run('insert into key_test select rid, keys from source_keys order by rid offset $1 limit 1000', [at])));
  });
  add('keys', variant, total, `${await size('key_test')}; slowest thousand ${worst.toFixed(0)} ms`);
  await run('drop table key_test');
}
await run('create table key_row_test (key bigint, rid bigint)');
await run('create index on key_row_test (key, rid)');
add('keys', 'a B-tree row a key', await time(() => run('insert into key_row_test select unnest(keys), rid from source_keys order by rid')), await size('key_row_test'));
await run('drop table key_row_test');

// 4. Reference and date rows, with one index and with two.
for (const [table, first, second] of [['source_reference', '(param, target, rid)', '(rid, param) include (target)'], ['source_date', '(param, low, rid) include (high)', '(rid, param) include (low, high)']] as const) {
  for (const [variant, indexes] of [['no index', []], ['for search', [first]], ['for search and by rid', [first, second]]] as const) {
    await run(`create table row_test (like ${table})`);
    for (const index of indexes) await run(`create index on row_test ${index}`);
    add(table.replace('source_', '') + ' rows', variant, await time(() => run(`insert into row_test select * from ${table} order by rid`)), await size('row_test'));
    await run('drop table row_test');
  }
}

// 5. How a Bundle of bodies is bound: the statement and the time that Node spends on it.
const { rows: sample } = await run('select rid, body from source order by rid limit 3000');
const texts = sample.map(({ body }) => body as string);
const rids = sample.map(({ rid }) => BigInt(rid as string));
const bind = async (variant: string, statement: string, values: () => unknown[]): Promise<void> => {
  await run('create table bind_test (rid bigint, body text)');
  let best = Infinity;
  let node = 0;
  for (let round = 0; round < 5; round++) {
    const cpu = process.cpuUsage();
    const ms = await time(() => run(statement, values()));
    if (ms < best) [best, node] = [ms, process.cpuUsage(cpu).user / 1000];
    await run('truncate bind_test');
  }
  add('3,000 bodies', variant, best, `of it ${node.toFixed(0)} ms of Node`);
  await run('drop table bind_test');
};
await bind('text[]', 'insert into bind_test select * from unnest($1::bigint[], $2::text[])', () => [rids.map(String), texts]);
await bind('one bytea and offsets', `insert into bind_test select rid, convert_from(substring($4::bytea from first for length), 'UTF8')
  from unnest($1::bigint[], $2::integer[], $3::integer[]) as r(rid, first, length)`, () => {
  const buffers = texts.map((text) => Buffer.from(text));
  let next = 1;
  const first = buffers.map(({ length }) => (next += length) - length);
  return [int8Array(rids), int4Array(first), int4Array(buffers.map(({ length }) => length)), Buffer.concat(buffers)];
});
await bind('binary text[]', 'insert into bind_test select * from unnest($1::bigint[], $2::text[])', () => [int8Array(rids), textArray(texts)]);

// 6. Updates that change nothing indexed: fillfactor and HOT.
for (const [variant, fill, index] of [['fillfactor 100', 100, ''], ['fillfactor 80', 80, ''], ['fillfactor 80, last_updated indexed', 80, 'create index on update_test (last_updated)']] as const) {
  await run(`create table update_test (rid bigint primary key, last_updated timestamptz, body text) with (fillfactor = ${fill}, autovacuum_enabled = off)`);
  if (index !== '') await run(index);
  await run('insert into update_test select rid, last_updated, left(body, 1000) from source limit 20000');
  const ms = await time(() => run('update update_test set last_updated = clock_timestamp() where rid % 2 = 0'));
  await run('select pg_stat_force_next_flush()');
  const { rows: [stat] } = await run("select n_tup_upd as updates, n_tup_hot_upd as hot from pg_stat_user_tables where relname = 'update_test'");
  add('10,000 updates', variant, ms, `${stat.hot} of ${stat.updates} HOT`);
  await run('drop table update_test');
}

await run('drop schema spike cascade');
await client.end();
for (const { question, variant, ms, more } of rows) process.stdout.write(`| ${question} | ${variant} | ${(ms / 1000).toFixed(2)} s | ${more} |\n`);
