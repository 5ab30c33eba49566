/**
 * Referential integrity (REFERENTIAL_INTEGRITY): references of what is written lead to what is there, and what is deleted is referred to
 * by nothing, both as the transaction leaves it. R4: references.html, http.html#delete; DECISIONS.md "Referential integrity".
 */
import type { Context } from '../context.ts';
import type { Transaction } from '../db/pool.ts';
import { inSlices } from '../db/slices.ts';
import { expressionOf, visitAllReferences } from '../fhir/literal-references.ts';
import { FhirError, issue, type Issue } from '../fhir/outcome.ts';
import { identityKey, type Identity } from '../store/identities.ts';
import { present, referrals } from '../store/integrity.ts';
import type { Committed } from '../store/write.ts';
import type { PlacedWrite } from './commit.ts';

/** Referrers that an outcome names. */
const mostNamed = 20;

/**
 * To be called behind the writes, in their transaction.
 * @returns for each write what is wrong with it, where the setting is `warn`; nothing where it is `off`
 * @throws FhirError 422 with an issue for each reference that leads nowhere, 409 naming what refers to what was deleted
 */
export async function checkIntegrity(tx: Transaction, writes: readonly PlacedWrite[], committed: readonly Committed[], context: Context): Promise<Issue[][]> {
  const mode = context.settings.referentialIntegrity;
  if (mode === 'off') return writes.map(() => []);
  const dangling = await danglingReferences(tx, writes, context);
  const severity = mode === 'warn' ? 'warning' : 'error';
  const issuesOf = ({ text, expression }: Reference): Issue =>
    issue(severity, 'not-found', `"${text}" refers to nothing that is here`, { expression });
  if (mode === 'enforce' && dangling.some((list) => list.length > 0)) throw new FhirError(422, dangling.flat().map(issuesOf));
  const referred = await referredDeletions(tx, writes, committed, severity);
  if (mode === 'enforce' && referred.size > 0) throw new FhirError(409, [...referred.values()]);
  return writes.map((write, n) => [...dangling[n]!.map(issuesOf), ...(referred.has(write) ? [referred.get(write)!] : [])]);
}

interface Reference {
  readonly text: string;
  readonly target: Identity;
  readonly expression: string;
}

async function danglingReferences(tx: Transaction, writes: readonly PlacedWrite[], context: Context): Promise<Reference[][]> {
  // Each resource is parsed again.
  const references = await inSlices(writes, (write) => referencesOf(write, context));
  const own = new Set(writes.filter(({ content }) => content !== undefined).map(({ type, id }) => identityKey(type, id)));
  const elsewhere = new Map(references.flat().map(({ target }) => [identityKey(target.type, target.id), target]));
  for (const key of own) elsewhere.delete(key);
  // A definition in use is read at its id, stored or not.
  for (const [key, { type, id }] of elsewhere) if (context.definition(type, id) !== undefined) elsewhere.delete(key);
  if (elsewhere.size === 0) return writes.map(() => []);
  const there = await present(tx, [...elsewhere.values()], context.settings.referentialIntegrity === 'enforce');
  return references.map((list) => list.filter(({ target: { type, id } }) => {
    const key = identityKey(type, id);
    return elsewhere.has(key) && !there.has(key);
  }));
}

function referencesOf({ content, expression }: PlacedWrite, { index }: Context): Reference[] {
  const found: Reference[] = [];
  if (content === undefined) return found;
  visitAllReferences(content.resource, (text, steps) => {
    const target = index.localTarget(text);
    if (target !== undefined) found.push({ text, target, expression: expressionOf(expression, steps) });
  });
  return found;
}

async function referredDeletions(
  tx: Transaction, writes: readonly PlacedWrite[], committed: readonly Committed[], severity: Issue['severity'],
): Promise<Map<PlacedWrite, Issue>> {
  const gone = new Map(writes.flatMap((write, n) => (write.content === undefined && committed[n]!.changed ? [[identityKey(write.type, write.id), write] as const] : [])));
  const issues = new Map<PlacedWrite, Issue>();
  if (gone.size === 0) return issues;
  const from = new Map<string, string[]>();
  for (const one of await referrals(tx, [...gone.values()], mostNamed + 1)) {
    const key = identityKey(one.to.type, one.to.id);
    from.set(key, [...(from.get(key) ?? []), identityKey(one.from.type, one.from.id)]);
  }
  for (const [key, list] of from) {
    const write = gone.get(key)!;
    const named = `${list.slice(0, mostNamed).toSorted().join(', ')}${list.length > mostNamed ? ' and more' : ''}`;
    issues.set(write, issue(severity, 'conflict', `${key} is referred to by ${named}`, write.entry === undefined ? {} : { expression: write.entry }));
  }
  return issues;
}
