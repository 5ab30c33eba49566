/**
 * Elements of a resource's tree: a value and, beside it, what a primitive's `_name` holds of it (id and extensions); a list of
 * primitives is two arrays side by side. R4: json.html#primitive.
 */
import { arrayNode, asArray, asObject, emptyObject, isNull, memberOf, nodeOf, withMember, withoutMember, type JsonNode, type ObjectNode } from './tree.ts';

/** At least one of the two, or it stands for a place in a list that holds nothing. */
export interface ElementNode {
  readonly value?: JsonNode;
  /** Of a primitive: the object in `_name`. */
  readonly more?: JsonNode;
}

export interface ElementNodes {
  readonly items: readonly ElementNode[];
  readonly isArray: boolean;
}

/** A step into an object: to its element of a key, or to one of a list. */
export interface ElementStep {
  readonly key: string;
  readonly index: number | undefined;
  readonly isPrimitive: boolean;
}

const nullNode = nodeOf(Buffer.from('null'));

export const isThere = ({ value, more }: ElementNode): boolean => value !== undefined || more !== undefined;

/** @returns the elements of a key, one or a list; none where it is absent */
export function elementsOf(object: ObjectNode, key: string): ElementNodes {
  const [value, more] = [memberOf(object, key), memberOf(object, `_${key}`)];
  const [values, mores] = [value && asArray(value)?.elements, more && asArray(more)?.elements];
  if (values === undefined && mores === undefined) {
    const item = element(value, more);
    return { items: isThere(item) ? [item] : [], isArray: false };
  }
  const length = Math.max(values?.length ?? 0, mores?.length ?? 0);
  const items: ElementNode[] = [];
  for (let n = 0; n < length; n++) items.push(element(values?.[n], mores?.[n]));
  return { items, isArray: true };
}

function element(value: JsonNode | undefined, more: JsonNode | undefined): ElementNode {
  const isValue = value !== undefined && !isNull(value);
  if (more === undefined || isNull(more)) return isValue ? { value } : {};
  return isValue ? { value, more } : { more };
}

/** Sets the elements of a key; without any, the key goes: FHIR has no empty arrays. */
export function withElements(object: ObjectNode, key: string, { items, isArray }: ElementNodes): ObjectNode {
  const part = (of: 'value' | 'more'): JsonNode | undefined => {
    if (!items.some((item) => item[of] !== undefined)) return undefined;
    return isArray ? arrayNode(items.map((item) => item[of] ?? nullNode)) : items[0]![of];
  };
  const set = (to: ObjectNode, name: string, node: JsonNode | undefined): ObjectNode => (node === undefined ? withoutMember(to, name) : withMember(to, name, node));
  return set(set(object, key, part('value')), `_${key}`, part('more'));
}

/** @returns the object that an element is, or that holds a primitive's id and extensions */
export const objectOf = ({ value, more }: ElementNode, { isPrimitive }: Pick<ElementStep, 'isPrimitive'>): ObjectNode | undefined => {
  const node = isPrimitive ? more : value;
  return node === undefined ? undefined : asObject(node);
};

/**
 * Changes the object that steps lead to. An element that is left empty goes, since FHIR has no empty objects, and so on upwards.
 * @param steps to elements that are there
 */
export function changeObject(object: ObjectNode, steps: readonly ElementStep[], change: (object: ObjectNode) => ObjectNode): ObjectNode {
  const [step, ...rest] = steps;
  if (step === undefined) return change(object);
  const { items, isArray } = elementsOf(object, step.key);
  const at = step.index ?? 0;
  const item = items[at]!;
  const inner = changeObject(objectOf(item, step) ?? emptyObject, rest, change);
  const isEmpty = inner.members.length === 0;
  const changed: ElementNode = step.isPrimitive ? { ...(item.value && { value: item.value }), ...(!isEmpty && { more: inner }) } : isEmpty ? {} : { value: inner };
  return withElements(object, step.key, { isArray, items: isThere(changed) ? items.with(at, changed) : items.toSpliced(at, 1) });
}
