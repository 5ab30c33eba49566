/**
 * Which criterion selects least, and how many resources that are, so that a search can begin with it.
 *
 * Postgres takes criteria for independent of one another: of two popular ones that exclude each other it expects a share of both, and
 * walks all resources in the order of the page for a page that never fills. What single criteria select is known well enough: of keys
 * from the statistics, of ranges by counting index entries up to some thousand, once in some seconds.
 */
import { join, raw, sql } from '../db/sql.ts';
import type { Queryable } from '../db/pool.ts';
import type { Condition, Linked } from './condition.ts';
import type { Frequency } from './frequency.ts';
import { isHashedParam } from './hashed-param.ts';
import type { RangeCounts } from './range-counts.ts';
import { isRange, rangeRows, rowsOf, type RangeCondition, type Rows } from './range-terms.ts';
import { type ShapeKeys } from './terms.ts';

export interface Driver {
  /** The criteria of the branch, nested `all` resolved; those that hold by themselves. */
  readonly conditions: readonly Condition[];
  /** The rarest of them, or one that the rarest implies; undefined where nothing is known of any. */
  readonly condition: Condition | undefined;
  /** About how many resources it selects; Infinity where nothing is known. */
  readonly matches: number;
  /** Whether a criterion leads to other resources. */
  readonly isLinked: boolean;
}

/** References to few resources are counted so far: 4 ms. */
const targetsProbeLimit = 40_000;
/** The values that stand with a code: 1 ms. Other ranges are counted only as far as they are rare. */
const tuplesProbeLimit = 10_000;

/** @returns the conditions with `all` resolved, and alternatives of keys made one */
export const flat = (conditions: readonly Condition[]): Condition[] => conditions.flatMap((condition): Condition[] => {
  if (condition.kind === 'all') return flat(condition.conditions);
  if (condition.kind !== 'any') return [condition];
  const { conditions: any } = condition;
  const keys = any.flatMap((one) => (one.kind === 'keys' ? [one.any] : []));
  return keys.length === any.length && any.length > 0 ? [{ kind: 'keys', any: keys.flat() }] : [condition];
});

/** @returns whether the rows of a range, or references, are as good as all that is asked for: what else is asked of them holds for most */
export const isDecisive = (condition: Condition): boolean => condition.kind === 'targets'
  || (tuplesOf(condition) === condition && rangesOf(condition).every(({ any }) => any.every((test) => Object.keys(test).length > 0)));

const rangesOf = (condition: Condition): RangeCondition[] => (isRange(condition) ? [condition] : condition.kind === 'any' ? condition.conditions.flatMap(rangesOf) : []);

/** @returns the values behind codes that a condition asks for, or all of its alternatives, maybe more than meets it; undefined where it does not */
function tuplesOf(condition: Condition): Condition | undefined {
  if (isRange(condition)) return isHashedParam(condition.param) ? condition : undefined;
  if (condition.kind === 'all') return condition.conditions.find((one) => tuplesOf(one) === one);
  if (condition.kind !== 'any' || condition.conditions.length === 0) return undefined;
  const each = condition.conditions.map(tuplesOf);
  if (each.includes(undefined)) return undefined;
  return each.every((one, n) => one === condition.conditions[n] && one?.kind !== 'any') ? condition
    : { kind: 'any', conditions: (each as Condition[]).flatMap((one) => (one.kind === 'any' ? one.conditions : [one])) };
}

/** A criterion of which every match has a row of one table. */
export interface DecidedByRows {
  readonly condition: Condition;
  readonly rows: Rows;
  /** What they do not tell. */
  readonly others: readonly Condition[];
}

/** @returns the rows of the only criterion, a range or values behind a code; undefined where there are more criteria, among which there may be a rarer one */
export function decidedByRows([only, ...more]: readonly Condition[]): DecidedByRows | undefined {
  if (only === undefined || more.length > 0) return undefined;
  const tuples = tuplesOf(only);
  const condition = tuples ?? only;
  const rows = rowsOf(condition);
  // Of dates no index has those of one code in the order of their resources.
  if (rows === undefined || (tuples !== undefined && rows.table === 'resource_date')) return undefined;
  return { condition, rows, others: flat([only]).filter((one) => one !== condition) };
}

export interface Rare {
  /** So many matches are few: a criterion of keys that selects no more makes counting the ranges needless. */
  readonly matches: number;
  /** How far ranges are counted. */
  readonly ranges?: number;
  /** How far the values that stand with a code are counted: 1 ms, or what is given. */
  readonly tuples?: number;
}

/** @returns where a page of the branch begins */
export async function findDriver(db: Queryable, branch: Linked, frequency: Frequency, shapes: ShapeKeys, { matches: rare, ranges: limit = rare, tuples = tuplesProbeLimit }: Rare): Promise<Driver> {
  const conditions = flat(branch.conditions);
  const isLinked = conditions.some(leadsElsewhere);
  const driver = (counts: ReadonlyMap<Condition, number>): Driver => {
    const of = (condition: Condition): number => estimate(condition, branch.type, frequency, shapes, counts);
    const { condition, matches } = rarest(conditions, of);
    return { conditions, isLinked, condition: condition?.kind === 'any' ? alternativesOf(condition, of) : condition, matches };
  };
  const byKeys = driver(new Map());
  const ranges = conditions.flatMap(rangesIn);
  if (byKeys.matches <= rare || frequency.rows <= rare || ranges.length === 0) return byKeys;
  return driver(await probe(db, branch.type, ranges, frequency.counts, { limit, tuples }));
}

/** @returns what an index can find of alternatives: the rarest criterion of each, maybe more than meets them; the condition itself where each is one criterion */
const alternativesOf = (any: Extract<Condition, { kind: 'any' }>, of: (condition: Condition) => number): Condition => (any.conditions.some(({ kind }) => kind === 'all')
  ? { kind: 'any', conditions: any.conditions.map((one) => (one.kind === 'all' ? rarest(flat(one.conditions), of).condition ?? one : one)) } : any);

function rarest(conditions: readonly Condition[], of: (condition: Condition) => number): { condition: Condition | undefined; matches: number } {
  let found: { condition: Condition | undefined; matches: number } = { condition: undefined, matches: Infinity };
  for (const condition of conditions) {
    const matches = of(condition);
    if (matches < found.matches) found = { condition, matches };
  }
  return found;
}

function estimate(condition: Condition, type: string, frequency: Frequency, shapes: ShapeKeys, counts: ReadonlyMap<Condition, number>): number {
  const all = (conditions: readonly Condition[]): number[] => conditions.map((one) => estimate(one, type, frequency, shapes, counts));
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  switch (condition.kind) {
    case 'keys': return sum(condition.any.map((key) => frequency.key(key)));
    case 'missing': return sum(shapes(type, condition.param, condition.isMissing).map((key) => frequency.key(key)));
    case 'id': return condition.any.length;
    case 'any': return sum(all(condition.conditions));
    case 'all': return Math.min(Infinity, ...all(condition.conditions));
    default: return counts.get(condition) ?? Infinity;
  }
}

/** @returns the conditions on ranges within it that an index can count: not where all else is wanted, or any part of a text */
function rangesIn(condition: Condition): Condition[] {
  switch (condition.kind) {
    case 'date': case 'quantity': case 'canonical': case 'lastUpdated': case 'targets': return [condition];
    case 'string': return condition.any.every(({ form }) => form === 'prefix') ? [condition] : [];
    case 'all': case 'any': return condition.conditions.flatMap(rangesIn);
    default: return [];
  }
}

/** @returns for each how many entries it has, Infinity from the limit on */
async function probe(db: Queryable, type: string, ranges: readonly Condition[], known: RangeCounts, { limit, tuples }: { limit: number; tuples: number }): Promise<Map<Condition, number>> {
  const counted = ranges.map((range) => {
    const most = !isDecisive(range) ? limit : range.kind === 'targets' ? targetsProbeLimit : tuples;
    const rows = sql`${rangeRows(range, type)!} limit ${most}::integer`;
    const key = `${rows.text} ${rows.values.join(' ')}`;
    return { range, most, rows, key, count: known.get(key) };
  });
  const unknown = counted.filter(({ count }) => count === undefined);
  if (unknown.length > 0) {
    const { text, values } = sql`select ${join(unknown.map(({ rows }, n) => sql`(select count(*) from (${rows}) x)::integer as ${raw(`n${n}`)}`), ', ')}`;
    const [row] = await db.query<Record<`n${number}`, number>>({ text, values });
    unknown.forEach((one, n) => known.set(one.key, (one.count = row![`n${n}`]!)));
  }
  return new Map(counted.map(({ range, most, count = Infinity }) => [range, count < most ? count : Infinity]));
}

/** @returns whether it is about other resources than the one that it is asked of */
export function leadsElsewhere(condition: Condition): boolean {
  switch (condition.kind) {
    case 'chain': case 'has': case 'hierarchy': case 'list': case 'near': return true;
    case 'not': return leadsElsewhere(condition.condition);
    case 'all': case 'any': return condition.conditions.some(leadsElsewhere);
    default: return false;
  }
}
