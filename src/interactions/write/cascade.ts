/**
 * `_cascade=delete`: a deletion takes with it what refers to the resource, and what refers to that. R4 has no name for it; HAPI's is kept.
 * DECISIONS.md "Referential integrity".
 */
import type { Context } from '../../context.ts';
import type { Transaction } from '../../db/pool.ts';
import { badValue, conflict, forbidden } from '../../fhir/outcome.ts';
import type { FhirRequest } from '../../rest/endpoint.ts';
import { singleValue } from '../../rest/parameters.ts';
import { inRequest, type Place } from '../../rest/place.ts';
import { identityKey, type Identity } from '../../store/identities.ts';
import { referrals } from '../../store/integrity.ts';
import { MatchGone, type Settled, type Target } from './settle.ts';

export const cascadeParameter = '_cascade';

/** Most resources that one deletion takes with it. */
const mostCascaded = 10_000;

/**
 * @returns whether a DELETE asks for it
 * @throws FhirError 400 for a value that is none, 403 where CASCADE_DELETE does not allow it
 */
export function asksForCascade({ parameters }: FhirRequest, { settings }: Context, place: Place): boolean {
  const value = singleValue(parameters, cascadeParameter);
  if (value === undefined) return false;
  if (value !== 'delete') throw badValue(`"${cascadeParameter}" is "${value.slice(0, 80)}", and "delete" is all that there is`, inRequest(place, 'url'));
  if (!settings.cascadeDelete) throw forbidden(`"${cascadeParameter}=delete" is not allowed here: CASCADE_DELETE is off`, inRequest(place, 'url'));
  return true;
}

/** It was found to refer before it was locked; another client may have changed that meanwhile. */
const stillAt = (key: string, version: number): NonNullable<Target['check']> => (there) => {
  if (there?.version !== version) throw new MatchGone(`${key} has changed`);
};

/** A deletion that another brought on, with the one that was asked for. */
export interface Cascaded extends Settled {
  readonly of: Settled;
}

/**
 * @param settled everything that the transaction writes
 * @returns the deletions that those among them bring on which ask for it; what another entry writes is left to that entry
 * @throws FhirError 409 where they are too many
 */
export async function cascades(tx: Transaction, settled: readonly Settled[]): Promise<Cascaded[]> {
  const seen = new Set(settled.flatMap(({ asked, targets }) => targets.map(({ id }) => identityKey(asked.type, id))));
  const found: Cascaded[] = [];
  for (const of of settled.filter(({ asked }) => asked.isCascade === true)) {
    let to: Identity[] = of.targets.map(({ id }) => ({ type: of.asked.type, id }));
    while (to.length > 0) {
      const from = (await referrals(tx, to, mostCascaded + 1)).map((one) => one.from).filter(({ type, id }) => !seen.has(identityKey(type, id)));
      const next = new Map(from.map((one) => [identityKey(one.type, one.id), one]));
      for (const [key, { type, id, version }] of next) {
        seen.add(key);
        const { kind, place } = of.asked;
        found.push({ of, asked: { kind, place, type, id, preconditions: {} }, targets: [{ id, check: stillAt(key, version) }] });
      }
      to = [...next.values()];
      if (found.length > mostCascaded) throw conflict(`More than ${mostCascaded} resources would be deleted with it`, inRequest(of.asked.place, 'url'));
    }
  }
  return found;
}
