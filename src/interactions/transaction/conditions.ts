/** Criteria inside a transaction, matched against what is stored and what the Bundle itself writes. R4: http.html#trules. */
import type { Context } from '../../context.ts';
import type { Transaction } from '../../db/pool.ts';
import { multipleMatches } from '../../fhir/outcome.ts';
import { isObject, parseJson } from '../../fhir/json/value.ts';
import { findMatches, type Criteria } from '../../search/conditional.ts';
import { matches } from '../../search/match.ts';
import type { Match } from '../../search/page.ts';
import type { Draft } from './references.ts';

/** Something that depends on criteria. */
export interface Asked<K> {
  readonly key: K;
  readonly criteria: Criteria;
}

export interface There {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly lastUpdated: Date;
  readonly body: string;
}

/**
 * Of conditional creates, those whose resource is there.
 * @throws FhirError 412 naming the entry where several are
 */
export async function requireConditions<D extends Draft>(tx: Transaction, asked: readonly Asked<D>[]): Promise<Map<D, There>> {
  const found = await findMatches(tx, asked.map(({ criteria }) => criteria));
  const there = new Map<D, There>();
  asked.forEach(({ key, criteria }, n) => {
    const [match, second] = found[n]!;
    if (second !== undefined) {
      throw multipleMatches(`"${criteria.text}" matches more than one resource`, { expression: `${key.entry.expression}.request.ifNoneExist` });
    }
    if (match !== undefined) there.set(key, { type: criteria.type, ...match });
  });
  return there;
}

/** A resource that a conditional reference may be resolved to. */
export interface Candidate {
  readonly id: string;
}

/**
 * Matches of each of the criteria: those stored, without what the Bundle replaces or deletes, and those among the Bundle's own.
 */
export async function matchAll<A extends { readonly criteria: Criteria }>(
  tx: Transaction, asked: readonly A[], drafts: readonly Draft[], context: Context, canonicalNumbers: boolean,
): Promise<Map<A, Candidate[]>> {
  const stored = await findMatches(tx, asked.map(({ criteria }) => criteria));
  const written = new Set(drafts.map(({ type, id }) => `${type}/${id}`));
  const rowsOf = rowsOfDrafts(context, canonicalNumbers);
  return new Map(asked.map((one, n) => {
    const { type, conditions } = one.criteria;
    const own = drafts.filter((draft) => draft.type === type && draft.entry.resource !== undefined && matches(conditions, draft.id, rowsOf(draft)));
    const others = stored[n]!.filter((match: Match) => !written.has(`${type}/${match.id}`));
    return [one, [...own, ...others]];
  }));
}

/** Index rows of a draft as it was sent: its own references are not resolved yet, which R4 does not ask for. */
function rowsOfDrafts(context: Context, canonicalNumbers: boolean): (draft: Draft) => ReturnType<Context['index']['extract']> {
  const known = new Map<Draft, ReturnType<Context['index']['extract']>>();
  return (draft) => {
    let rows = known.get(draft);
    if (rows === undefined) {
      const resource = parseJson({ bytes: draft.entry.resource!, canonicalNumbers });
      rows = context.index.extract(draft.type, isObject(resource) ? resource : {});
      known.set(draft, rows);
    }
    return rows;
  };
}
