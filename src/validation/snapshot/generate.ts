/**
 * Snapshots from differentials: the tree of the base definition, with each element of the differential put at its place. Elements that
 * the base names and does not spell out are spelled out by their type. R4: profiling.html#snapshot.
 */
import { choiceName } from '../../fhir/definitions.ts';
import { typeCode, typeUrl, withoutVersion, type ElementDefinition, type StructureDefinition, type StructureSource } from './element.ts';
import { DefinitionFault } from './fault.ts';
import { merged } from './merge.ts';
import { copyOf, findSlice, idOf, idsOf, node, resliced, treeOf, type ElementNode, type Step } from './tree.ts';

/** Trees by canonical. Made once for a source, since a tree is generated from others. */
export interface Snapshots {
  /**
   * @returns the root; undefined where the canonical is unknown. It is shared and must not be changed.
   * @throws DefinitionFault where the definition or one that it builds on is cyclic, contradictory or without elements
   */
  readonly tree: (url: string) => ElementNode | undefined;
}

export function createSnapshots(source: StructureSource): Snapshots {
  const trees = new Map<string, ElementNode>();
  const open = new Set<string>();
  const tree = (canonical: string): ElementNode | undefined => {
    const url = withoutVersion(canonical);
    const known = trees.get(url);
    if (known !== undefined) return known;
    const definition = source.definition(url);
    if (definition === undefined) return undefined;
    if (open.has(url)) throw new DefinitionFault(url, 'is built on itself');
    open.add(url);
    try {
      const made = definition.snapshot === undefined ? generated(definition, { tree }) : treeOf(definition.snapshot.element);
      if (made === undefined) throw new DefinitionFault(url, 'has no elements');
      trees.set(url, made);
      return made;
    } finally {
      open.delete(url);
    }
  };
  return { tree };
}

function generated({ url, baseDefinition, differential, type }: StructureDefinition, snapshots: Snapshots): ElementNode {
  if (baseDefinition === undefined) throw new DefinitionFault(url, 'has neither a snapshot nor a base definition');
  const base = snapshots.tree(baseDefinition);
  if (base === undefined) throw new DefinitionFault(url, `its base definition ${baseDefinition} is unknown`);
  const root = copyOf(base);
  const elements = differential?.element ?? [];
  const ids = idsOf(elements);
  for (const [index, element] of elements.entries()) {
    const steps = ids[index]!;
    if (steps[0]?.name !== root.name) throw new DefinitionFault(url, `is none of type ${type}`, idOf(steps));
    apply(root, steps, element, { url, snapshots, root });
  }
  return root;
}

interface Place {
  readonly url: string;
  readonly snapshots: Snapshots;
  readonly root: ElementNode;
}

function apply(root: ElementNode, steps: readonly Step[], element: ElementDefinition, place: Place): void {
  let at = root;
  for (const [index, step] of steps.entries()) {
    if (index > 0) at = descend(at, step, element, steps.slice(0, index).some(({ sliceName }) => sliceName !== undefined), place);
  }
  at.element = merged(at.element, element, at.sliceName !== undefined, place.url);
}

/** @returns the child of a node, or its slice, which is made where it is new */
function descend(at: ElementNode, { name, sliceName }: Step, element: ElementDefinition, isWithinSlice: boolean, place: Place): ElementNode {
  spellOut(at, element, place);
  const child = at.children.find((one) => one.name === name);
  if (child !== undefined) return sliceName === undefined ? child : sliceOf(child, sliceName);
  const choice = at.children.find((one) => one.name.endsWith('[x]') && one.element.type?.some((type) => choiceName(one.name, typeCode(type)) === name));
  if (choice === undefined) throw new DefinitionFault(place.url, `the base has no element ${name} here`, element.id ?? element.path);
  return typeSlice(choice, name, element, isWithinSlice);
}

/**
 * A choice named by one of its types (`valueQuantity`): the choice itself where it has this type only, or within a slice, where nothing else
 * of the choice is meant; else the slice of the type. A slice that must be there leaves no place for another type.
 */
function typeSlice(choice: ElementNode, name: string, element: ElementDefinition, isWithinSlice: boolean): ElementNode {
  const type = choice.element.type!.filter((one) => choiceName(choice.name, typeCode(one)) === name);
  const isSliced = choice.element.slicing !== undefined;
  if (!isSliced && (choice.element.type!.length === 1 || isWithinSlice)) {
    choice.element = { ...choice.element, type };
    return choice;
  }
  const isOnly = (element.min ?? 0) > 0 && element.path.endsWith(`.${name}`);
  const slice = findSlice(choice, name) ?? sliceOf(choice, name);
  choice.element = { ...choice.element, ...(isOnly && { min: 1, type, slicing: { ...byType, rules: 'closed' } }) };
  slice.element = { ...slice.element, type: slice.element.type!.length > 1 ? type : slice.element.type! };
  return slice;
}

const byType = { discriminator: [{ type: 'type', path: '$this' }], ordered: false, rules: 'open' };
const byUrl = { discriminator: [{ type: 'value', path: 'url' }], ordered: false, rules: 'open' };

function sliceOf(of: ElementNode, sliceName: string): ElementNode {
  const known = findSlice(of, sliceName);
  if (known !== undefined) return known;
  const sliced = resliced(of, sliceName) ?? of;
  if (sliced.element.slicing === undefined && /^(?:modifierE|e)xtension$/.test(of.name)) sliced.element = { ...sliced.element, slicing: byUrl };
  if (sliced.element.slicing === undefined && of.name.endsWith('[x]')) sliced.element = { ...sliced.element, slicing: byType };
  const { slicing: _, ...element } = sliced.element;
  const slice = node(of.name, { ...element, min: 0 }, sliceName);
  if (sliced.element.type?.every(({ code }) => code === 'BackboneElement' || code === 'Element') === true) slice.children = sliced.children.map(copyOf);
  else slice.sliced = sliced;
  sliced.slices.push(slice);
  return slice;
}

/** Gives a node the children that its content reference, profile or type has. */
function spellOut(at: ElementNode, by: ElementDefinition, { url, snapshots, root }: Place): void {
  if (at.children.length > 0) return;
  const source = at.sliced !== undefined && at.sliced.children.length > 0 ? at.sliced : contentOf(at, root, snapshots);
  const types = (at.element.type ?? []).map(({ code }) => code).join(', ');
  if (source === undefined) throw new DefinitionFault(url, `${at.name} has no elements, or is of several types (${types})`, by.id ?? by.path);
  at.children = source.children.map(copyOf);
}

/** @returns the node whose children an element without children of its own has: of its content reference, profile or type */
export const contentOf = ({ element: { contentReference, type = [] } }: ElementNode, root: ElementNode, snapshots: Snapshots): ElementNode | undefined =>
  (contentReference !== undefined ? referenced(contentReference, root, snapshots) : typed(type, snapshots));

function typed(types: NonNullable<ElementDefinition['type']>, snapshots: Snapshots): ElementNode | undefined {
  const [type, ...others] = types;
  if (type === undefined || others.some(({ code }) => code !== type.code)) return undefined;
  const profile = others.length === 0 && type.profile?.length === 1 ? snapshots.tree(type.profile[0]!) : undefined;
  return profile ?? snapshots.tree(typeUrl(typeCode(type)));
}

/**
 * The element that another one repeats: of the type itself, not of what profiles make of it.
 * @param reference `#Questionnaire.item`, or the same behind a canonical
 */
function referenced(reference: string, root: ElementNode, snapshots: Snapshots): ElementNode | undefined {
  const [url = '', path = ''] = reference.split('#');
  const [type = '', ...names] = path.split('.');
  const from = (url === '' ? snapshots.tree(typeUrl(type)) : snapshots.tree(url)) ?? root;
  return names.reduce<ElementNode | undefined>((at, name) => at?.children.find((child) => child.name === name), from);
}
