/**
 * References between the entries of a transaction, and conditional references. R4: http.html#trules.
 *
 * What is replaced depends on the element's type: Reference.reference, uri, url, oid, uuid, and links in narrative; never a canonical
 * and never a string. The resource's text is edited in place, so that everything else stays as sent.
 */
import type { Context } from '../../context.ts';
import type { Transaction } from '../../db/pool.ts';
import { splice, type Edit } from '../../fhir/json/splice.ts';
import { preconditionFailed } from '../../fhir/outcome.ts';
import { editLinks, type FoundReference } from '../../fhir/rewrite.ts';
import { parseQuery } from '../../rest/target.ts';
import { parseConditional, type Criteria } from '../../search/conditional.ts';
import type { Entry } from './entry.ts';
import { matchAll } from './conditions.ts';

/** An entry and the identity that it writes to. */
export interface Draft {
  readonly entry: Entry;
  readonly type: string;
  readonly id: string;
}

interface Found {
  readonly draft: Draft;
  readonly bytes: Buffer;
  readonly references: readonly FoundReference[];
}

/**
 * @param drafts entries that are written
 * @param targets entries that can be referred to: those, and conditional creates of what exists
 * @returns the rewritten text of each draft that has a resource
 * @throws FhirError 412 naming entry and criteria where a conditional reference does not select one resource
 */
export async function resolveReferences<D extends Draft>(
  tx: Transaction, drafts: readonly D[], targets: readonly Draft[], context: Context, canonicalNumbers: boolean,
): Promise<Map<D, Buffer>> {
  const replacements = replacementsOf(targets);
  const found: (Found & { draft: D })[] = [];
  for (const draft of drafts) {
    const bytes = draft.entry.resource;
    if (bytes !== undefined) found.push({ draft, bytes, references: context.findReferences(bytes) });
  }
  const conditional = await resolveConditional(tx, found, drafts, context, canonicalNumbers);
  const texts = new Map<D, Buffer>();
  for (const { draft, bytes, references } of found) {
    const edits: Edit[] = [];
    const base = draft.entry.fullUrl === undefined ? undefined : restfulBase(draft.entry.fullUrl);
    for (const reference of references) {
      const replaced = replace(reference, replacements, conditional, base);
      if (replaced !== undefined) edits.push({ start: reference.start, end: reference.end, text: JSON.stringify(replaced) });
    }
    texts.set(draft, edits.length === 0 ? bytes : splice(bytes, edits));
  }
  return texts;
}

/** `http://example.org/fhir/Patient/1` → `http://example.org/fhir/`: what a relative reference in that entry is relative to. */
const restfulBase = (fullUrl: string): string | undefined => /^(https?:\/\/.*\/)[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl)?.[1];

function replacementsOf(targets: readonly Draft[]): Map<string, string> {
  const replacements = new Map<string, string>();
  for (const { entry, type, id } of targets) {
    if (entry.fullUrl !== undefined) replacements.set(entry.fullUrl, `${type}/${id}`);
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
  tx: Transaction, found: readonly Found[], drafts: readonly Draft[], context: Context, canonicalNumbers: boolean,
): Promise<Map<string, string>> {
  const asked = new Map<string, { key: string; criteria: Criteria; expression: string }>();
  for (const { draft, references } of found) {
    for (const reference of references) {
      if (!isConditional(reference) || asked.has(reference.text)) continue;
      const expression = `${draft.entry.expression}.resource`;
      const [type, query] = split(reference.text, '?');
      asked.set(reference.text, { key: reference.text, expression, criteria: parseConditional(type, parseQuery(query.slice(1)), context.index, { expression }) });
    }
  }
  const resolved = new Map<string, string>();
  if (asked.size === 0) return resolved;
  for (const [{ key, criteria, expression }, matches] of await matchAll(tx, [...asked.values()], drafts, context, canonicalNumbers)) {
    if (matches.length !== 1) {
      const many = matches.length === 0 ? 'no resource' : 'more than one resource';
      throw preconditionFailed(`The conditional reference "${key}" matches ${many}`, { expression });
    }
    resolved.set(key, `${criteria.type}/${matches[0]!.id}`);
  }
  return resolved;
}
