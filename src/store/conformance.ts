/** The stored resources that define profiles, extensions and terminology: all of them, read again as far as they have changed. */
import { int8Array, textArray } from '../db/arrays.ts';
import type { Queryable } from '../db/pool.ts';
import { conformanceTypes, instanceRules, type ConformanceResource } from '../fhir/conformance-resource.ts';
import type { JsonObject } from '../fhir/json/value.ts';

export interface StoredConformance {
  /** In the order of their creation. */
  readonly resources: readonly ConformanceResource[];
  /** What each was made of, by rid. */
  readonly versions: ReadonlyMap<string, { readonly version: number; readonly resource: ConformanceResource | undefined }>;
}

export const noConformance: StoredConformance = { resources: [], versions: new Map() };

/** Bodies that are in memory at once while they are cut down. */
const slice = 200;

/**
 * @param before what was there when it was last read
 * @returns the same value where nothing has changed
 */
export async function readConformance(db: Queryable, before: StoredConformance): Promise<StoredConformance> {
  const there = await db.query<{ rid: string; version: number }>({
    name: 'conformance',
    text: 'select rid::text, version from resource where type = any($1::text[]::resource_type[]) and body is not null order by rid',
    values: [textArray(conformanceTypes)],
  });
  const changed = there.filter(({ rid, version }) => before.versions.get(rid)?.version !== version).map(({ rid }) => rid);
  if (changed.length === 0 && there.length === before.versions.size) return before;
  const read = new Map<string, { version: number; resource: ConformanceResource | undefined }>();
  for (let from = 0; from < changed.length; from += slice) {
    const rows = await db.query<{ rid: string; version: number; body: string }>({
      name: 'conformance_bodies',
      text: 'select rid::text, version, body from resource where rid = any($1::bigint[]) and body is not null',
      values: [int8Array(changed.slice(from, from + slice).map(BigInt))],
    });
    for (const { rid, version, body } of rows) read.set(rid, { version, resource: instanceRules(JSON.parse(body) as JsonObject) });
  }
  const versions = new Map(there.flatMap(({ rid }) => {
    const one = read.get(rid) ?? before.versions.get(rid);
    return one === undefined ? [] : [[rid, one] as const];
  }));
  return { versions, resources: [...versions.values()].flatMap(({ resource }) => resource ?? []) };
}
