/** JSON Patch: operations on places in the text, all or none. RFC 6902; R4: http.html#patch. */
import { FhirError, badValue, required, structure, unprocessable } from '../outcome.ts';
import { sameValue } from '../json/equal.ts';
import { arrayNode, asArray, asObject, asString, memberOf, withMember, withoutMember, type JsonNode } from '../json/tree.ts';
import { limitOperations, type Patch } from './patch.ts';
import { changeAt, expressionOf, indexOf, parsePointer, pointerText, valueAt, type Pointer } from './pointer.ts';

interface Operation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: Pointer;
  /** Of move and copy. */
  readonly from: Pointer;
  /** Of add, replace and test. */
  readonly value: JsonNode;
}

/** What each operation needs besides its path. */
const needs: Readonly<Record<string, 'value' | 'from' | undefined>> = {
  add: 'value', replace: 'value', test: 'value', move: 'from', copy: 'from', remove: undefined,
};

/**
 * @param document the patch; values in it keep their text
 * @param type of the resource to be patched
 * @param expression where the patch stands, when it stands in a Bundle; else outcomes name the place in the resource
 * @throws FhirError 400 naming the operation that is none, 422 for too many
 */
export function readJsonPatch(document: JsonNode, type: string, expression?: string): Patch {
  const list = asArray(document)?.elements;
  if (list === undefined) throw structure('A JSON Patch is an array of operations', { expression: expression ?? type });
  limitOperations(list.length, expression ?? type);
  const operations = list.map((node, n) => readOperation(node, n, expression ?? type));
  return (resource) => operations.reduce((root, operation, n) => {
    try {
      return apply(root, operation);
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      const at = expression ?? expressionOf(type, operation.path);
      throw unprocessable(`Operation ${n} (${operation.op} "${pointerText(operation.path)}"): ${error.issues[0]!.diagnostics}`, { expression: at });
    }
  }, resource);
}

function readOperation(node: JsonNode, n: number, expression: string): Operation {
  if (asObject(node) === undefined) throw structure(`Operation ${n} is not an object`, { expression });
  const op = asString(memberOf(node, 'op'));
  if (op === undefined) throw required(`Operation ${n} has no "op"`, { expression });
  if (!Object.hasOwn(needs, op)) throw badValue(`Operation ${n} is "${op.slice(0, 80)}", which is not one of ${Object.keys(needs).join(', ')}`, { expression });
  const pointer = (name: string): Pointer => {
    const text = asString(memberOf(node, name));
    if (text === undefined) throw required(`Operation ${n} (${op}) has no "${name}"`, { expression });
    return parsePointer(text, expression);
  };
  const value = memberOf(node, 'value');
  if (needs[op] === 'value' && value === undefined) throw required(`Operation ${n} (${op}) has no "value"`, { expression });
  return { op: op as Operation['op'], path: pointer('path'), from: needs[op] === 'from' ? pointer('from') : [], value: value ?? node };
}

function apply(root: JsonNode, { op, path, from, value }: Operation): JsonNode {
  switch (op) {
    case 'add': return add(root, path, value);
    case 'remove': return remove(root, path);
    case 'replace': return replace(root, path, value);
    case 'copy': return add(root, path, valueAt(root, from));
    case 'move': {
      const moved = valueAt(root, from);
      if (from.length < path.length && from.every((token, n) => token === path[n])) throw unprocessable(`"${pointerText(from)}" cannot be moved into itself`);
      return from.length === path.length && from.every((token, n) => token === path[n]) ? root : add(remove(root, from), path, moved);
    }
    case 'test':
      if (!sameValue(valueAt(root, path), value)) throw unprocessable('the value there is another');
      return root;
  }
}

function add(root: JsonNode, path: Pointer, value: JsonNode): JsonNode {
  if (path.length === 0) return value;
  return changeAt(root, path, (container, token) => {
    const list = asArray(container)?.elements;
    if (list === undefined) return withMember(objectAt(container, path), token, value);
    const index = token === '-' ? list.length : indexOf(token);
    if (index === undefined || index > list.length) throw unprocessable(`"${token}" is no place in an array of ${list.length}`);
    return arrayNode(list.toSpliced(index, 0, value));
  });
}

function replace(root: JsonNode, path: Pointer, value: JsonNode): JsonNode {
  if (path.length === 0) return value;
  return changeAt(root, path, (container, token) => {
    valueAt(root, path);
    const list = asArray(container)?.elements;
    return list === undefined ? withMember(objectAt(container, path), token, value) : arrayNode(list.with(Number(token), value));
  });
}

function remove(root: JsonNode, path: Pointer): JsonNode {
  if (path.length === 0) throw unprocessable('the whole resource cannot be removed');
  return changeAt(root, path, (container, token) => {
    valueAt(root, path);
    const list = asArray(container)?.elements;
    return list === undefined ? withoutMember(objectAt(container, path), token) : arrayNode(list.toSpliced(Number(token), 1));
  });
}

function objectAt(node: JsonNode, path: Pointer): NonNullable<ReturnType<typeof asObject>> {
  const object = asObject(node);
  if (object === undefined) throw unprocessable(`"${pointerText(path.slice(0, -1))}" is neither an object nor an array`);
  return object;
}
