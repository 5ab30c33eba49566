/** Whether two JSON values are equal, as JSON Patch means it. RFC 6902 section 4.6. */
import { sameNumber } from './number.ts';
import { asArray, asObject, asString, isNumber, sameText, textOf, type JsonNode } from './tree.ts';

/** Numbers are compared by value, strings as decoded, objects without order, arrays with it. */
export function sameValue(a: JsonNode, b: JsonNode): boolean {
  if (sameText(a, b)) return true;
  const [objectA, objectB] = [asObject(a), asObject(b)];
  if (objectA !== undefined && objectB !== undefined) {
    if (objectA.members.length !== objectB.members.length) return false;
    const others = new Map(objectB.members.map(({ key, value }) => [key, value]));
    return objectA.members.every(({ key, value }) => {
      const other = others.get(key);
      return other !== undefined && sameValue(value, other);
    });
  }
  const [arrayA, arrayB] = [asArray(a), asArray(b)];
  if (arrayA !== undefined && arrayB !== undefined) {
    return arrayA.elements.length === arrayB.elements.length && arrayA.elements.every((element, n) => sameValue(element, arrayB.elements[n]!));
  }
  if (isNumber(a) && isNumber(b)) return sameNumber(textOf(a).toString('latin1'), textOf(b).toString('latin1'));
  const text = asString(a);
  return text !== undefined && text === asString(b);
}
