/** Whether a resource may be stored: its structure, and the profiles that it claims. R4: validation.html, http.html#create. */
import type { Context } from '../context.ts';
import type { JsonObject } from '../fhir/json/value.ts';
import { FhirError, type Issue } from '../fhir/outcome.ts';

const escapedHash = Buffer.from('\\u0023');

/** Whether a string may begin with `#`. */
function mayHaveLocals(text: Buffer): boolean {
  // Most texts have no such byte, which is found out sooner than that they have not the two.
  return (text.includes(0x23) && text.includes('"#')) || text.includes(escapedHash);
}

const isError = ({ severity }: Issue): boolean => severity === 'error' || severity === 'fatal';

/** @returns what is wrong with the structure; `text` is the resource's own, where there is one: references within a resource are looked for where there can be any */
export function structureIssues(resource: JsonObject, text: Buffer | undefined, { validation }: Context, expression: string): readonly Issue[] {
  return validation.structure(resource, expression, text === undefined || mayHaveLocals(text));
}

/**
 * To the extent that VALIDATION says.
 * @throws FhirError 400 for what is not R4's structure or breaks its invariants, 422 for what a profile refuses; with all that is wrong
 */
export function requireValid(resource: JsonObject, text: Buffer, context: Context, expression: string): void {
  const { mode } = context.validation;
  if (mode === 'off') return;
  const structure = structureIssues(resource, text, context, expression);
  if (structure.some(isError)) throw new FhirError(400, structure);
  if (mode === 'structure') return;
  const found = context.profiles.validate(resource);
  const errors = found.filter(isError);
  if (errors.length > 0) throw new FhirError(errors.some(({ isOfR4 }) => isOfR4) ? 400 : 422, found.map((one) => moved(one, resource, expression)));
}

/** Profiles name places from the type on; a resource in a Bundle stands further in. */
export function moved(issue: Issue, resource: JsonObject, expression: string): Issue {
  const type = String(resource['resourceType']);
  if (issue.expression === undefined || expression === type) return issue;
  return { ...issue, expression: issue.expression.map((one) => (one === type || one.startsWith(`${type}.`) ? `${expression}${one.slice(type.length)}` : one)) };
}
