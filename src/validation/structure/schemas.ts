/** The JSON Schemas of R4's types, which scripts/schemas/json-schema.ts makes, with the invariants written by hand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ruled } from './rules.ts';

export type Schema = { readonly $id: string; readonly $defs?: Readonly<Record<string, object>> } & Readonly<Record<string, unknown>>;

const file = join(import.meta.dirname, '../../../schemas/json-schema.json');

/** @returns one for each type but the abstract ones that nothing refers to */
export const readSchemas = (): readonly Schema[] => Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, Schema>).map(withRules);

/** The hand-compiled invariants, on the objects that they are about. */
function withRules(schema: Schema): Schema {
  const of = (name: string, one: object): object => (ruled.includes(name) ? { ...one, rules: name } : one);
  return { ...(of(schema.$id, schema) as Schema), ...(schema.$defs !== undefined && { $defs: Object.fromEntries(Object.entries(schema.$defs).map(([path, one]) => [path, of(path, one)])) }) };
}
