/**
 * How the index of this database was made, checked at start: with another hash key, normaliser, zone or set of definitions than it
 * was written with, an index gives wrong answers without a word.
 */
import { textArray } from '../db/arrays.ts';
import type { Queryable } from '../db/pool.ts';
import type { Definitions, SearchParameter } from '../fhir/definitions.ts';
import { extendDefinitions } from '../fhir/extend-definitions.ts';
import { isIndexed } from '../search/compiled-parameters.ts';
import { createSearchIndex, type SearchIndex } from '../search/extract.ts';
import { createKeyHash } from '../search/keys.ts';
import { normaliserVersion } from '../search/normalise.ts';

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
  const { definitions, timeZone } = options;
  const { hash_key, version, posted } = await agree(db, { normaliser: normaliserVersion, time_zone: timeZone, definitions: definitions.version });
  const all = extendDefinitions(definitions, { searchParameters: posted });
  const ids = await parameterIds(db, all);
  return createSearchIndex({ ...options, definitions: all, hash: createKeyHash(hash_key) }, version, (url) => {
    const id = ids.get(url);
    if (id === undefined) throw new Error(`no id for search parameter ${url}`);
    return id;
  }, before);
}

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
      throw new IndexFormatMismatch(`The search index was made with ${field} ${current[field]}, and this server has ${own[field]}: load the data into a new database`);
    }
  }
  return current;
}

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
