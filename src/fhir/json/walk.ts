/** Finds members, elements and strings by offset in compact JSON that the scanner has passed. R4: json.html. */

/** One member of an object; offsets are of bytes. */
export interface Member {
  /** The key, decoded. */
  readonly key: string;
  /** Where the key's opening quote stands. */
  readonly keyStart: number;
  /** Where the value starts. */
  readonly start: number;
  /** Where the value ends: the offset behind its last byte. */
  readonly end: number;
}

/** Where a value stands, in bytes: `end` is the offset behind its last byte. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const quote = 0x22;
const backslash = 0x5c;

/** 1 and 2 for what opens and closes a nesting, 3 for the quote; a string's bytes never reach this table. */
const role = new Uint8Array(256);
role[0x7b] = role[0x5b] = 1;
role[0x7d] = role[0x5d] = 2;
role[quote] = 3;

/**
 * @param at where a string's opening quote stands
 * @returns the offset behind its closing quote
 */
export function skipString(bytes: Buffer, at: number): number {
  const { length } = bytes;
  let i = at + 1;
  while (i < length) {
    const byte = bytes[i]!;
    if (byte === quote) return i + 1;
    i += byte === backslash ? 2 : 1;
  }
  return length;
}

/**
 * @param at where a value starts
 * @returns the offset behind its last byte
 */
export function skipValue(bytes: Buffer, at: number): number {
  const { length } = bytes;
  const first = bytes[at];
  if (first === quote) return skipString(bytes, at);
  let i = at;
  if (first === 0x7b || first === 0x5b) {
    let depth = 0;
    while (i < length) {
      const is = role[bytes[i]!];
      if (is === 3) {
        i = skipString(bytes, i);
        continue;
      }
      i++;
      if (is === 1) depth++;
      else if (is === 2 && --depth === 0) return i;
    }
    return i;
  }
  while (i < length) {
    const byte = bytes[i]!;
    if (byte === 0x2c || byte === 0x7d || byte === 0x5d) return i;
    i++;
  }
  return i;
}

/**
 * @param start where a string's opening quote stands
 * @param end the offset behind its closing quote
 * @returns what the string says, decoded
 */
export function stringAt(bytes: Buffer, start: number, end: number): string {
  for (let i = start + 1; i < end - 1; i++) {
    if (bytes[i] === backslash) return JSON.parse(bytes.toString('utf8', start, end)) as string;
  }
  return bytes.toString('utf8', start + 1, end - 1);
}

const longestKey = 64;

/**
 * @returns {@link stringAt} for keys, which remembers those lately decoded by a number made of their bytes: FHIR has few, and to make a string of
 *   bytes takes longer than to compare them
 */
export function createKeyReader(): (bytes: Buffer, start: number, end: number) => string {
  const keys: string[] = Array.from({ length: 4096 }, () => '');
  return (bytes, start, end) => {
    if (end - start > longestKey) return stringAt(bytes, start, end);
    let place = end - start;
    for (let i = start + 1; i < end - 1; i++) place = (Math.imul(place, 31) + bytes[i]!) | 0;
    place = (place ^ (place >>> 12)) & 4095;
    const known = keys[place]!;
    return isKey(bytes, start, end, known) ? known : (keys[place] = stringAt(bytes, start, end));
  };
}

/**
 * @param at where an object's `{` stands
 * @returns its members in the order of the text
 */
export function members(bytes: Buffer, at: number): Member[] {
  const found: Member[] = [];
  let i = at + 1;
  while (bytes[i] === quote) {
    const keyEnd = skipString(bytes, i);
    const end = skipValue(bytes, keyEnd + 1);
    found.push({ key: stringAt(bytes, i, keyEnd), keyStart: i, start: keyEnd + 1, end });
    i = bytes[end] === 0x2c ? end + 1 : end;
  }
  return found;
}

/**
 * @param at where an array's `[` stands
 * @returns where its elements stand, in order
 */
export function elements(bytes: Buffer, at: number): Span[] {
  const found: Span[] = [];
  let start = at + 1;
  if (bytes[start] === 0x5d) return found;
  for (;;) {
    const end = skipValue(bytes, start);
    found.push({ start, end });
    if (bytes[end] !== 0x2c) return found;
    start = end + 1;
  }
}

/**
 * @param at where an object's `{` stands
 * @param key decoded; a key spelled with escapes is found too
 * @returns the object's member of that key; members behind it are not looked at
 */
export function findMember(bytes: Buffer, at: number, key: string): Member | undefined {
  const found = findStart(bytes, at, key);
  return found === undefined ? undefined : { key, ...found, end: skipValue(bytes, found.start) };
}

/** {@link findMember} without its end: the value is not walked over. */
export function findStart(bytes: Buffer, at: number, key: string): Pick<Member, 'keyStart' | 'start'> | undefined {
  let i = at + 1;
  while (bytes[i] === quote) {
    const keyEnd = skipString(bytes, i);
    const start = keyEnd + 1;
    if (isKey(bytes, i, keyEnd, key)) return { keyStart: i, start };
    const end = skipValue(bytes, start);
    i = bytes[end] === 0x2c ? end + 1 : end;
  }
  return undefined;
}

/** @returns whether the string token from `start` to `end` (quotes included) says `key` */
export function isKey(bytes: Buffer, start: number, end: number, key: string): boolean {
  const { length } = key;
  // UTF-8 and escapes only make a text longer, never shorter.
  if (end - start - 2 < length) return false;
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + 1 + i]!;
    if (byte === backslash || byte >= 0x80) return stringAt(bytes, start, end) === key;
    if (byte !== key.charCodeAt(i)) return false;
  }
  return end - start - 2 === length;
}
