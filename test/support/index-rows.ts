/** All rows of the search index as text, so that two states of it can be compared. */
import type { Queryable } from '../../src/db/pool.ts';

const selections: Readonly<Record<string, string>> = {
  resource_key: "array_to_string(array(select unnest(keys) order by 1), ' ')",
  resource_reference: "concat_ws(' ', param, target)",
  resource_date: "concat_ws(' ', param, low, high)",
  resource_quantity: "concat_ws(' ', param, low, high, coalesce(system::text, '-'), coalesce(code::text, '-'), coalesce(label::text, '-'))",
  resource_canonical: "concat_ws(' ', param, low, high, unit)",
  resource_string: "concat_ws(' ', param, value)",
};

/** @returns table → its rows, sorted: `Patient 12 3 …` */
export async function indexRows(db: Queryable): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const [table, columns] of Object.entries(selections)) {
    const rows = await db.query<{ row: string }>({ text: `select concat_ws(' ', type, rid, ${columns}) as row from ${table} order by 1` });
    all[table] = rows.map(({ row }) => row);
  }
  return all;
}
