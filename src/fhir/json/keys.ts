/** The keys of the objects that are open while a JSON text is scanned, to find a key that stands twice. R4: json.html (RFC 8259 4). */

/** Objects with more keys than this are kept in a Set; below, comparing a few integers is cheaper than making one. */
const fewKeys = 32;

/** A stack of key lists, innermost object last. */
export interface OpenKeys {
  /** Three entries a key: its signature, and where its characters start and end. */
  list: Int32Array;
  /** How many entries the stack holds. */
  size: number;
  depth: number;
  /** For each open object, where its keys start in the stack. */
  readonly base: number[];
  /** For each open object, its decoded keys once a list no longer serves. */
  readonly set: (Set<string> | undefined)[];
}

/** @returns a stack with no object open */
export const openKeys = (): OpenKeys => ({
  list: new Int32Array(96),
  size: 0,
  depth: 0,
  base: [],
  set: [],
});

/** An object starts. */
export function openObject(keys: OpenKeys): void {
  keys.base[keys.depth] = keys.size;
  keys.set[keys.depth] = undefined;
  keys.depth++;
}

/** The innermost object ends. */
export function closeObject(keys: OpenKeys): void {
  keys.depth--;
  keys.size = keys.base[keys.depth]!;
  keys.set[keys.depth] = undefined;
}

/**
 * Adds a key to the innermost object.
 * @param start where its characters start, behind the quote
 * @param end where they end
 * @param escaped whether there is a backslash among them
 * @returns whether the object did not have it, compared as decoded text
 */
export function addKey(keys: OpenKeys, bytes: Buffer, start: number, end: number, escaped: boolean): boolean {
  const set = keys.set[keys.depth - 1];
  if (set !== undefined) return addToSet(set, bytes, start, end, escaped);
  const base = keys.base[keys.depth - 1]!;
  const { list, size } = keys;
  if (escaped || size - base >= fewKeys * 3) return addToSet(setOfList(keys, bytes), bytes, start, end, escaped);
  const signature = signatureOf(bytes, start, end);
  for (let i = base; i < size; i += 3) {
    if (list[i] !== signature) continue;
    if (bytes.compare(bytes, start, end, list[i + 1]!, list[i + 2]!) === 0) return false;
    // Keys made to look alike would be compared over and over: one mistake, and the object goes to a Set.
    return addToSet(setOfList(keys, bytes), bytes, start, end, escaped);
  }
  if (size === list.length) {
    keys.list = new Int32Array(size * 2);
    keys.list.set(list);
  }
  keys.list[size] = signature;
  keys.list[size + 1] = start;
  keys.list[size + 2] = end;
  keys.size = size + 3;
  return true;
}

/** Length and a few characters: enough to tell FHIR's keys apart. */
function signatureOf(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return 0;
  const low = bytes[start]! | (bytes[end - 1]! << 8) | (bytes[start + (length >> 1)]! << 16) | (bytes[start + (length >> 2)]! << 24);
  return Math.imul(low, 31) + length | 0;
}

function setOfList(keys: OpenKeys, bytes: Buffer): Set<string> {
  const set = new Set<string>();
  const base = keys.base[keys.depth - 1]!;
  for (let i = base; i < keys.size; i += 3) addToSet(set, bytes, keys.list[i + 1]!, keys.list[i + 2]!, false);
  keys.size = base;
  keys.set[keys.depth - 1] = set;
  return set;
}

function addToSet(set: Set<string>, bytes: Buffer, start: number, end: number, escaped: boolean): boolean {
  // The letter in front: V8 hashes a text that is an integer by its value, unseeded, so collisions could be chosen.
  const key = escaped ? `k${JSON.parse(bytes.toString('utf8', start - 1, end + 1)) as string}` : `k${bytes.toString('utf8', start, end)}`;
  const before = set.size;
  return set.add(key).size > before;
}
