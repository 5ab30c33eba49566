/** The keys by which references to copies are found: hashed as the server hashes them, for every copy. */
import type pg from 'pg';
import { int8Array } from '../../src/db/arrays.ts';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { createKeyHash } from '../../src/search/keys.ts';

const batch = 50_000;

/** Fills bench_key: the key of a reference to an original, the copy's number, the key of the reference to the copy. */
export async function hashReferences(client: pg.Client, copies: number): Promise<void> {
  const { rows: [{ hash_key: secret }] } = await client.query('select hash_key from index_format');
  const hash = createKeyHash(secret as Buffer);
  const definitions = loadDefinitions();
  const codes = new Map(definitions.resourceTypes.flatMap((type) => definitions.searchParameters(type).map(({ url, code }) => [url, code] as const)));
  const { rows } = await client.query(`select distinct p.url, r.type || '/' || r.id as target
    from resource_reference f join bench_row b on b.rid = f.target join bench_type t on t.type = b.type join resource r on r.rid = f.target join search_parameter p on p.id = f.param`);
  const references = [...new Set(rows.flatMap(({ url, target }) => (codes.has(url as string) ? [`${codes.get(url as string)} ${target}`] : [])))].map((text) => text.split(' ') as [string, string]);
  await client.query('create table bench_key (key bigint, n integer, copy bigint)');
  for (let n = 1; n <= copies; n++) {
    for (let at = 0; at < references.length; at += batch) {
      const part = references.slice(at, at + batch);
      await client.query('insert into bench_key select key, $3, copy from unnest($1::bigint[], $2::bigint[]) as k(key, copy)', [
        int8Array(part.map(([code, target]) => hash(code, 'reference', target))), int8Array(part.map(([code, target]) => hash(code, 'reference', `${target}-${n}`))), n,
      ]);
    }
  }
  await client.query('create index on bench_key (key, n)');
  await client.query('analyze bench_key');
}
