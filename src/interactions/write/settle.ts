/**
 * Which resources conditional writes are about, decided at their own step of the order of processing. R4: http.html#ccreate,
 * #cond-update, #cpatch, #cdelete, #trules; where R4 leaves a case open, DECISIONS.md "Conditional writes" has the reading.
 *
 * Criteria are matched against what is stored, without what the Bundle deletes or replaces before, and against what it writes before.
 * What a PATCH before makes of its resource is not known yet: it counts as it is stored.
 */
import type { Context } from '../../context.ts';
import type { Transaction } from '../../db/pool.ts';
import { inSlices } from '../../db/slices.ts';
import { compactJson } from '../../fhir/json/scan.ts';
import { isObject, parseJson } from '../../fhir/json/value.ts';
import { findMember, stringAt } from '../../fhir/json/walk.ts';
import { conflict, invalid, multipleMatches, notFound, notSelective, preconditionFailed, required } from '../../fhir/outcome.ts';
import { checkedId } from '../../fhir/resource.ts';
import { inRequest, within, type Place } from '../../rest/place.ts';
import { findMatches, lockCriteria, type Criteria } from '../../search/conditional.ts';
import { leadElsewhere, matches } from '../../search/match.ts';
import type { Match } from '../../search/page.ts';
import type { Write } from '../../store/write.ts';
import { newId } from '../../store/identity.ts';
import type { Asked } from './ask.ts';
import { ownDrafts, type Draft } from './own.ts';

/** A write that was asked for, with the identities that it comes to: one, none, or those of a deletion by criteria. */
export interface Settled {
  readonly asked: Asked;
  readonly targets: readonly Target[];
  /** Of a conditional create: what is there already, a stored version or the create of an entry before. */
  readonly there?: Match | Settled;
}

export interface Target {
  readonly id: string;
  /** Just given by this server. */
  readonly fresh?: true;
  /** What must hold under the lock for the criteria's decision to stand. */
  readonly check?: NonNullable<Write['check']>;
}

/** What was found by criteria no longer meets them; the transaction starts anew. */
export class MatchGone extends Error {
  /** Handled by the pool as a serialisation failure: roll back and run again. */
  readonly code = '40001';
}

type ConditionalAsked = Asked & { readonly criteria: Criteria };
const isConditional = (asked: Asked): asked is ConditionalAsked => asked.criteria !== undefined;

/** Most resources that one conditional DELETE takes. */
const mostDeleted = 10_000;

/**
 * Locks all criteria first, so that of clients that ask for the same, one finds nothing and the others find what it made.
 * @param asked in the order of processing
 * @throws FhirError 412 where criteria select several, or nothing to patch (404); 400 or 409 where the resource's id is in the way
 */
export async function settle(tx: Transaction, asked: readonly Asked[], context: Context): Promise<Settled[]> {
  const conditional = asked.filter(isConditional);
  if (conditional.length === 0) return asked.map(settledDirectly);
  await context.index.referenceStatistics.ensure(context.db.search, conditional.map(({ criteria }) => criteria));
  await lockCriteria(tx, conditional.map(({ criteria }) => criteria), context.index);
  const isMultiple = context.settings.conditionalDelete === 'multiple';
  const stored = new Map<Asked, Match[]>();
  const find = async (some: readonly ConditionalAsked[], limit: number): Promise<void> => {
    const found = await findMatches(tx, some.map(({ criteria }) => criteria), limit);
    some.forEach((one, n) => stored.set(one, found[n]!));
  };
  const deletions = conditional.filter(({ kind }) => kind === 'delete');
  await find(deletions, isMultiple ? mostDeleted + 1 : 2);
  const deleted = deletions.reduce((sum, one) => sum + stored.get(one)!.length, 0);
  // Matches that the Bundle deletes or replaces do not count: two that do are wanted behind all of them.
  await find(conditional.filter(({ kind }) => kind !== 'delete'), 2 + deleted + asked.filter(({ kind, id }) => kind !== 'patch' && id !== undefined).length);

  const written = new Set<string>();
  const own = ownDrafts<Draft & { readonly settled: Settled }>(context);
  return inSlices(asked, (one) => within(one.place.entry, () => {
    const matched = !isConditional(one) ? undefined : {
      stored: stored.get(one)!.filter(({ id }) => !written.has(`${one.type}/${id}`)), own: own.matching(one.criteria),
    };
    const settled = matched === undefined ? settledDirectly(one) : settledBy(one as ConditionalAsked, matched, context);
    for (const { id } of settled.targets) {
      if (one.kind !== 'patch') written.add(`${one.type}/${id}`);
      if (one.text !== undefined) own.add({ type: one.type, id, text: one.text, settled });
    }
    return settled;
  }));
}

/** Of a write that needs no criteria: its own id, or a new one. */
export const settledDirectly = (asked: Asked): Settled => ({ asked, targets: [asked.kind === 'create' ? { id: newId(), fresh: true } : { id: asked.id! }] });

interface Matched {
  readonly stored: readonly Match[];
  readonly own: readonly { readonly id: string; readonly settled: Settled }[];
}

function settledBy(asked: ConditionalAsked, { stored, own }: Matched, context: Context): Settled {
  const { kind, type, criteria, place, preconditions } = asked;
  const count = stored.length + own.length;
  const isMultiple = kind === 'delete' && context.settings.conditionalDelete === 'multiple';
  if (count > 1 && !isMultiple) {
    throw multipleMatches(`"${criteria.text}" matches more than one ${type}`, inRequest(place, kind === 'create' ? 'ifNoneExist' : 'url'));
  }
  if (count > mostDeleted) throw notSelective(`"${criteria.text}" matches more than ${mostDeleted} resources`, inRequest(place, 'url'));
  if (count === 0 && preconditions.ifMatch !== undefined) {
    throw preconditionFailed(`If-Match is ${preconditions.ifMatch}, and nothing matches "${criteria.text}"`, inRequest(place, 'ifMatch'));
  }
  const check = (match: Match): Target => ({ id: match.id, check: stillMatches(match, criteria, context) });
  switch (kind) {
    case 'create':
      return count === 0 ? { asked, targets: [{ id: newId(), fresh: true }] } : { asked, targets: [], there: stored[0] ?? own[0]!.settled };
    case 'update':
      return { asked, targets: [updated(asked, stored[0] === undefined ? own[0] : check(stored[0]))] };
    case 'patch':
      if (count === 0) throw notFound(`"${criteria.text}" matches no ${type}`, inRequest(place, 'url'));
      return { asked, targets: stored[0] === undefined ? [{ id: own[0]!.id }] : [check(stored[0])] };
    case 'delete':
      return { asked, targets: stored.map(check) };
  }
}

/** The table of http.html#cond-update, with R5's answer to an id that is taken: R4 would overwrite another resource. */
function updated({ type, criteria, text, place }: ConditionalAsked, match: Target | undefined): Target {
  const id = idOf(text!.bytes, place);
  if (match !== undefined) {
    if (id === undefined || id === match.id) return match;
    throw invalid(`The resource's id is "${id}", and "${criteria.text}" matches ${type}/${match.id}`, { expression: `${place.body}.id` });
  }
  if (id === undefined) return { id: newId(), fresh: true };
  return {
    id: checkedId(id, `${place.body}.id`),
    check(there) {
      if (there !== undefined) throw conflict(`"${criteria.text}" matches nothing, and ${type}/${id} is there`, { expression: `${place.body}.id` });
    },
  };
}

function idOf(bytes: Buffer, { body }: Place): string | undefined {
  const id = bytes[0] === 0x7b ? findMember(bytes, 0, 'id') : undefined;
  if (id === undefined) return undefined;
  if (bytes[id.start] !== 0x22) throw invalid('The resource\'s id is not a string', { expression: `${body}.id` });
  const text = stringAt(bytes, id.start, id.end);
  if (text === '') throw required('The resource\'s id is empty', { expression: `${body}.id` });
  return text;
}

/** Criteria were matched before the row was locked; another client may have changed it meanwhile. */
const stillMatches = (match: Match, { type, conditions }: Criteria, { index }: Context): NonNullable<Target['check']> => (there) => {
  if (there?.version === match.version) return;
  // What the criteria lead to may have changed as well: all of it is looked at anew.
  if (leadElsewhere(conditions)) throw new MatchGone(`${type}/${match.id} has changed`);
  const resource = there === undefined || there.body === null ? undefined : parseJson(compactJson(Buffer.from(there.body)));
  if (!isObject(resource) || !matches(conditions, match.id, index.extract(type, resource))) throw new MatchGone(`${type}/${match.id} has changed`);
};
