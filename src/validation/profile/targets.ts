/** The targets that a profile lets a Reference have. R4: elementdefinition.html#ElementDefinition.type.targetProfile. */
import { isObject, type JsonObject } from '../../fhir/json/value.ts';
import { typeUrl, withoutVersion, type ElementType } from '../snapshot/element.ts';
import type { Compiling } from './compiling.ts';
import { referenceCheck, resolveReference } from './references.ts';
import type { Place } from './place.ts';
import { aside, both, hasErrors, knownOf, report, type Check, type Run } from './run.ts';

/** A chain of resources that are checked because a reference leads to them ends here. */
const mostHops = 3;

/** @returns undefined where any target will do, or where one of the profiles is not loaded, so that nothing can be said */
export function targetCheck(types: readonly ElementType[], label: string, compiling: Compiling): Check | undefined {
  const profiles = types.flatMap(({ targetProfile = [] }) => targetProfile).map(withoutVersion);
  if (profiles.length === 0 || types.some(({ targetProfile = [] }) => targetProfile.length === 0)) return undefined;
  const named = profiles.map((url) => compiling.source.definition(url)?.type);
  if (named.includes(undefined) || named.includes('Resource')) return undefined;
  const narrower = profiles.filter((url) => url !== typeUrl(compiling.source.definition(url)!.type));
  return both(referenceCheck(new Set(named as string[]), label), narrower.length === 0 ? undefined : presentCheck(profiles, label, compiling));
}

/** What is contained, or in the Bundle, is at hand, so that it is held to the profiles; what is elsewhere is known by its type only. */
function presentCheck(profiles: readonly string[], label: string, compiling: Compiling): Check {
  return (value, _, place, run) => {
    const reference = isObject(value) ? value['reference'] : undefined;
    if (typeof reference !== 'string' || run.hops >= mostHops) return;
    const resource = resolveReference(reference, run);
    if (resource === undefined) return;
    const isContained = reference.startsWith('#');
    const type = String(resource['resourceType']);
    const fitting = profiles.filter((url) => compiling.source.definition(url)?.type === type);
    const checks = fitting.map((url) => (url === typeUrl(type) ? () => {} : compiling.profile(url)));
    if (checks.length === 0 || checks.includes(undefined)) return;
    const meets = checks.some((check, n) => isMet(resource, fitting[n]!, check!, place, { ...aside(run), resource, root: isContained ? run.root : resource }));
    if (!meets) report(run, 'error', 'structure', place, `${label}: the ${isContained ? 'contained ' : ''}${type}${isContained ? '' : ` ${reference}`} meets none of ${fitting.join(', ')}`);
  };
}

/** Resources that refer to one another meet what is being checked. */
function isMet(resource: JsonObject, url: string, check: Check, place: Place, alone: Run): boolean {
  const { met } = knownOf(resource, alone);
  const is = met.get(url);
  if (is !== undefined) return is;
  met.set(url, true);
  check(resource, undefined, place, alone);
  met.set(url, !hasErrors(alone));
  return !hasErrors(alone);
}
