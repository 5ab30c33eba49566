/** Paths of discriminators: the part of FHIRPath that they may use, on values and on a slice's elements. R4: profiling.html#discriminator. */
import { isObject, type JsonObject } from '../../../fhir/json/value.ts';
import { choiceOf, typeUrl, withoutVersion } from '../../snapshot/element.ts';
import { contentOf } from '../../snapshot/generate.ts';
import { node as newNode, type ElementNode } from '../../snapshot/tree.ts';
import type { Compiling } from '../compiling.ts';
import { resolveReference } from '../references.ts';
import type { Run } from '../run.ts';
import type { Item } from '../slices.ts';

export type PathStep =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'extension'; readonly url: string }
  | { readonly kind: 'ofType'; readonly type: string }
  | { readonly kind: 'resolve' };

/** A value at a path, with its type where the property or the place says it. */
export interface Found {
  readonly value: unknown;
  readonly type: string | undefined;
}

const step = /^(?:\$this|extension\(['"]([^'"]+)['"]\)|(?:ofType|as)\(([A-Za-z.]+)\)|(resolve\(\))|([A-Za-z][A-Za-z0-9]*(?:\[x\])?))(?:\.|$)/;

/** @returns undefined where the path is none that a discriminator may have */
export function stepsOfPath(path: string): PathStep[] | undefined {
  const steps: PathStep[] = [];
  for (let rest = path; rest !== '';) {
    const match = step.exec(rest);
    if (match === null) return undefined;
    const [all, url, type, resolve, name] = match;
    if (url !== undefined) steps.push({ kind: 'extension', url });
    else if (type !== undefined) steps.push({ kind: 'ofType', type: type.replace(/^FHIR\./, '') });
    else if (resolve !== undefined) steps.push({ kind: 'resolve' });
    else if (name !== undefined) steps.push({ kind: 'name', name: name.replace('[x]', '') });
    rest = rest.slice(all.length);
  }
  return steps;
}

/** @returns the values at a path; a reference that leads out of the resource stays a Reference */
export function valuesAt({ value, extra, type }: Item, steps: readonly PathStep[], run: Run, compiling: Compiling): Found[] {
  let found: Found[] = [{ value: value ?? extra, type }];
  for (const one of steps) found = found.flatMap((at) => stepInto(at, one, run, compiling));
  return found;
}

function stepInto({ value, type }: Found, one: PathStep, run: Run, compiling: Compiling): Found[] {
  if (one.kind === 'ofType') return type === one.type ? [{ value, type }] : [];
  if (!isObject(value)) return [];
  if (one.kind === 'name') return property(value, one.name, compiling);
  if (one.kind === 'extension') return property(value, 'extension', compiling).filter(({ value: inner }) => isObject(inner) && inner['url'] === one.url);
  const { reference } = value;
  return [{ value: (typeof reference === 'string' ? resolveReference(reference, run) : undefined) ?? value, type }];
}

function property(object: JsonObject, name: string, compiling: Compiling): Found[] {
  const own = object[name] ?? object[`_${name}`];
  if (own !== undefined) return (Array.isArray(own) ? own : [own]).map((value) => ({ value, type: undefined }));
  for (const key in object) {
    const suffix = key.slice(name.length);
    if (key.startsWith(name) && /^[A-Z]/.test(suffix)) return [{ value: object[key], type: typeOfSuffix(suffix, compiling) }];
  }
  return [];
}

/** `Quantity` and `DateTime` are the types Quantity and dateTime. */
const typeOfSuffix = (suffix: string, { definitions }: Compiling): string =>
  (definitions.type(suffix) === undefined ? `${suffix.charAt(0).toLowerCase()}${suffix.slice(1)}` : suffix);

/** @returns what a slice says at a path; undefined where it says nothing */
export function nodeAt(slice: ElementNode, steps: readonly PathStep[], compiling: Compiling): ElementNode | undefined {
  return steps.reduce<ElementNode | undefined>((at, one) => (at === undefined ? undefined : nodeInto(at, one, compiling)), slice);
}

function nodeInto(at: ElementNode, one: PathStep, compiling: Compiling): ElementNode | undefined {
  switch (one.kind) {
    case 'name': return childOf(at, one.name, compiling);
    case 'ofType': return at.slices.find(({ element }) => element.type?.length === 1 && element.type[0]!.code === one.type) ?? at;
    case 'extension': {
      const extensions = childOf(at, 'extension', compiling);
      return extensions?.slices.find((slice) => {
        const url = childOf(slice, 'url', compiling);
        return (url !== undefined && choiceOf(url.element, 'fixed')?.value === one.url) || slice.element.type?.some(({ profile = [] }) => profile.map(withoutVersion).includes(one.url)) === true;
      });
    }
    case 'resolve': return targetNode(at, compiling);
  }
}

/** A target's profile, or its types where it has several. */
function targetNode(at: ElementNode, compiling: Compiling): ElementNode | undefined {
  const targets = (at.element.type ?? []).flatMap(({ targetProfile = [] }) => targetProfile);
  const tree = targets.length === 1 ? treeOf(targets[0]!, compiling) : undefined;
  const pseudo = newNode(at.name, { path: at.element.path, type: [{ code: 'Reference', targetProfile: targets }] });
  return { ...pseudo, children: tree?.children ?? [] };
}

function childOf(at: ElementNode, name: string, compiling: Compiling): ElementNode | undefined {
  const isNamed = (child: ElementNode): boolean => child.name === name || child.name === `${name}[x]`;
  const own = at.children.find(isNamed);
  if (own !== undefined) {
    // Where the element is sliced itself, what is needed of it stands in its slice.
    const needed = own.slices.filter(({ element }) => (element.min ?? 0) > 0);
    return needed.length === 1 ? needed[0] : own.slices.length === 1 ? own.slices[0] : own;
  }
  const content = at.children.length > 0 ? undefined : safely(() => contentOf(at, compiling.root, compiling.snapshots));
  return content?.children.find(isNamed);
}

const treeOf = (url: string, { snapshots, source }: Compiling): ElementNode | undefined =>
  (source.definition(withoutVersion(url))?.url === typeUrl(url) ? undefined : safely(() => snapshots.tree(url)));

/** What is wrong with another definition is said where that one is compiled. */
function safely<T>(made: () => T): T | undefined {
  try {
    return made();
  } catch {
    return undefined;
  }
}
