/** Where in a JSON text an element stands that FHIRPath names. R4: operationoutcome.html (issue.expression), fhirpath.html. */
import { bomLength } from './fault.ts';
import { elements, members, skipString, type Member } from './walk.ts';

/**
 * @param bytes compact JSON
 * @param expression `Patient.name[0].given[1]`, `Bundle.entry[3].resource.value`; the first step names the whole
 * @returns the offset of the element's value; where it is missing, of the innermost that is there
 */
export function locate(bytes: Buffer, expression: string): number {
  let offset = 0;
  for (const step of expression.split('.').slice(1)) {
    const [, name = '', index] = /^(\w+|`[^`]+`)(?:\[(\d+)\])?$/.exec(step) ?? [];
    if (name === '' || bytes[offset] !== 0x7b) return offset;
    const member = memberOf(members(bytes, offset), name.replaceAll('`', ''));
    if (member === undefined) return offset;
    offset = member.start;
    if (index === undefined || bytes[offset] !== 0x5b) continue;
    const element = elements(bytes, offset)[Number(index)];
    if (element === undefined) return offset;
    offset = element.start;
  }
  return offset;
}

/**
 * @param text as sent, which the scanner made compact
 * @param offset in the compact text
 * @returns the offset of the same byte in the text
 */
export function offsetInText(text: Buffer, offset: number): number {
  let left = offset;
  let i = bomLength(text);
  while (i < text.length) {
    const byte = text[i]!;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      i++;
      continue;
    }
    const end = byte === 0x22 ? skipString(text, i) : i + 1;
    if (left < end - i) return i + left;
    left -= end - i;
    i = end;
  }
  return text.length;
}

/** The element itself, its extensions, or the choice of that name: `valueQuantity` for `value`. */
function memberOf(all: readonly Member[], name: string): Member | undefined {
  return all.find(({ key }) => key === name) ?? all.find(({ key }) => key === `_${name}`)
    ?? all.find(({ key }) => key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length)));
}
