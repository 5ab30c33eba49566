/** JSON Pointers: where in a document an operation of a JSON Patch acts. RFC 6901, RFC 6902 section 4. */
import { badValue, unprocessable, type FhirError } from '../outcome.ts';
import { arrayNode, asArray, asObject, withMember, type JsonNode } from '../json/tree.ts';

/** The reference tokens, decoded; none for the whole document. */
export type Pointer = readonly string[];

/** @throws FhirError 400 where the text is no pointer */
export function parsePointer(text: string, expression: string): Pointer {
  if (text === '') return [];
  if (!text.startsWith('/')) throw badValue(`The pointer "${text.slice(0, 200)}" does not start with "/"`, { expression });
  if (/~(?![01])/.test(text)) throw badValue(`In the pointer "${text.slice(0, 200)}" a "~" is followed by neither 0 nor 1`, { expression });
  return text.slice(1).split('/').map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export const pointerText = (pointer: Pointer): string => pointer.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** @returns the pointer as a path of FHIRPath, for outcomes: `Patient.name[0].family` */
export const expressionOf = (type: string, pointer: Pointer): string =>
  type + pointer.map((token) => (/^\d+$/.test(token) ? `[${token}]` : `.${/^[A-Za-z_]\w*$/.test(token) ? token : `\`${token}\``}`)).join('');

/** @returns an element's index; undefined for what is none: `01`, `-1`, `1e0` */
export const indexOf = (token: string): number | undefined => (/^(?:0|[1-9]\d{0,8})$/.test(token) ? Number(token) : undefined);

const nothingAt = (pointer: Pointer): FhirError => unprocessable(`there is nothing at "${pointerText(pointer)}"`);

/** @throws FhirError 422 where nothing stands there */
export function valueAt(root: JsonNode, pointer: Pointer): JsonNode {
  let node = root;
  pointer.forEach((token, n) => {
    const next = child(node, token);
    if (next === undefined) throw nothingAt(pointer.slice(0, n + 1));
    node = next;
  });
  return node;
}

function child(node: JsonNode, token: string): JsonNode | undefined {
  const list = asArray(node)?.elements;
  if (list === undefined) return asObject(node)?.members.find(({ key }) => key === token)?.value;
  const index = indexOf(token);
  return index === undefined ? undefined : list[index];
}

/**
 * Changes the object or array that a pointer's last token is of.
 * @param change is given that container and the last token
 * @throws FhirError 422 where there is no such container
 */
export function changeAt(root: JsonNode, pointer: Pointer, change: (container: JsonNode, token: string) => JsonNode, done = 0): JsonNode {
  const token = pointer[done]!;
  if (done === pointer.length - 1) return change(root, token);
  const inner = child(root, token);
  if (inner === undefined) throw nothingAt(pointer.slice(0, done + 1));
  const changed = changeAt(inner, pointer, change, done + 1);
  const list = asArray(root)?.elements;
  return list === undefined ? withMember(asObject(root)!, token, changed) : arrayNode(list.with(Number(token), changed));
}
