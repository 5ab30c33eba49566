/**
 * References between the entries of a transaction, and conditional references. R4: http.html#trules.
 *
 * What is replaced depends on the element's type: Reference.reference, uri, url, oid, uuid, and links in narrative; never a canonical
 * and never a string. The resource's text is edited in place, so that everything else stays as sent.
 */
import type { Context } from '../../context.ts';
import type { Transaction } from '../../db/pool.ts';
import { inSlices } from '../../db/slices.ts';
import type { CompactJson } from '../../fhir/json/scan.ts';
import { splice, type Edit } from '../../fhir/json/splice.ts';
import { preconditionFailed } from '../../fhir/outcome.ts';
import { editLinks, type FoundReference, type ReferenceTest } from '../../fhir/rewrite.ts';
import { parseQuery } from '../../rest/target.ts';
import { findMatches, parseConditional, type Criteria } from '../../search/conditional.ts';
import type { Planned, Rewrite } from '../write/carry-out.ts';
import { ownDrafts, type Draft } from '../write/own.ts';
import { beginsLikeOneOf } from './prefix.ts';

interface Found {
  readonly plan: Planned;
  /** What a relative reference in it is relative to. */
  readonly base: string | undefined;
  readonly bytes: Buffer;
  readonly references: readonly FoundReference[];
}

/**
 * @returns what rewrites the texts of a transaction: references to its entries, and conditional ones
 * @throws FhirError 412 naming entry and criteria where a conditional reference does not select one resource
 */
export const referenceRewriter = (tx: Transaction, context: Context): Rewrite => async (planned, known) => {
  const replacements = replacementsOf([...planned, ...known]);
  const found: Found[] = [];
  const mayBeKey = beginsLikeOneOf(replacements.keys());
  await inSlices(planned, (plan) => {
    if (plan.text === undefined) return;
    const base = plan.asked.fullUrl === undefined ? undefined : restfulBase(plan.asked.fullUrl);
    // Nearly all uris are of systems. What is relative may be anything, and so may links in narrative.
    const isWanted: ReferenceTest = (type, bytes, start, end) => base !== undefined || type === 'Reference' || type === 'xhtml' || mayBeKey(bytes, start, end);
    found.push({ plan, base, bytes: plan.text.bytes, references: referencesOf(plan, plan.text, isWanted, context) });
  });
  const conditional = await resolveConditional(tx, found, planned, context);
  const texts = new Map<Planned, CompactJson>();
  await inSlices(found, ({ plan, base, bytes, references }) => {
    const edits: Edit[] = [];
    for (const reference of references) {
      const replaced = replace(reference, replacements, conditional, base);
      if (replaced !== undefined) edits.push({ start: reference.start, end: reference.end, text: JSON.stringify(replaced) });
    }
    if (edits.length > 0) texts.set(plan, { ...plan.text!, bytes: splice(bytes, edits) });
  });
  return texts;
};

/** Those that the Bundle brings: what a patched resource refers to already is no matter of the Bundle's. */
function referencesOf({ before }: Planned, { bytes }: CompactJson, isWanted: ReferenceTest, { findReferences }: Context): FoundReference[] {
  const references = findReferences(bytes, isWanted);
  if (before === undefined) return references;
  const already = new Set(findReferences(before, isWanted).map(({ text }) => text));
  return references.filter(({ text }) => !already.has(text));
}

/** `http://example.org/fhir/Patient/1` → `http://example.org/fhir/`: what a relative reference in that entry is relative to. */
const restfulBase = (fullUrl: string): string | undefined => /^(https?:\/\/.*\/)[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl)?.[1];

function replacementsOf(targets: readonly Planned[]): Map<string, string> {
  const replacements = new Map<string, string>();
  for (const { asked: { fullUrl }, type, id } of targets) {
    if (fullUrl !== undefined) replacements.set(fullUrl, `${type}/${id}`);
  }
  return replacements;
}

function replace(
  { type, text }: FoundReference, replacements: ReadonlyMap<string, string>, conditional: ReadonlyMap<string, string>, base: string | undefined,
): string | undefined {
  if (type === 'xhtml') return editLinks(text, (link) => replacements.get(link));
  if (type === 'Reference' && conditional.has(text)) return conditional.get(text);
  const whole = replacements.get(text);
  if (whole !== undefined) return whole;
  const [beforeFragment, fragment] = split(text, '#');
  const target = replacements.get(beforeFragment) ?? (base === undefined ? undefined : replacements.get(base + beforeFragment));
  return target === undefined || (fragment === '' && target === text) ? undefined : target + fragment;
}

function split(text: string, at: string): [string, string] {
  const position = text.indexOf(at);
  return position < 0 ? [text, ''] : [text.slice(0, position), text.slice(position)];
}

const isConditional = ({ type, text }: FoundReference): boolean => type === 'Reference' && /^[A-Z][A-Za-z]+\?./.test(text);

async function resolveConditional(
  tx: Transaction, found: readonly Found[], planned: readonly Planned[], context: Context,
): Promise<Map<string, string>> {
  const asked = new Map<string, { criteria: Criteria; expression: string }>();
  for (const { plan, references } of found) {
    for (const reference of references) {
      if (!isConditional(reference) || asked.has(reference.text)) continue;
      const expression = plan.asked.place.body;
      const [type, query] = split(reference.text, '?');
      asked.set(reference.text, { expression, criteria: parseConditional(type, parseQuery(query.slice(1)), context.index, { expression }) });
    }
  }
  const resolved = new Map<string, string>();
  if (asked.size === 0) return resolved;
  const idsOf = await matcher(tx, [...asked.values()].map(({ criteria }) => criteria), planned, context);
  for (const [key, { criteria, expression }] of asked) {
    const [id, other] = idsOf(criteria);
    if (id === undefined || other !== undefined) {
      throw preconditionFailed(`The conditional reference "${key}" matches ${id === undefined ? 'no resource' : 'more than one resource'}`, { expression });
    }
    resolved.set(key, `${criteria.type}/${id}`);
  }
  return resolved;
}

/** Matches of each of the criteria: those that the Bundle writes, and those stored that it neither replaces nor deletes. */
async function matcher(
  tx: Transaction, criteria: readonly Criteria[], planned: readonly Planned[], context: Context,
): Promise<(one: Criteria) => string[]> {
  const own = ownDrafts<Draft>(context);
  for (const { type, id, text } of planned) if (text !== undefined) own.add({ type, id, text });
  const written = new Set(planned.map(({ type, id }) => `${type}/${id}`));
  await context.index.referenceStatistics.ensure(context.db.search, criteria);
  // Up to so many stored matches may be among those written.
  const stored = await findMatches(tx, criteria, 2 + planned.filter(({ asked: { kind } }) => kind !== 'create').length);
  const matches = new Map(criteria.map((one, n) => [one, stored[n]!]));
  return (one) => [...own.matching(one), ...matches.get(one)!.filter(({ id }) => !written.has(`${one.type}/${id}`))].map(({ id }) => id);
}
