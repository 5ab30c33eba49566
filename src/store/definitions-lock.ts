/**
 * Writers and changes of the definitions, kept apart. A writer shares the lock, a change has it alone, both until their transactions end:
 * so that whoever holds it and finds the version that its index rows were made with commits rows that are right, and whoever changes the
 * definitions knows that all rows made before are in the database. ARCHITECTURE.md "Definitions".
 *
 * The lock is advisory and taken before any row's: it costs no row and no round trip, since it goes out with the statement behind it.
 */
import { sqlState } from '../db/errors.ts';
import type { Queryable, Statement } from '../db/pool.ts';
import type { SearchIndex } from '../search/extract.ts';

/** The definitions are others than those that the request began with: it begins anew with them. */
export class DefinitionsChanged extends Error {
  override readonly name = 'DefinitionsChanged';
}

/** Apart from the locks of criteria (search/conditional.ts). */
export const definitionsLockClass = 0x46484953;

/**
 * From here on the transaction shows as a writer, too: it must before it takes its stamp (horizon.ts).
 * @param isAlone for a change of the definitions
 */
export const definitionsLock = (isAlone: boolean): Statement => ({
  name: isAlone ? 'lock_definitions' : 'share_definitions',
  text: `select pg_advisory_xact_lock${isAlone ? '' : '_shared'}($1::integer, 0), pg_current_xact_id()`,
  values: [definitionsLockClass],
});

/** @throws DefinitionsChanged where the version in the database is another */
export function requireVersion(index: Pick<SearchIndex, 'version'>, version: string): void {
  if (version !== index.version) throw new DefinitionsChanged(`The index is of version ${version}, and the request began with ${index.version}`);
}

/** Throws what was thrown; DefinitionsChanged where the database found another version than it was told (sql/004). */
export function thrownAsChanged(error: unknown): never {
  throw sqlState(error) === 'VB001' ? new DefinitionsChanged((error as Error).message, { cause: error }) : error;
}

export const readVersion = async (db: Queryable): Promise<string> =>
  (await db.query<{ version: string }>({ name: 'index_version', text: 'select version from index_format' }))[0]!.version;

/**
 * To be called behind what a search reads, on its connection: what is found by a parameter that another server has just taken out of use
 * would be found in part. Parameters of R4 are always in use, so that without others nothing is asked.
 * @throws DefinitionsChanged
 */
export async function requireCurrent(db: Queryable, index: Pick<SearchIndex, 'version' | 'definitions'>): Promise<void> {
  if (index.definitions.posted.length > 0) requireVersion(index, await readVersion(db));
}
