/**
 * How the index of this database was made, checked at start: with another hash key, normaliser, zone or set of definitions than it
 * was written with, an index gives wrong answers without a word.
 */
import { textArray } from '../db/arrays.ts';
import type { Lane, Queryable } from '../db/pool.ts';
import type { Definitions, SearchParameter } from '../fhir/definitions.ts';
import { extendDefinitions } from '../fhir/extend-definitions.ts';
import { isIndexed } from '../search/compiled-parameters.ts';
import { createSearchIndex, type SearchIndex } from '../search/extract.ts';
import { createKeyHash } from '../search/keys.ts';
import { createLocalTarget } from '../search/local-target.ts';
import { normaliserVersion } from '../search/normalise.ts';
import { definitionsLock } from './definitions-lock.ts';
import { reindexKind, type ReindexInput } from './reindex-job.ts';

/** The index was made by other rules; the message is one line for the operator. */
export class IndexFormatMismatch extends Error {
  override readonly name = 'IndexFormatMismatch';
}

type Format = Pick<FormatRow, 'normaliser' | 'time_zone' | 'definitions'>;

interface FormatRow {
  hash_key: Buffer;
  normaliser: number | null;
  time_zone: string | null;
  definitions: string | null;
  version: string;
  rebuild: string | null;
  /** Parameters that came as resources. */
  posted: readonly SearchParameter[];
}

export interface IndexOptions {
  /** Those that the server brings along. */
  readonly definitions: Definitions;
  readonly timeZone: string;
  readonly ownBases: readonly string[];
}

/**
 * Opens the index of a migrated database.
 * @param before what it was when it was last opened
 * @returns how to write and search it, with the definitions that the server brings along and those that were posted
 * @throws IndexFormatMismatch when it holds rows that were made by other rules
 */
export async function openIndex(db: Queryable, options: IndexOptions, before?: SearchIndex): Promise<SearchIndex> {
  const { definitions } = options;
  const { hash_key, posted, ...state } = await agree(db, formatOf(options));
  const all = extendDefinitions(definitions, { searchParameters: posted });
  const ids = await parameterIds(db, all);
  return createSearchIndex({ ...options, definitions: all, hash: createKeyHash(hash_key), localTarget: createLocalTarget({ ...options, definitions: all }) }, state, (url) => {
    const id = ids.get(url);
    if (id === undefined) throw new Error(`no id for search parameter ${url}`);
    return id;
  }, before);
}

const formatOf = ({ definitions, timeZone }: IndexOptions): Format => ({ normaliser: normaliserVersion, time_zone: timeZone, definitions: definitions.version });

async function agree(db: Queryable, own: Format): Promise<FormatRow> {
  // An empty index may take any format; the row's lock makes servers that start at once agree.
  await db.query({
    text: `update index_format f set normaliser = $1, time_zone = $2, definitions = $3
      where (f.normaliser, f.time_zone, f.definitions) is distinct from ($1::integer, $2::text, $3::text) and not exists (select from resource)`,
    values: [own.normaliser, own.time_zone, own.definitions],
  });
  // One statement, so that version and parameters belong together.
  const [current] = (await db.query<FormatRow>({
    text: `select f.*, coalesce((
        select jsonb_agg(p.facts || jsonb_build_object('posted', (p.facts->'posted') || jsonb_strip_nulls(jsonb_build_object('job', p.job))) order by p.id)
        from posted_parameter p), '[]') as posted
      from index_format f`,
  })) as [FormatRow];
  for (const field of ['normaliser', 'time_zone', 'definitions'] as const) {
    if (current[field] !== own[field]) {
      throw new IndexFormatMismatch(`The search index was made with ${field} ${current[field]}, and this server has ${own[field]}: stop all servers of this database and start this one with REINDEX=on, `
        + `which makes the index anew from the stored resources${field === 'time_zone' ? `, or set TIME_ZONE to ${current[field]}` : ', or start the version that made it'}`);
    }
  }
  return current;
}

/**
 * Has all of the index made anew by a job where it was made by other rules, and again where such a job has ended before its time.
 * @param isWanted whether other rules are to be those of this server
 */
export async function rebuildIndex(db: Lane, options: IndexOptions, isWanted: boolean): Promise<void> {
  const { normaliser, time_zone, definitions } = formatOf(options);
  const own = [isWanted, normaliser, time_zone, definitions];
  // Asked without the lock first, which waits for all writers.
  if ((await db.query({ text: `select ${rebuildNeeded}`, values: own })).length === 0) return;
  const input: ReindexInput = { types: options.definitions.resourceTypes };
  await db.transaction({}, async (tx) => {
    await tx.query(definitionsLock(true));
    await tx.query({
      text: `with queued as (insert into job (kind, input) select $5::text, $6::jsonb ${rebuildNeeded} returning id)
        update index_format f set rebuild = q.id, version = f.version + 1,
          normaliser = case when $1 then $2 else f.normaliser end, time_zone = case when $1 then $3 else f.time_zone end, definitions = case when $1 then $4 else f.definitions end
        from queued q`,
      values: [...own, reindexKind, JSON.stringify(input)],
    });
  });
}

const rebuildNeeded = `from index_format f where exists (select from resource) and (
  ($1::boolean and (f.normaliser, f.time_zone, f.definitions) is distinct from ($2::integer, $3::text, $4::text))
  or (f.rebuild is not null and not exists (select from job j where j.id = f.rebuild and j.status in ('queued', 'running'))))`;

async function parameterIds(db: Queryable, definitions: Definitions): Promise<ReadonlyMap<string, number>> {
  const urls = new Set(definitions.resourceTypes.flatMap((type) => definitions.searchParameters(type).filter(isIndexed).map(({ url }) => url)));
  const known = await readIds(db);
  const missing = [...urls].filter((url) => !known.has(url)).toSorted();
  if (missing.length === 0) return known;
  await db.query({ text: 'insert into search_parameter (url) select unnest($1::text[]) on conflict (url) do nothing', values: [textArray(missing)] });
  return readIds(db);
}

const readIds = async (db: Queryable): Promise<ReadonlyMap<string, number>> =>
  new Map((await db.query<{ id: number; url: string }>({ text: 'select id, url from search_parameter' })).map(({ id, url }) => [url, id]));
