/** What is asked of one value of an element, by its type: values, bindings, invariants, targets, profiles, and what is inside. R4: elementdefinition.html. */
import { isObject } from '../../fhir/json/value.ts';
import { choiceOf, typeCode, typeUrl, withoutVersion, type ElementType } from '../snapshot/element.ts';
import { contentOf } from '../snapshot/generate.ts';
import { bindingCheck } from './bindings.ts';
import { isPrimitive, isResource, type Compiling, type Target } from './compiling.ts';
import { elementsCheck } from './elements.ts';
import { extensionCheck, extensionsOfPrimitive } from './extensions.ts';
import { targetCheck } from './targets.ts';
import { aside, both, hasErrors, report, type Check } from './run.ts';
import { valueCheck } from './values.ts';

/**
 * @param types of one code; none for what repeats another element
 * @returns undefined where nothing is asked
 */
export function contentCheck(target: Target, types: readonly ElementType[], compiling: Compiling): Check | undefined {
  const { node: { element }, label, path, except } = target;
  const code = types[0] === undefined ? 'BackboneElement' : typeCode(types[0]);
  const base = code === 'BackboneElement' || code === 'Element' ? path : code;
  const invariants = (element.constraint ?? []).filter(({ key }) => !except.has(key)).map((constraint) => {
    try {
      return compiling.invariants.check(constraint, base, label);
    } catch (error) {
      compiling.fault(`${label}: the expression of ${constraint.key} does not compile: ${(error as Error).message}`);
      return undefined;
    }
  });
  return both(
    valueCheck(element, label),
    element.binding === undefined ? undefined : bindingCheck(element.binding, code, label, compiling.concepts),
    code === 'Reference' ? targetCheck(types, label, compiling) : undefined,
    ...invariants,
    inside(target, types, code, compiling),
  );
}

function inside(target: Target, types: readonly ElementType[], code: string, compiling: Compiling): Check | undefined {
  const { node, label, path } = target;
  const profiles = [...new Set(types.flatMap(({ profile = [] }) => profile))];
  const own = node.children.length === 0 ? undefined : elementsCheck({ label, path: code === 'BackboneElement' || code === 'Element' ? path : code }, node.children, compiling);
  if (code === 'Extension') return both(own, target.node.sliceName === undefined ? extensionCheck(node.name === 'modifierExtension', label, compiling) : ofSlice(profiles, label, compiling));
  if (isResource(code, compiling.definitions)) return both(compiling.resource, conforming(profiles, label, compiling), own);
  if (isPrimitive(code, compiling.definitions)) return both(own && onExtra(own), extensionsOfPrimitive(compiling));
  if (profiles.length > 0) return both(conforming(profiles, label, compiling), own);
  if (node.element.contentReference !== undefined) return both(own, repeated(target, compiling));
  return own === undefined ? compiling.type(code) : both(rootInvariants(code, label, compiling), own);
}

/** What a profile says inside of a primitive is said of what stands beside it. */
const onExtra = (own: Check): Check => (_, extra, place, run) => own(isObject(extra) ? extra : {}, undefined, place, run);

/** The content of the element that this one repeats; compiled when it is first met, since it repeats itself. */
function repeated({ node }: Target, compiling: Compiling): Check {
  const box: { check?: Check } = {};
  return (value, extra, place, run) => {
    if (box.check === undefined) {
      const source = contentOf(node, compiling.root, compiling.snapshots);
      const path = node.element.contentReference!.replace(/^.*#/, '');
      const target = source && { node: source, label: `${compiling.prefix}${path}`, path, except: new Set<string>() };
      box.check = (target && contentCheck(target, source.element.type ?? [], compiling)) ?? (() => {});
    }
    box.check(value, extra, place, run);
  };
}

/** The invariants of the type itself, where the profile spells its elements out. */
function rootInvariants(code: string, label: string, compiling: Compiling): Check | undefined {
  const constraints = compiling.snapshots.tree(typeUrl(code))?.element.constraint ?? [];
  return both(...constraints.map((constraint) => compiling.invariants.check(constraint, code, label)));
}

/** A slice of extensions has its definition by url, which is checked on every extension: only another profile on it is left. */
function ofSlice(profiles: readonly string[], label: string, compiling: Compiling): Check | undefined {
  const others = profiles.filter((profile) => {
    const url = urlOf(profile, compiling);
    return url !== undefined && url !== withoutVersion(profile);
  });
  return others.length === 0 ? undefined : conforming(others, label, compiling);
}

function urlOf(profile: string, { snapshots }: Compiling): string | undefined {
  try {
    const url = snapshots.tree(profile)?.children.find(({ name }) => name === 'url');
    return url === undefined ? undefined : (choiceOf(url.element, 'fixed')?.value as string | undefined);
  } catch {
    return undefined;
  }
}

/** At least one of the profiles must be met; what is wrong is said by the only one. */
function conforming(profiles: readonly string[], label: string, compiling: Compiling): Check | undefined {
  if (profiles.length === 0) return undefined;
  const box: { checks?: (Check | undefined)[] } = {};
  return (value, extra, place, run) => {
    const checks = (box.checks ??= profiles.map((url) => compiling.profile(url)));
    if (checks.includes(undefined)) return;
    if (checks.length === 1) return checks[0]!(value, extra, place, run);
    const meets = checks.some((check) => {
      const alone = aside(run);
      check!(value, extra, place, alone);
      return !hasErrors(alone);
    });
    if (!meets) report(run, 'error', 'structure', place, `${label}: the value meets none of ${profiles.join(', ')}`);
  };
}
