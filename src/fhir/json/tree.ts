/**
 * A JSON text as a tree in which what is untouched stays the bytes that were sent: `1.10`, escapes and the order of keys are given
 * back as they were. R4: json.html, http.html#patch.
 *
 * Trees are values: a change makes new nodes from the change up to the root and shares all others, so that a copy costs nothing, an
 * abandoned change leaves no trace, and a part that is still the same node was not touched.
 */
import { unprocessable } from '../outcome.ts';
import { deepest } from './scan.ts';
import { elements, members, stringAt } from './walk.ts';

/** A value that stands in a text. */
interface SpanNode {
  readonly kind: 'span';
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** The same opened, once someone has looked inside: kept so that its parts are the same nodes every time. */
  opened?: ObjectNode | ArrayNode;
}

/** A member of an object; `token` is its key as it is spelled in the text, in UTF-8, quotes included. */
export interface MemberNode {
  readonly key: string;
  readonly token: Buffer;
  readonly value: JsonNode;
}

export interface ObjectNode {
  readonly kind: 'object';
  readonly members: readonly MemberNode[];
  /** Bytes of the text. */
  readonly size: number;
  /** Levels that were opened below this one. */
  readonly depth: number;
}

export interface ArrayNode {
  readonly kind: 'array';
  readonly elements: readonly JsonNode[];
  readonly size: number;
  readonly depth: number;
}

export type JsonNode = SpanNode | ObjectNode | ArrayNode;

/** A copy doubles what it copies: thirty of them in one patch would be a billion bytes. */
const largest = 64 * 2 ** 20;

/** @param bytes compact JSON that the scanner has passed */
export const nodeOf = (bytes: Buffer): JsonNode => ({ kind: 'span', bytes, start: 0, end: bytes.length });

/** @returns the token of a key that is new */
export const keyToken = (key: string): Buffer => Buffer.from(JSON.stringify(key));

const sizeOf = (node: JsonNode): number => (node.kind === 'span' ? node.end - node.start : node.size);
const depthOf = (node: JsonNode): number => (node.kind === 'span' ? 0 : node.depth);

/** @throws FhirError 422 where it would be too large or too deep */
export function objectNode(list: readonly MemberNode[]): ObjectNode {
  let size = list.length === 0 ? 2 : list.length + 1;
  let depth = 0;
  for (const { token, value } of list) {
    size += token.length + 1 + sizeOf(value);
    depth = Math.max(depth, depthOf(value));
  }
  return limited({ kind: 'object', members: list, size, depth: depth + 1 });
}

/** @throws FhirError 422 where it would be too large or too deep */
export function arrayNode(list: readonly JsonNode[]): ArrayNode {
  let size = list.length === 0 ? 2 : list.length + 1;
  let depth = 0;
  for (const value of list) {
    size += sizeOf(value);
    depth = Math.max(depth, depthOf(value));
  }
  return limited({ kind: 'array', elements: list, size, depth: depth + 1 });
}

function limited<N extends ObjectNode | ArrayNode>(node: N): N {
  if (node.size > largest) throw unprocessable(`The patch makes the resource larger than ${largest} bytes`);
  if (node.depth > deepest) throw unprocessable(`The patch nests the resource deeper than ${deepest} levels`);
  return node;
}

export const emptyObject: ObjectNode = objectNode([]);

const first = (node: JsonNode): number => (node.kind === 'span' ? node.bytes[node.start]! : node.kind === 'object' ? 0x7b : 0x5b);

/** @returns the node as an object; undefined where it is none */
export function asObject(node: JsonNode): ObjectNode | undefined {
  if (node.kind !== 'span') return node.kind === 'object' ? node : undefined;
  if (first(node) !== 0x7b) return undefined;
  const { bytes, start } = node;
  node.opened ??= objectNode(members(bytes, start).map((member) => ({
    key: member.key, token: bytes.subarray(member.keyStart, member.start - 1), value: { kind: 'span', bytes, start: member.start, end: member.end },
  })));
  return node.opened as ObjectNode;
}

/** @returns the node as an array; undefined where it is none */
export function asArray(node: JsonNode): ArrayNode | undefined {
  if (node.kind !== 'span') return node.kind === 'array' ? node : undefined;
  if (first(node) !== 0x5b) return undefined;
  const { bytes, start } = node;
  node.opened ??= arrayNode(elements(bytes, start).map((span) => ({ kind: 'span', bytes, ...span })));
  return node.opened as ArrayNode;
}

/** @returns what a string says; undefined where the node is none */
export const asString = (node: JsonNode | undefined): string | undefined =>
  node !== undefined && first(node) === 0x22 && node.kind === 'span' ? stringAt(node.bytes, node.start, node.end) : undefined;

export const isNull = (node: JsonNode): boolean => first(node) === 0x6e;

export const isNumber = (node: JsonNode): boolean => first(node) === 0x2d || (first(node) >= 0x30 && first(node) <= 0x39);

/** @returns the value of an object's member; undefined where there is none, or the node is no object */
export const memberOf = (node: JsonNode, key: string): JsonNode | undefined => asObject(node)?.members.find((member) => member.key === key)?.value;

/** Sets a member: in its place where the key is there, else behind the others. */
export function withMember(object: ObjectNode, key: string, value: JsonNode): ObjectNode {
  const at = object.members.findIndex((member) => member.key === key);
  if (at < 0) return objectNode([...object.members, { key, token: keyToken(key), value }]);
  return objectNode(object.members.with(at, { ...object.members[at]!, value }));
}

export const withoutMember = (object: ObjectNode, key: string): ObjectNode => objectNode(object.members.filter((member) => member.key !== key));

/** @returns the node's text in UTF-8 */
export function textOf(node: JsonNode): Buffer {
  const out = Buffer.allocUnsafe(sizeOf(node));
  write(node, out, 0);
  return out;
}

function write(node: JsonNode, out: Buffer, at: number): number {
  if (node.kind === 'span') return at + node.bytes.copy(out, at, node.start, node.end);
  let i = at;
  out[i++] = node.kind === 'object' ? 0x7b : 0x5b;
  const list = node.kind === 'object' ? node.members : node.elements;
  list.forEach((part, n) => {
    if (n > 0) out[i++] = 0x2c;
    if ('token' in part) {
      i += part.token.copy(out, i);
      out[i++] = 0x3a;
      i = write(part.value, out, i);
    } else i = write(part, out, i);
  });
  out[i++] = node.kind === 'object' ? 0x7d : 0x5d;
  return i;
}

/** @returns whether both have the same tokens in the same order */
export const sameText = (a: JsonNode, b: JsonNode): boolean => a === b || (sizeOf(a) === sizeOf(b) && textOf(a).equals(textOf(b)));
