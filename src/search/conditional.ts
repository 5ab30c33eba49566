/**
 * Criteria that must select one resource: of conditional interactions and references. R4: http.html#ccreate, #cond-update, #cdelete, #trules.
 */
import { int4Array } from '../db/arrays.ts';
import type { Transaction } from '../db/pool.ts';
import { notSelective, type ErrorDetails } from '../fhir/outcome.ts';
import type { Condition } from './condition.ts';
import type { SearchIndex } from './extract.ts';
import type { Key } from './keys.ts';
import { page, type Match } from './page.ts';
import { keysOf, probe } from './probe.ts';
import { queryOf } from './query.ts';
import { NotIndexed } from './not-indexed.ts';
import { parseCriteria, type ParsedCriteria } from './parse.ts';

export interface Criteria {
  readonly type: string;
  readonly conditions: readonly Condition[];
  /** The same for equal criteria: `Patient?identifier=a|b`. */
  readonly text: string;
}

/**
 * @param parameters what the criteria are; unknown ones are refused, since an ignored criterion selects the wrong resource
 * @throws FhirError 400 for a parameter that is none, 412 where no criterion is left or one is not indexed yet
 */
export function parseConditional(type: string, parameters: readonly (readonly [string, string])[], index: SearchIndex, details: ErrorDetails = {}): Criteria {
  const { conditions, applied } = parsed(type, parameters, index, details);
  const text = `${type}?${applied.map(([name, value]) => `${name}=${value}`).toSorted().join('&')}`;
  if (conditions.length === 0) throw notSelective(`The criteria "${text}" select every ${type}`, details);
  return { type, conditions, text };
}

function parsed(type: string, parameters: readonly (readonly [string, string])[], index: SearchIndex, details: ErrorDetails): ParsedCriteria {
  try {
    return parseCriteria(type, parameters, index, 'strict', new Date());
  } catch (error) {
    throw error instanceof NotIndexed ? new NotIndexed(error.what, error.job, 412, details) : error;
  }
}

/** Advisory locks stand in Postgres's shared memory: few of them, whatever the number of criteria. */
const buckets = 1024;
/** The first key of the pair keeps these locks apart from any other use of advisory locks. */
const lockClass = 0x46484952;

/**
 * Makes transactions with the same criteria wait for one another, so that only one of them finds nothing and creates. To be called
 * before any row is locked; locks are taken in order, so that no two transactions wait for each other.
 */
export async function lockCriteria(tx: Transaction, criteria: readonly Criteria[], { hash }: SearchIndex): Promise<void> {
  const wanted = new Set(criteria.map(({ text }) => Number(BigInt.asUintN(64, hash('criteria', text)) % BigInt(buckets))));
  await tx.query({
    name: 'lock_criteria',
    text: 'select pg_advisory_xact_lock($1::integer, bucket) from (select bucket from unnest($2::integer[]) as b(bucket) order by bucket) as ordered',
    values: [lockClass, int4Array([...wanted].toSorted((a, b) => a - b))],
  });
}

/**
 * @param limit two are enough to tell none, one and many apart; more where some may not count
 * @returns for each of the criteria up to so many matches
 */
export async function findMatches(tx: Transaction, criteria: readonly Criteria[], limit = 2): Promise<Match[][]> {
  const byText = new Map(criteria.map((one) => [one.text, one]));
  const found = new Map<string, Match[]>();
  const keyed = new Map<string, { readonly text: string; readonly keys: readonly Key[] }[]>();
  for (const { type, text, conditions } of byText.size < fewest ? [] : byText.values()) {
    const keys = keysOf(conditions);
    if (keys === undefined) continue;
    const list = keyed.get(type);
    if (list === undefined) keyed.set(type, [{ text, keys }]);
    else list.push({ text, keys });
  }
  for (const [type, list] of keyed) {
    const matches = await probe(tx, type, list.map(({ keys }) => keys), limit);
    list.forEach(({ text }, n) => found.set(text, matches[n]!));
  }
  const others = [...byText.values()].filter(({ text }) => !found.has(text));
  const pages = await Promise.all(others.map((one) => page(tx, queryOf(one), undefined, limit)));
  others.forEach(({ text }, n) => found.set(text, pages[n]!.matches));
  return criteria.map(({ text }) => found.get(text)!);
}

/** Criteria from which on they are asked for together: fewer are planned better each with its values. */
const fewest = 8;
