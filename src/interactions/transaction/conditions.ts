/** Criteria inside a transaction, matched against what is stored and what the Bundle itself writes. R4: http.html#trules. */
import type { Context } from '../../context.ts';
import type { Transaction } from '../../db/pool.ts';
import { multipleMatches } from '../../fhir/outcome.ts';
import { isObject, parseJson } from '../../fhir/json/value.ts';
import { findMatches, type Criteria } from '../../search/conditional.ts';
import { matches } from '../../search/match.ts';
import type { Match } from '../../search/page.ts';
import type { Draft } from './references.ts';

/** A create that may be conditional, or a deletion. */
interface ConditionalPlan extends Draft {
  readonly kind: 'create' | 'update' | 'delete';
  /** ifNoneExist */
  readonly criteria?: Criteria;
}

export interface There {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly lastUpdated: Date;
  readonly body: string;
}

/**
 * Decides conditional creates at their own step: against what is stored, without what the Bundle deletes, and against the creates of
 * entries before them. R4: http.html#ccreate, http.html#trules.
 * @param plans the Bundle's creates and deletions, in the order of processing
 * @returns those of them whose resource is there already, and as what: a stored version, or the create of an earlier entry
 * @throws FhirError 412 naming the entry where several are
 */
export async function settleConditionalCreates<P extends ConditionalPlan>(
  tx: Transaction, plans: readonly P[], context: Context, canonicalNumbers: boolean,
): Promise<Map<P, There | P>> {
  const conditional = plans.filter((plan) => plan.criteria !== undefined);
  const found = await findMatches(tx, conditional.map(({ criteria }) => criteria!));
  const stored = new Map(conditional.map((plan, n) => [plan, found[n]!]));
  const deleted = new Set(plans.filter(({ kind }) => kind === 'delete').map(({ type, id }) => `${type}/${id}`));
  const rowsOf = rowsOfDrafts(context, canonicalNumbers);
  const settled = new Map<P, There | P>();
  const creates: P[] = [];
  for (const plan of plans) {
    const { criteria } = plan;
    if (criteria !== undefined) {
      const { type, conditions } = criteria;
      const there = stored.get(plan)!.filter(({ id }) => !deleted.has(`${type}/${id}`));
      const own = creates.filter((create) => create.type === type && matches(conditions, create.id, rowsOf(create)));
      const [first, second] = [...there, ...own];
      if (second !== undefined) {
        throw multipleMatches(`"${criteria.text}" matches more than one resource`, { expression: `${plan.entry.expression}.request.ifNoneExist` });
      }
      if (first !== undefined) {
        settled.set(plan, first);
        continue;
      }
    }
    if (plan.kind === 'create') creates.push(plan);
  }
  return settled;
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
