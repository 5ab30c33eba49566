/** If-Match and If-None-Match on writes, as a check under the row's lock. R4: http.html#concurrency. */
import { preconditionFailed } from '../fhir/outcome.ts';
import type { Locked } from '../store/identities.ts';
import { matchesETag } from './etag.ts';

/** The preconditions of a write, from headers or from Bundle.entry.request. */
export interface Preconditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/**
 * @returns a check for a Write; it throws FhirError 412 where a precondition does not hold. Undefined where there is none.
 */
export function preconditionCheck(type: string, id: string, { ifMatch, ifNoneMatch }: Preconditions): ((there: Locked | undefined) => void) | undefined {
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  return (there) => {
    if (ifMatch !== undefined) {
      if (there === undefined) throw preconditionFailed(`If-Match is ${ifMatch}, and ${type}/${id} does not exist`);
      if (!matchesETag(ifMatch, there.version)) {
        throw preconditionFailed(`If-Match is ${ifMatch}, and ${type}/${id} is at version ${there.version}`);
      }
    }
    if (ifNoneMatch !== undefined && there !== undefined && matchesETag(ifNoneMatch, there.version)) {
      throw preconditionFailed(`If-None-Match is ${ifNoneMatch}, and ${type}/${id} is at version ${there.version}`);
    }
  };
}

/** @returns the preconditions among a request's headers */
export const preconditionsOf = (headers: Readonly<Record<string, string>>): Preconditions => ({
  ifMatch: headers['if-match'],
  ifNoneMatch: headers['if-none-match'],
});
