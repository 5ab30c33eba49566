/**
 * Parameters that others have the rows of. R4: search.html#combining.
 *
 * `combo-code` finds what `code` or `component-code` finds: its expression is the union of theirs. `code-value-quantity` on the
 * resource itself asks for one code and one value, which is what its two components ask for apart, and has at most one row more (types/composite.ts).
 * On Observations this saves most of the quantity rows.
 *
 * `patient` of an Observation finds what `subject` refers to where that is a Patient, as `Patient/1` is by its type: the rows of `subject` are its rows.
 * What is no row, such as an identifier, it has itself.
 */
import type { SearchParameter } from '../fhir/definitions.ts';

/** The parts of a union that can have values on a type: `Observation.code`, without parentheses. */
function termsOn(type: string, { expression = '' }: SearchParameter): string[] {
  const own = new RegExp(`^${type}(?![A-Za-z])`);
  return expression.split(' | ').map((term) => term.trim().replace(/^\((.*)\)$/, '$1')).filter((term) => own.test(term));
}

/**
 * @param siblings the other parameters of the type
 * @returns codes of parameters of the same kind whose expressions together are this one's; undefined where there are none
 */
export function unionOf(definition: SearchParameter, type: string, siblings: readonly SearchParameter[]): readonly string[] | undefined {
  const wanted = definition.posted === undefined ? termsOn(type, definition) : [];
  if (wanted.length < 2) return undefined;
  const parts = siblings.filter((one) => one.code !== definition.code && one.type === definition.type && sameComponents(one, definition))
    .map((one) => ({ code: one.code, terms: termsOn(type, one) }))
    .filter(({ terms }) => terms.length > 0 && terms.length < wanted.length && terms.every((term) => wanted.includes(term)))
    .toSorted((a, b) => b.terms.length - a.terms.length);
  const chosen: string[] = [];
  const left = new Set(wanted);
  for (const { code, terms } of parts) {
    if (!terms.every((term) => left.has(term))) continue;
    chosen.push(code);
    for (const term of terms) left.delete(term);
  }
  return left.size === 0 ? chosen : undefined;
}

/**
 * @param siblings all parameters of the type
 * @returns the parameter on the same element that has the rows, of which those to this one's targets are its own; itself, if no other has
 */
export function referencesOf(definition: SearchParameter, type: string, siblings: readonly SearchParameter[]): SearchParameter {
  const [term = '', ...others] = definition.type === 'reference' && definition.posted === undefined ? termsOn(type, definition) : [];
  const [, element = term, only] = /^(.+)\.where\(resolve\(\) is (\w+)\)$/.exec(term) ?? [];
  if (element === '' || others.length > 0 || (only !== undefined && definition.target.join() !== only)) return definition;
  const all = siblings.filter((one) => one.type === 'reference' && one.posted === undefined && termsOn(type, one).join() === element);
  return all.toSorted((a, b) => (a.code < b.code ? -1 : 1))[0] ?? definition;
}

const sameComponents = (a: SearchParameter, b: SearchParameter): boolean =>
  a.component.length === b.component.length && a.component.every(({ expression }, n) => expression === b.component[n]!.expression);

/** @returns whether a composite's tuples are of the resource itself */
export const isOfWholeResource = (definition: SearchParameter, type: string): boolean => definition.type === 'composite' && definition.expression === type;
