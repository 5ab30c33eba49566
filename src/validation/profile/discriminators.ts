/**
 * What tells a slice's values from others: for each discriminator, what the slice says of the elements at its path. R4:
 * profiling.html#discriminator.
 */
import { isObject } from '../../fhir/json/value.ts';
import { typeCode, typeUrl, withoutVersion, type Discriminator } from '../snapshot/element.ts';
import type { ElementNode } from '../snapshot/tree.ts';
import type { Compiling } from './compiling.ts';
import { nodeAt, stepsOfPath, valuesAt, type Found, type PathStep } from './discriminators/path.ts';
import { requirementOf } from './discriminators/requirement.ts';
import { targetType } from './references.ts';
import { aside, hasErrors, type Check, type Run } from './run.ts';
import type { Item } from './slices.ts';

/** Whether a value is in a slice; undefined where that cannot be told. */
export type Matcher = (item: Item, run: Run) => boolean | undefined;

/**
 * @param checks what the slice asks of its values, by type: where it has no discriminator, its values are those that meet it
 */
export function matcherOf(slice: ElementNode, sliced: ElementNode, checks: ReadonlyMap<string, Check | undefined>, compiling: Compiling, label: string): Matcher {
  const discriminators = sliced.element.slicing?.discriminator ?? [];
  if (discriminators.length === 0) {
    return ({ value, extra, type, place }, run) => {
      const alone = aside(run);
      if (!checks.has(type)) return false;
      checks.get(type)?.(value, extra, place, alone);
      return !hasErrors(alone);
    };
  }
  const matchers = discriminators.map((one) => discriminated(one, slice, compiling, label));
  return (item, run) => {
    let all: boolean | undefined = true;
    for (const matcher of matchers) {
      const is = matcher(item, run);
      if (is === false) return false;
      if (is === undefined) all = undefined;
    }
    return all;
  };
}

function discriminated({ type, path }: Discriminator, slice: ElementNode, compiling: Compiling, label: string): Matcher {
  const steps = stepsOfPath(path);
  const node = steps === undefined ? undefined : nodeAt(slice, steps, compiling);
  const matcher = steps === undefined || node === undefined ? undefined : made(type, node, steps, compiling);
  if (matcher !== undefined) return matcher;
  const url = type === 'value' && path === 'url' ? slice.element.type?.[0]?.profile?.[0] : undefined;
  if (url !== undefined) return ({ value }) => isObject(value) && value['url'] === withoutVersion(url);
  compiling.fault(`${label}: the discriminator ${type} ${path} tells nothing of the slice`);
  return () => undefined;
}

/** @returns undefined where the node says nothing that this discriminator could tell by */
function made(type: string, node: ElementNode, steps: readonly PathStep[], compiling: Compiling): Matcher | undefined {
  const some = (holds: (found: Found, run: Run) => boolean | undefined): Matcher => (item, run) => anyOf(valuesAt(item, steps, run, compiling), (found) => holds(found, run));
  switch (type) {
    case 'exists': {
      const isAbsent = node.element.max === '0';
      if (!isAbsent && (node.element.min ?? 0) === 0) return undefined;
      return (item, run) => (valuesAt(item, steps, run, compiling).length === 0) === isAbsent;
    }
    case 'type': {
      const codes = new Set((node.element.type ?? []).flatMap((one) => [typeCode(one), ...(one.targetProfile ?? []).map((url) => compiling.source.definition(withoutVersion(url))?.type ?? url)]));
      return codes.size === 0 ? undefined : some((found, run) => isOfType(found, codes, steps, run));
    }
    case 'profile': {
      const urls = (node.element.type ?? []).flatMap(({ profile = [], targetProfile = [] }) => (steps.at(-1)?.kind === 'resolve' ? targetProfile : profile));
      return urls.length === 0 ? undefined : some((found, run) => conforms(found, urls, run, compiling));
    }
    default: {
      const requirement = requirementOf(node, compiling);
      if (requirement !== undefined) return some(({ value }) => requirement(value));
      return (node.element.min ?? 0) > 0 && steps.length > 0 ? (item, run) => valuesAt(item, steps, run, compiling).length > 0 : undefined;
    }
  }
}

function anyOf(values: readonly Found[], holds: (found: Found) => boolean | undefined): boolean | undefined {
  let any: boolean | undefined = false;
  for (const value of values) {
    const is = holds(value);
    if (is === true) return true;
    if (is === undefined) any = undefined;
  }
  return any;
}

function isOfType({ value, type }: Found, codes: ReadonlySet<string>, steps: readonly PathStep[], run: Run): boolean | undefined {
  if (steps.at(-1)?.kind === 'resolve' && isObject(value) && value['resourceType'] === undefined) {
    const target = targetType(value, run);
    return target === undefined ? undefined : codes.has(target);
  }
  const own = isObject(value) && typeof value['resourceType'] === 'string' ? value['resourceType'] : type;
  return own === undefined ? undefined : codes.has(own);
}

/** A reference that leads out of the resource leads to what cannot be looked at. */
function conforms({ value }: Found, urls: readonly string[], run: Run, compiling: Compiling): boolean | undefined {
  const isResource = isObject(value) && typeof value['resourceType'] === 'string';
  if (run.hops > 3 || (isObject(value) && !isResource && typeof value['reference'] === 'string')) return undefined;
  let any: boolean | undefined = false;
  for (const url of urls.map(withoutVersion)) {
    const isOther = isResource && compiling.source.definition(url)?.type !== (value as { resourceType?: unknown }).resourceType;
    const check = isOther ? undefined : url === typeUrl(String((value as { resourceType?: unknown }).resourceType)) ? () => {} : compiling.profile(url);
    if (check === undefined) {
      if (!isOther) any = undefined;
      continue;
    }
    const alone = aside(run);
    check(value, undefined, { parent: undefined, name: 'value', choice: undefined, index: -1, type: undefined, value }, isResource ? { ...alone, resource: value } : alone);
    if (!hasErrors(alone)) return true;
  }
  return any;
}
