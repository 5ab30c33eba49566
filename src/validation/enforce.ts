/** Profiles enforced on what is written: an error of a profile refuses it. R4: http.html#create (422), validation.html. */
import { JsonNumber, type JsonObject, type JsonValue } from '../fhir/json/value.ts';
import { FhirError, type Issue } from '../fhir/outcome.ts';
import type { Profiles } from './profiles.ts';

/** Values as JSON.parse gives them, which is how FHIRPath and fixed values take them. */
function plain(value: JsonValue): JsonValue {
  if (value instanceof JsonNumber) return value.valueOf();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/**
 * @param resource whose structure is right
 * @param asked profiles besides those that it claims
 * @returns all that is found
 */
export const profileIssues = (resource: JsonObject, profiles: Profiles, asked: readonly string[] = []): Issue[] => profiles.validate(plain(resource) as JsonObject, asked);

/**
 * @returns what is found and refuses nothing: warnings, and what cannot be told
 * @throws FhirError 422 with all that is found, where a profile is broken
 */
export function requireProfiles(resource: JsonObject, profiles: Profiles): readonly Issue[] {
  const issues = profileIssues(resource, profiles);
  if (issues.some(({ severity }) => severity === 'error')) throw new FhirError(422, issues);
  return issues;
}
