/** Tables of the index of one type. */
import { raw, type Sql } from '../db/sql.ts';

export type IndexTable = 'resource_key' | 'resource_reference' | 'resource_date' | 'resource_quantity' | 'resource_canonical' | 'resource_string';

/**
 * The partition by its own name: through the parent Postgres keeps the type as a filter, and reads the table for it where the index has
 * all else.
 * @param type of resource, as the definitions name it
 */
export const partition = (table: IndexTable, type: string): Sql => raw(`${table}_${checkedType(type).toLowerCase()}`);

/** @returns the type, which may stand in a statement; throws Error where it cannot be one */
export function checkedType(type: string): string {
  if (!/^[A-Z][A-Za-z]{1,60}$/.test(type)) throw new Error(`"${type}" is not the name of a resource type`);
  return type;
}
