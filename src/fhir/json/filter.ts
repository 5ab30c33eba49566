/**
 * Leaves elements out of a resource's text, for `_summary` and `_elements`; what stays, stays as it was sent. R4:
 * search.html#summary, search.html#elements.
 */
import { copyBytes } from './bytes.ts';
import { splice } from './splice.ts';
import { elements, findMember, members, skipString, skipValue, stringAt } from './walk.ts';

/**
 * Decides on the member at a path of keys below the resource, array indexes left out: `['name', 'given']`, `['_birthDate']`.
 * True keeps the whole value, false drops the member, `descend` keeps it and asks again for the members of the object that it
 * is, or of the objects in the array that it is. The array given is reused: read it during the call only.
 */
export type Keep = (path: readonly string[]) => boolean | 'descend';

const comma = 0x2c;

/**
 * @param text a resource or any other object, compact and valid
 * @param keep asked once for each member outside of a kept or dropped one, in the order of the text
 * @returns the text of what is kept; an object or array that only lost its members goes as well, but for the outermost
 */
export function filterJson(text: string | Buffer, keep: Keep): string {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  if (bytes[0] !== 0x7b) return bytes.toString('utf8');
  const out: Output = { bytes: Buffer.allocUnsafe(bytes.length), size: 0, kept: true };
  filterValue(bytes, 0, keep, [], out);
  return out.kept ? out.bytes.toString('utf8', 0, out.size) : '{}';
}

/** What is kept so far: never longer than what was read. */
interface Output {
  readonly bytes: Buffer;
  size: number;
  /** Whether anything of the value filtered last is kept; if not, nothing is written of it. */
  kept: boolean;
}

/**
 * Writes what is kept of the value that starts at `start`.
 * @returns the offset behind the value, found on the way, so that no byte is walked once for each level around it
 */
function filterValue(bytes: Buffer, start: number, keep: Keep, path: string[], out: Output): number {
  const open = bytes[start]!;
  // Object and array end two code points after they start: { } and [ ].
  const close = open + 2;
  if ((open !== 0x7b && open !== 0x5b) || bytes[start + 1] === close) {
    out.kept = true;
    return copyValue(bytes, start, start, out);
  }
  const before = out.size;
  out.bytes[out.size++] = open;
  let some = false;
  let i = start;
  do {
    i++;
    const size = out.size;
    if (some) out.bytes[out.size++] = comma;
    if (open === 0x7b) {
      const valueStart = skipString(bytes, i) + 1;
      path.push(stringAt(bytes, i, valueStart - 1));
      const verdict = keep(path);
      out.kept = verdict !== false;
      if (verdict === true) i = copyValue(bytes, i, valueStart, out);
      else if (verdict === false) i = skipValue(bytes, valueStart);
      else {
        copy(bytes, i, valueStart, out);
        i = filterValue(bytes, valueStart, keep, path, out);
      }
      path.pop();
    } else i = filterValue(bytes, i, keep, path, out);
    if (out.kept) some = true;
    else out.size = size;
  } while (bytes[i] === comma);
  if (some) out.bytes[out.size++] = close;
  else out.size = before;
  out.kept = some;
  return i + 1;
}

/** Copies from `from`, which is the value's start or its key's, to the value's end; returns that end. */
function copyValue(bytes: Buffer, from: number, start: number, out: Output): number {
  const end = skipValue(bytes, start);
  copy(bytes, from, end, out);
  return end;
}

function copy(bytes: Buffer, start: number, end: number, out: Output): void {
  out.size = copyBytes(bytes, start, end, out.bytes, out.size);
}

const subsettedSystem = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue';
const subsettedTag = `{"system":"${subsettedSystem}","code":"SUBSETTED"}`;

/**
 * Marks a resource's text as incomplete: `meta.tag` gets SUBSETTED unless it is there (search.html#summary). An absent `meta`
 * goes behind `id`, else behind `resourceType`, else first; an absent `tag` to the end of `meta`.
 * @param text a resource, compact and valid
 * @returns the marked text
 */
export function addSubsettedTag(text: string): string {
  const bytes = Buffer.from(text);
  const insertion = placeOfTag(bytes);
  if (insertion === undefined) return text;
  const { at, added } = insertion;
  return splice(bytes, [{ start: at, end: at, text: added }]).toString('utf8');
}

function placeOfTag(bytes: Buffer): { at: number; added: string } | undefined {
  const meta = findMember(bytes, 0, 'meta');
  if (meta === undefined) {
    const anchor = findMember(bytes, 0, 'id') ?? findMember(bytes, 0, 'resourceType');
    const added = `"meta":{"tag":[${subsettedTag}]}`;
    if (anchor !== undefined) return { at: anchor.end, added: `,${added}` };
    return { at: 1, added: bytes[1] === 0x7d ? added : `${added},` };
  }
  if (bytes[meta.start] !== 0x7b) return undefined;
  const tag = findMember(bytes, meta.start, 'tag');
  if (tag === undefined) return { at: meta.end - 1, added: `${meta.end - meta.start === 2 ? '' : ','}"tag":[${subsettedTag}]` };
  if (bytes[tag.start] !== 0x5b) return undefined;
  const tags = elements(bytes, tag.start);
  if (tags.some(({ start }) => isSubsetted(bytes, start))) return undefined;
  return { at: tag.end - 1, added: `${tags.length === 0 ? '' : ','}${subsettedTag}` };
}

/** @returns whether the Coding at `at` is SUBSETTED */
function isSubsetted(bytes: Buffer, at: number): boolean {
  if (bytes[at] !== 0x7b) return false;
  let matches = 0;
  for (const { key, start, end } of members(bytes, at)) {
    if (bytes[start] !== 0x22) continue;
    if (key === 'system' && stringAt(bytes, start, end) === subsettedSystem) matches++;
    if (key === 'code' && stringAt(bytes, start, end) === 'SUBSETTED') matches++;
  }
  return matches === 2;
}
