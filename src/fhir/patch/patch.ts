/** What a patch is, whatever language it is written in: a change to a resource's tree. R4: http.html#patch. */
import type { JsonNode } from '../json/tree.ts';
import { unprocessable } from '../outcome.ts';

/**
 * Makes the patched resource of the one given, which stays as it is.
 * @throws FhirError 422 naming the operation that cannot be carried out
 */
export type Patch = (resource: JsonNode) => JsonNode;

/** Each operation costs as much as the lists that it changes are long. */
const mostOperations = 10_000;

/** @throws FhirError 422 where a patch has too many operations */
export function limitOperations(count: number, expression: string): void {
  if (count > mostOperations) throw unprocessable(`The patch has ${count} operations, and may have ${mostOperations}`, { expression });
}
