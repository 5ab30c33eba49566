/** The elements of a snapshot as a tree: children beneath their parent, slices beneath the element that they slice. R4: profiling.html#slicing. */
import type { ElementDefinition } from './element.ts';

export interface ElementNode {
  /** Last segment of the path: `name`, `value[x]`. */
  readonly name: string;
  /** `a`, or `a/b` for a slice of the slice a. */
  readonly sliceName?: string;
  element: ElementDefinition;
  children: ElementNode[];
  slices: ElementNode[];
  /** While a snapshot is generated: the element that a slice takes its children from once they are spoken of. */
  sliced?: ElementNode;
}

/** A step of an element's id. */
export interface Step {
  readonly name: string;
  readonly sliceName?: string;
}

export const node = (name: string, element: ElementDefinition, sliceName?: string): ElementNode =>
  ({ name, element, children: [], slices: [], ...(sliceName !== undefined && { sliceName }) });

/** @returns a copy that shares element definitions, which are never changed in place, and nothing else */
export const copyOf = (source: ElementNode): ElementNode =>
  ({ ...source, children: source.children.map(copyOf), slices: source.slices.map(copyOf) });

/** @returns the steps of an id: `Observation.component:systolic.value[x]` */
export const stepsOf = (id: string): Step[] => id.split('.').map((part) => {
  const colon = part.indexOf(':');
  return colon === -1 ? { name: part } : { name: part.slice(0, colon), sliceName: part.slice(colon + 1) };
});

/**
 * The ids of a list of elements. An id that is missing follows from path, slice name and the elements before it.
 * @returns the steps of each element's id
 */
export function idsOf(elements: readonly ElementDefinition[]): Step[][] {
  const last = new Map<string, Step[]>();
  return elements.map((element) => {
    const parent = last.get(element.path.slice(0, Math.max(0, element.path.lastIndexOf('.')))) ?? element.path.split('.').slice(0, -1).map((name) => ({ name }));
    const name = element.path.slice(element.path.lastIndexOf('.') + 1);
    const own = element.sliceName === undefined ? { name } : { name, sliceName: element.sliceName };
    const steps = element.id !== undefined && isIdOf(element.id, element.path) ? stepsOf(element.id) : [...parent, own];
    last.set(element.path, steps);
    return steps;
  });
}

/** Some definitions have ids of another kind, which say nothing about the place. */
const isIdOf = (id: string, path: string): boolean => id.split('.').length === path.split('.').length && id.startsWith(path.split('.', 1)[0]!);

/**
 * The slice of an element by its name, through the slices that a name with `/` re-slices.
 * @returns undefined where there is none
 */
export function findSlice(of: ElementNode, sliceName: string): ElementNode | undefined {
  for (const slice of of.slices) {
    if (slice.sliceName === sliceName) return slice;
    const inner = findSlice(slice, sliceName);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/**
 * @param elements a whole snapshot, parents before children
 * @returns its root
 */
export function treeOf(elements: readonly ElementDefinition[]): ElementNode | undefined {
  const ids = idsOf(elements);
  const first = elements[0];
  if (first === undefined) return undefined;
  const root = node(first.path, first);
  const byId = new Map<string, ElementNode>([[first.path, root]]);
  for (const [index, element] of elements.entries()) {
    if (index === 0) continue;
    const steps = ids[index]!;
    const { name, sliceName } = steps.at(-1)!;
    const parent = byId.get(idOf(steps.slice(0, -1)));
    if (parent === undefined) continue;
    const child = node(name, element, sliceName);
    const sliced = sliceName === undefined ? undefined : parent.children.find((one) => one.name === name);
    if (sliced === undefined) parent.children.push(child);
    else (resliced(sliced, sliceName!) ?? sliced).slices.push(child);
    byId.set(idOf(steps), child);
  }
  return root;
}

/** @returns the slice that a slice of this name slices again */
export function resliced(of: ElementNode, sliceName: string): ElementNode | undefined {
  const slash = sliceName.lastIndexOf('/');
  return slash === -1 ? undefined : findSlice(of, sliceName.slice(0, slash));
}

export const idOf = (steps: readonly Step[]): string =>
  steps.map(({ name, sliceName }) => (sliceName === undefined ? name : `${name}:${sliceName}`)).join('.');

/** @returns the tree as a snapshot's list, each element with the path and id of its place */
export function listOf(root: ElementNode, path = root.name, id = root.name): ElementDefinition[] {
  const { sliceName: _, ...element } = root.element;
  const own: ElementDefinition = { ...element, id, path, ...(root.sliceName !== undefined && { sliceName: root.sliceName }) };
  const inner = root.children.flatMap((child) => listOf(child, `${path}.${child.name}`, `${id}.${child.name}`));
  const colon = root.sliceName === undefined ? id : id.slice(0, id.length - root.sliceName.length - 1);
  return [own, ...inner, ...root.slices.flatMap((slice) => listOf(slice, path, `${colon}:${slice.sliceName}`))];
}
