/** _include and _revinclude: resources that the matches refer to, or that refer to them. R4: search.html#include. */
import { int4Array, int8Array, textArray } from '../db/arrays.ts';
import type { Queryable } from '../db/pool.ts';
import { join, sql, type Sql } from '../db/sql.ts';
import { compactJson } from '../fhir/json/scan.ts';
import { parseJson, type JsonObject } from '../fhir/json/value.ts';
import { badValue } from '../fhir/outcome.ts';
import { parseReference } from '../fhir/reference.ts';
import type { SearchIndex } from './extract.ts';
import { isComplete, requireIndexed } from './not-indexed.ts';
import type { Match } from './page.ts';
import type { IndexedParameter } from './parameter.ts';
import { partition } from './partition.ts';
import { foundOf, type ResourceRow } from './resource-row.ts';
import { storedTypes } from './stored-types.ts';
import { referenceText } from './types/reference.ts';

export interface Include {
  readonly isReverse: boolean;
  /** Applies to what is included as well. */
  readonly isIterating: boolean;
  /** Type that has the reference; absent: any. */
  readonly source?: string;
  /** Code of the reference; absent: any. */
  readonly code?: string;
  /** Type referred to; absent: any. */
  readonly target?: string;
  /** As sent. */
  readonly text: string;
}

/** A resource found by an include; `version` is there where the reference named one. */
export type Included = Omit<Match, 'values'>;

/**
 * @param name `_include`, `_revinclude`, with `:iterate` or, as older clients have it, `:recurse`
 * @param value `Type:code`, `Type:code:Target`, `Type:*`, `*`
 * @returns undefined where the type has no such reference
 * @throws FhirError 400 for what is none of these
 */
export function parseInclude(name: string, value: string, index: SearchIndex): Include | undefined {
  const [base = '', modifier, ...rest] = name.split(':');
  if ((modifier !== undefined && modifier !== 'iterate' && modifier !== 'recurse') || rest.length > 0) throw badValue(`"${name}" has a modifier that is neither iterate nor recurse`);
  const common = { isReverse: base === '_revinclude', isIterating: modifier !== undefined, text: `${name}=${value}` };
  if (value === '*') return common;
  const [source = '', code = '', target, ...more] = value.split(':');
  const { definitions } = index;
  if (code === '' || more.length > 0) throw badValue(`"${name}" is "${value}", which is not Type:parameter`);
  if (!definitions.hasResourceType(source)) throw badValue(`"${name}" is "${value}", and "${source}" is not a resource type of R4`);
  if (target !== undefined && !definitions.hasResourceType(target)) throw badValue(`"${name}" is "${value}", and "${target}" is not a resource type of R4`);
  const withTarget = target === undefined ? {} : { target };
  if (code === '*') return { ...common, source, ...withTarget };
  const definition = definitions.searchParameter(source, code);
  if (definition?.type !== 'reference') return undefined;
  requireIndexed(definition);
  return { ...common, source, code, ...withTarget };
}

export interface IncludeResult {
  readonly included: Included[];
  /** The include that went over the limit, if any; those that are read together, with `&` between them. */
  readonly cut?: string;
}

/**
 * @param limit at most so many; where there are more, the result says by which include
 * @returns what the includes add to the matches, each resource once
 */
export async function findIncludes(db: Queryable, matches: readonly Included[], includes: readonly Include[], index: SearchIndex, limit: number): Promise<IncludeResult> {
  const found = new Map<string, Included>();
  const known = new Set(matches.map(nameOf));
  let frontier: readonly Included[] = matches;
  for (let round = 0; frontier.length > 0; round++) {
    const next: Included[] = [];
    const active = includes.filter(({ isIterating }) => round === 0 || isIterating);
    // What all includes refer to is read at once.
    const forward = active.filter(({ isReverse }) => !isReverse);
    const steps = [
      { includes: forward, read: () => referred(db, frontier, forward, index) },
      ...active.filter(({ isReverse }) => isReverse).map((one) => ({ includes: [one], read: () => referring(db, frontier, one, index, limit) })),
    ];
    for (const step of steps) {
      for (const one of await step.read()) {
        const name = nameOf(one);
        if (known.has(name)) continue;
        if (found.size >= limit) return { included: [...found.values()], cut: step.includes.map(({ text }) => text).join('&') };
        known.add(name);
        found.set(name, one);
        next.push(one);
      }
    }
    frontier = next;
  }
  return { included: [...found.values()] };
}

/** That Postgres has a number for. */
const largestVersion = 2 ** 31 - 1;

/** Two versions of a resource are two. */
const nameOf = ({ type, id, version }: Included): string => `${type}/${id}/${version}`;

const parsed = new WeakMap<Included, JsonObject>();

/** @returns its resource, which is made once for all includes */
function parse(one: Included): JsonObject {
  let resource = parsed.get(one);
  if (resource === undefined) {
    resource = parseJson(compactJson(Buffer.from(one.body))) as JsonObject;
    parsed.set(one, resource);
  }
  return resource;
}

/** What is referred to: the current versions, those that a reference names, and canonicals; each by what names it. */
interface Wanted {
  readonly current: Map<string, { type: string; id: string }>;
  readonly versions: Map<string, { type: string; id: string; version: number }>;
  readonly canonicals: Map<string, { url: string; version: string | undefined; types: readonly string[] }>;
}

async function referred(db: Queryable, from: readonly Included[], includes: readonly Include[], index: SearchIndex): Promise<Included[]> {
  const wanted: Wanted = { current: new Map(), versions: new Map(), canonicals: new Map() };
  for (const include of includes) want(wanted, from, include, index);
  const { current, versions, canonicals } = wanted;
  return [...(await readCurrent(db, [...current.values()])), ...(await readVersions(db, [...versions.values()])), ...(await readCanonicals(db, [...canonicals.values()], index))];
}

function want({ current, versions, canonicals }: Wanted, from: readonly Included[], { source, code, target }: Include, index: SearchIndex): void {
  for (const one of from) {
    if (source !== undefined && one.type !== source) continue;
    const resource = parse(one);
    const parameters = index.parameters(one.type).filter(({ definition }) => definition.type === 'reference' && isComplete(definition) && (code === undefined || definition.code === code));
    for (const { extract, definition } of parameters) {
      for (const { value } of extract(resource)) {
        const text = referenceText(value);
        if (text === undefined) continue;
        const local = index.localTarget(text);
        if (local === undefined) {
          const [url = '', version] = text.split('|');
          // Without targets it may refer to any type.
          const types = (definition.target.length === 0 ? index.definitions.resourceTypes : definition.target).filter((type) => target === undefined || type === target);
          if (/^[a-z][a-z0-9+.-]*:/i.test(url) && types.length > 0) canonicals.set(`${text} ${types.join()}`, { url, version, types });
          continue;
        }
        if (target !== undefined && local.type !== target) continue;
        const version = Number(parseReference(text)?.version);
        if (Number.isNaN(version)) current.set(`${local.type}/${local.id}`, local);
        else if (Number.isInteger(version) && version <= largestVersion) versions.set(text, { type: local.type, id: local.id, version });
      }
    }
  }
}

async function readCurrent(db: Queryable, wanted: readonly { type: string; id: string }[]): Promise<Included[]> {
  if (wanted.length === 0) return [];
  const rows = await db.query<ResourceRow>({
    name: 'include',
    text: `select r.rid, r.type, r.id, r.version, r.last_updated, r.body
      from unnest($1::text[], $2::text[]) with ordinality as i(type, id, n) join resource r on r.type = i.type::resource_type and r.id = i.id
      where r.body is not null order by i.n`,
    values: [textArray(wanted.map(({ type }) => type)), textArray(wanted.map(({ id }) => id))],
  });
  return rows.map(foundOf);
}

async function readVersions(db: Queryable, wanted: readonly { type: string; id: string; version: number }[]): Promise<Included[]> {
  if (wanted.length === 0) return [];
  const rows = await db.query<ResourceRow>({
    name: 'include_version',
    text: `select r.rid, r.type, r.id, i.version, coalesce(h.last_updated, r.last_updated) as last_updated, coalesce(h.body, r.body) as body
      from unnest($1::text[], $2::text[], $3::integer[]) with ordinality as i(type, id, version, n)
        join resource r on r.type = i.type::resource_type and r.id = i.id
        left join resource_history h on h.rid = r.rid and h.version = i.version
      where (r.version = i.version and r.body is not null) or h.body is not null order by i.n`,
    values: [textArray(wanted.map(({ type }) => type)), textArray(wanted.map(({ id }) => id)), int4Array(wanted.map(({ version }) => version))],
  });
  return rows.map(foundOf);
}

/** A canonical is found by its url; of several versions without a wanted one, all are what it may mean. */
async function readCanonicals(db: Queryable, wanted: readonly { url: string; version: string | undefined; types: readonly string[] }[], index: SearchIndex): Promise<Included[]> {
  if (wanted.length === 0) return [];
  const stored = new Set(await storedTypes(db));
  const found: Included[] = [];
  for (const { url, version, types } of wanted) {
    const keys = [index.hash('url', 'uri', url)];
    const rows = await firstOf(db, types.filter((type) => stored.has(type)).map((type) => withKeys(type, keys)), 100);
    for (const one of rows) if (version === undefined || parse(one)['version'] === version) found.push(one);
  }
  return found;
}

/** @returns up to one more than the limit */
async function referring(db: Queryable, to: readonly Included[], { source, code, target }: Include, index: SearchIndex, limit: number): Promise<Included[]> {
  const targets = to.filter(({ type }) => target === undefined || type === target);
  if (targets.length === 0) return [];
  const sources = (source === undefined ? await storedTypes(db) : [source]).map((type) => ({
    type, parameters: index.parameters(type).filter(({ definition }) => definition.type === 'reference' && isComplete(definition) && (code === undefined || definition.code === code)),
  })).filter(({ parameters }) => parameters.length > 0);
  const rids = ridsOf(targets);
  const rows = await firstOf(db, sources.flatMap(({ type, parameters }) => referringRows(type, parameters, targets, rids)), limit + 1);
  return [...rows, ...(await referringByUrl(db, targets, sources, index, limit))];
}

/** Of parameters that share rows (unions.ts) the one that has them finds all; without it another finds those to its own targets alone. */
function referringRows(type: string, parameters: readonly IndexedParameter[], to: readonly Included[], rids: Buffer): Sql[] {
  const own = parameters.filter(({ id, referencesOf }) => id === referencesOf).map(({ id }) => id);
  const rowsTo = (params: readonly number[], targets: Buffer): Sql => sql`select x.rid from ${partition('resource_reference', type)} x
    where x.param = any(${int4Array(params)}::integer[]) and x.target = any(${targets}::bigint[]) and x.rid > 0`;
  const narrower = parameters.filter(({ referencesOf }) => !own.includes(referencesOf));
  return [
    ...(own.length === 0 ? [] : [rowsTo(own, rids)]),
    ...narrower.map(({ referencesOf, definition }) => rowsTo([referencesOf], ridsOf(to.filter((one) => definition.target.includes(one.type))))),
  ];
}

const ridsOf = (all: readonly Included[]): Buffer => int8Array(all.map(({ rid }) => BigInt(rid)));

/** What refers to a canonical resource by its url. */
async function referringByUrl(
  db: Queryable, to: readonly Included[], sources: readonly { readonly type: string; readonly parameters: readonly IndexedParameter[] }[], index: SearchIndex, limit: number,
): Promise<Included[]> {
  const urls = to.filter(({ type }) => index.parameter(type, 'url') !== undefined).flatMap((one) => {
    const { url } = parse(one);
    return typeof url === 'string' ? [url] : [];
  });
  if (urls.length === 0) return [];
  return firstOf(db, sources.map(({ type, parameters }) => withKeys(type, urls.flatMap((url) => parameters.map(({ code }) => index.hash(code, 'url', url))))), limit + 1);
}

/** Each type's table by its own name: through the parent Postgres plans all 146 (38 ms of 45 for `_revinclude=*`). */
const withKeys = (type: string, keys: readonly bigint[]): Sql => sql`select x.rid from ${partition('resource_key', type)} x where x.rid > 0 and x.keys && ${int8Array(keys)}::bigint[]`;

/** @returns the resources of the first of all rids, each once, in the order of creation */
async function firstOf(db: Queryable, branches: readonly Sql[], limit: number): Promise<Included[]> {
  if (branches.length === 0) return [];
  const { text, values } = sql`select r.rid, r.type, r.id, r.version, r.last_updated, r.body
    from (select distinct f.rid from (${join(branches, ' union all ')}) f order by f.rid limit ${limit}::integer) m join resource r using (rid)
    where r.body is not null order by r.rid`;
  return (await db.query<ResourceRow>({ text, values })).map(foundOf);
}
