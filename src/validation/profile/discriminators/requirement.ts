/** What a slice asks of the values at a discriminator: fixed values, patterns, required bindings, and those of what is inside. R4: profiling.html#discriminator. */
import { isObject } from '../../../fhir/json/value.ts';
import { choiceOf, withoutVersion } from '../../snapshot/element.ts';
import type { ElementNode } from '../../snapshot/tree.ts';
import { isBound } from '../bindings.ts';
import type { Compiling } from '../compiling.ts';
import { equals, matches } from '../values.ts';

export type Requirement = (value: unknown) => boolean | undefined;

/** @returns undefined where the element asks for nothing that tells values apart */
export function requirementOf({ element, children }: ElementNode, compiling: Compiling): Requirement | undefined {
  const [fixed, pattern] = [choiceOf(element, 'fixed'), choiceOf(element, 'pattern')];
  if (fixed !== undefined) return (value) => equals(fixed.value, value);
  if (pattern !== undefined) return (value) => matches(pattern.value, value);
  const inside = children.flatMap((child): Requirement[] => {
    const requirement = requirementOf(child, compiling);
    return requirement === undefined ? [] : [within(child, requirement)];
  });
  const { binding } = element;
  if (binding?.strength === 'required' && binding.valueSet !== undefined && inside.length === 0) {
    const valueSet = withoutVersion(binding.valueSet);
    return (value) => {
      const bound = isBound(value, valueSet, compiling.concepts);
      return bound === 'no code' ? false : bound;
    };
  }
  if (inside.length === 0) return undefined;
  return (value) => {
    let all: boolean | undefined = true;
    for (const one of inside) {
      const is = one(value);
      if (is === false) return false;
      if (is === undefined) all = undefined;
    }
    return all;
  };
}

/** One of the values of an element must meet what is asked of it; an optional one may be absent. */
function within({ name, element }: ElementNode, requirement: Requirement): Requirement {
  const isOptional = (element.min ?? 0) === 0;
  return (value) => {
    if (!isObject(value)) return false;
    const own = value[name] ?? (name.endsWith('[x]') ? choiceValue(value, name.slice(0, -3)) : undefined);
    if (own === undefined) return isOptional;
    const results = (Array.isArray(own) ? own : [own]).map(requirement);
    return results.includes(true) ? true : results.includes(undefined) ? undefined : false;
  };
}

function choiceValue(object: Readonly<Record<string, unknown>>, stem: string): unknown {
  for (const key in object) {
    if (key.startsWith(stem) && /[A-Z]/.test(key.charAt(stem.length))) return object[key];
  }
  return undefined;
}
