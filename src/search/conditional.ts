/**
 * Criteria that must select one resource: of conditional interactions and references. R4: http.html#ccreate, #cond-update, #cdelete, #trules.
 */
import { int4Array } from '../db/arrays.ts';
import type { Queryable, Transaction } from '../db/pool.ts';
import { notSelective, type ErrorDetails } from '../fhir/outcome.ts';
import type { Condition } from './condition.ts';
import type { SearchIndex } from './extract.ts';
import { page, type Match } from './page.ts';
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
    throw error instanceof NotIndexed ? new NotIndexed(error.code, error.job, 412, details) : error;
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
export async function findMatches(db: Queryable, criteria: readonly Criteria[], limit = 2): Promise<Match[][]> {
  const byText = new Map<string, Promise<Match[]>>();
  for (const one of criteria) if (!byText.has(one.text)) byText.set(one.text, page(db, queryOf(one), undefined, limit).then(({ matches }) => matches));
  return Promise.all(criteria.map(({ text }) => byText.get(text)!));
}
