/** The targets that a profile lets a Reference have. R4: elementdefinition.html#ElementDefinition.type.targetProfile. */
import { isObject } from '../../fhir/json/value.ts';
import { typeUrl, withoutVersion, type ElementType } from '../snapshot/element.ts';
import type { Compiling } from './compiling.ts';
import { referenceCheck, resolveReference } from './references.ts';
import { aside, both, hasErrors, report, type Check } from './run.ts';

/** A chain of contained resources that are checked because a reference leads to them ends here. */
const mostHops = 3;

/** @returns undefined where any target will do, or where one of the profiles is not loaded, so that nothing can be said */
export function targetCheck(types: readonly ElementType[], label: string, compiling: Compiling): Check | undefined {
  const profiles = types.flatMap(({ targetProfile = [] }) => targetProfile).map(withoutVersion);
  if (profiles.length === 0 || types.some(({ targetProfile = [] }) => targetProfile.length === 0)) return undefined;
  const named = profiles.map((url) => compiling.source.definition(url)?.type);
  if (named.includes(undefined) || named.includes('Resource')) return undefined;
  const narrower = profiles.filter((url) => url !== typeUrl(compiling.source.definition(url)!.type));
  return both(referenceCheck(new Set(named as string[]), label), narrower.length === 0 ? undefined : containedCheck(profiles, label, compiling));
}

/** What is contained is at hand, so that it is held to the profiles; what is elsewhere is known by its type only. */
function containedCheck(profiles: readonly string[], label: string, compiling: Compiling): Check {
  return (value, _, place, run) => {
    const reference = isObject(value) ? value['reference'] : undefined;
    if (typeof reference !== 'string' || !reference.startsWith('#') || run.hops >= mostHops) return;
    const resource = resolveReference(reference, run);
    if (resource === undefined) return;
    const fitting = profiles.filter((url) => compiling.source.definition(url)?.type === resource['resourceType']);
    const checks = fitting.map((url) => (url === typeUrl(String(resource['resourceType'])) ? () => {} : compiling.profile(url)));
    if (checks.length === 0 || checks.includes(undefined)) return;
    const meets = checks.some((check) => {
      const alone = { ...aside(run), resource };
      check!(resource, undefined, place, alone);
      return !hasErrors(alone);
    });
    if (!meets) report(run, 'error', 'structure', place, `${label}: the contained ${String(resource['resourceType'])} meets none of ${fitting.join(', ')}`);
  };
}
