/** JSON Merge Patch: an object that looks like the result; null takes a member away. RFC 7386. */
import { asObject, isNull, objectNode, type JsonNode, type MemberNode } from '../json/tree.ts';

/**
 * @param target undefined where there is nothing yet
 * @returns the target with the patch merged into it; arrays are replaced as a whole
 */
export function mergePatch(target: JsonNode | undefined, patch: JsonNode): JsonNode {
  const changes = asObject(patch);
  if (changes === undefined) return patch;
  const object = target === undefined ? undefined : asObject(target);
  // Where there is no object yet, the patch is the result, but for its nulls.
  if (object === undefined && !holdsNull(patch)) return patch;
  const open = new Map(changes.members.map((member) => [member.key, member]));
  const merged: MemberNode[] = [];
  for (const member of object?.members ?? []) {
    const change = open.get(member.key);
    open.delete(member.key);
    if (change === undefined) merged.push(member);
    else if (!isNull(change.value)) merged.push({ ...member, value: mergePatch(member.value, change.value) });
  }
  for (const member of open.values()) {
    if (!isNull(member.value)) merged.push({ ...member, value: mergePatch(undefined, member.value) });
  }
  return objectNode(merged);
}

/** Nulls in arrays are values. */
const holdsNull = (node: JsonNode): boolean => asObject(node)?.members.some(({ value }) => isNull(value) || holdsNull(value)) === true;
