/**
 * The byte scanner: reads a JSON text once, refuses what is not strict JSON or what jsonb cannot hold, and drops the white
 * space between its tokens. Every token stays as it was sent. R4: json.html; RFC 8259.
 */
import { isUtf8 } from 'node:buffer';
import { copyBytes } from './bytes.ts';
import { bomLength, faultAt, illFormedAt, shownCharacter } from './fault.ts';
import { addKey, closeObject, openKeys, openObject, type OpenKeys } from './keys.ts';
import { fitsNumeric, isCanonical } from './number.ts';

/** A valid JSON text without insignificant white space. */
export interface CompactJson {
  /** UTF-8 without byte order mark; may be a view of the bytes that were scanned. */
  readonly bytes: Buffer;
  /** Whether every number's text is what JavaScript writes for it, so that JSON.parse loses nothing. */
  readonly canonicalNumbers: boolean;
}

/** How deep arrays and objects may be nested. */
export const deepest = 200;

/** What may follow a backslash, but for `u`. */
const escapable = new Uint8Array(256);
for (const character of '"\\/bfnrt') escapable[character.charCodeAt(0)] = 1;
/** The bytes of a string that need no look: all but the quote, the backslash and control characters. */
const plain = new Uint8Array(256).fill(1, 0x20);
plain[0x22] = plain[0x5c] = 0;
/** A hexadecimal digit's value, 255 for anything else. */
const hex = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit++) {
  hex[digit.toString(16).charCodeAt(0)] = digit;
  hex[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Where the scan stands. */
interface Scan {
  readonly bytes: Buffer;
  /** The next byte to look at. */
  at: number;
  /** Where the tokens that are not copied yet start. */
  run: number;
  /** The tokens so far, once there was white space between two of them. */
  out: Buffer | undefined;
  /** How many bytes of `out` are written. */
  written: number;
  canonical: boolean;
  /** Whether the string scanned last has a backslash. */
  escaped: boolean;
  readonly keys: OpenKeys;
  /** What is open around the next value, outermost first: true stands for an object, false for an array. */
  readonly inObject: boolean[];
  depth: number;
}

/**
 * Checks a JSON text and takes the white space between its tokens away, in time linear in its length.
 * @param bytes the text in UTF-8, of any JSON value; a leading byte order mark is skipped
 * @returns the same tokens; a view of `bytes` when there was nothing to take away between them
 * @throws FhirError 400 `invalid` with line and column: empty text, invalid JSON, ill-formed UTF-8, a key twice in one object
 *   (compared as decoded), `\u0000`, an unpaired surrogate, nesting over 200 levels, a number that numeric cannot hold
 */
export function compactJson(bytes: Buffer): CompactJson {
  const scan = begin(bytes);
  scanValue(scan, Infinity);
  return end(scan);
}

/** Bytes of a step. */
const step = 2 ** 20;

/** {@link compactJson} in steps: what asks for the next one may do other things in between. */
export function* compactJsonInSteps(bytes: Buffer): Generator<undefined, CompactJson> {
  const scan = begin(bytes);
  while (!scanValue(scan, scan.at + step)) yield;
  return end(scan);
}

function begin(bytes: Buffer): Scan {
  if (!isUtf8(bytes)) throw faultAt(bytes, illFormedAt(bytes), 'The text is not valid UTF-8');
  const first = bomLength(bytes);
  const scan: Scan = { bytes, at: first, run: first, out: undefined, written: 0, canonical: true, escaped: false, keys: openKeys(), inObject: [], depth: 0 };
  skipSpace(scan);
  if (scan.at === bytes.length) throw faultAt(bytes, scan.at, 'The text is empty');
  return scan;
}

function end(scan: Scan): CompactJson {
  const { bytes, at } = scan;
  skipSpace(scan, at);
  if (scan.at < bytes.length) throw unexpected(scan, 'the end of the text');
  if (scan.out === undefined) return { bytes: bytes.subarray(scan.run, at), canonicalNumbers: scan.canonical };
  copyRun(scan, scan.out, at);
  return { bytes: scan.out.subarray(0, scan.written), canonicalNumbers: scan.canonical };
}

/**
 * Scans one value, however deep, with a stack of its own.
 * @param pause stops before the first value that begins there or behind; to be called again then
 * @returns whether it has ended
 */
function scanValue(scan: Scan, pause: number): boolean {
  const { bytes, inObject } = scan;
  const { length } = bytes;
  let { depth } = scan;
  value: for (;;) {
    if (scan.at >= pause) {
      scan.depth = depth;
      return false;
    }
    const byte = scan.at < length ? bytes[scan.at]! : 0;
    if (byte === 0x22) scanString(scan);
    else if (byte === 0x7b || byte === 0x5b) {
      if (depth === deepest) throw faultAt(bytes, scan.at, `The nesting is deeper than ${deepest} levels`);
      scan.at++;
      skipSpace(scan);
      const isObject = byte === 0x7b;
      if (scan.at < length && bytes[scan.at] === (isObject ? 0x7d : 0x5d)) scan.at++;
      else {
        inObject[depth++] = isObject;
        if (isObject) {
          openObject(scan.keys);
          scanKey(scan, 'a key or "}"');
        }
        continue;
      }
    } else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) scanNumber(scan);
    else if (byte === 0x74) scanLiteral(scan, 'true');
    else if (byte === 0x66) scanLiteral(scan, 'false');
    else if (byte === 0x6e) scanLiteral(scan, 'null');
    else throw unexpected(scan, 'a value');

    while (depth > 0) {
      skipSpace(scan);
      const next = scan.at < length ? bytes[scan.at]! : 0;
      const isObject = inObject[depth - 1]!;
      if (next === 0x2c) {
        scan.at++;
        skipSpace(scan);
        if (isObject) scanKey(scan, 'a key');
        continue value;
      }
      if (next !== (isObject ? 0x7d : 0x5d)) throw unexpected(scan, isObject ? '"," or "}"' : '"," or "]"');
      scan.at++;
      depth--;
      if (isObject) closeObject(scan.keys);
    }
    return true;
  }
}

/** Scans a key, its colon and the white space around the colon. */
function scanKey(scan: Scan, expected: string): void {
  const { bytes, at } = scan;
  if (at >= bytes.length || bytes[at] !== 0x22) throw unexpected(scan, expected);
  scan.escaped = false;
  scanString(scan);
  if (!addKey(scan.keys, bytes, at + 1, scan.at - 1, scan.escaped)) {
    const key = JSON.parse(bytes.toString('utf8', at, scan.at)) as string;
    throw faultAt(bytes, at, `The key ${JSON.stringify(shortened(key))} stands twice in one object`);
  }
  skipSpace(scan);
  if (scan.at >= bytes.length || bytes[scan.at] !== 0x3a) throw unexpected(scan, '":"');
  scan.at++;
  skipSpace(scan);
}

function scanString(scan: Scan): void {
  const { bytes } = scan;
  const { length } = bytes;
  let i = scan.at + 1;
  for (;;) {
    while (i < length && plain[bytes[i]!] === 1) i++;
    if (i >= length) throw faultAt(bytes, length, 'The text ends inside a string');
    const byte = bytes[i]!;
    if (byte === 0x22) break;
    if (byte !== 0x5c) throw faultAt(bytes, i, `The control character ${shownCharacter(bytes, i)} stands in a string without escape`);
    scan.escaped = true;
    i = endOfEscape(bytes, i);
  }
  scan.at = i + 1;
}

/** @returns where the escape at `at` ends, the second half of a surrogate pair included */
function endOfEscape(bytes: Buffer, at: number): number {
  const byte = bytes[at + 1];
  if (byte === undefined) throw faultAt(bytes, bytes.length, 'The text ends inside a string');
  if (escapable[byte] === 1) return at + 2;
  if (byte !== 0x75) throw faultAt(bytes, at, `There is no escape of ${shownCharacter(bytes, at + 1)} in JSON`);
  const unit = unitAt(bytes, at);
  if (unit < 0) throw faultAt(bytes, at, 'The escape \\u is not followed by four hexadecimal digits');
  if (unit === 0) throw faultAt(bytes, at, 'The character \\u0000 cannot be stored');
  if (unit < 0xd800 || unit > 0xdfff) return at + 6;
  const low = unit < 0xdc00 ? unitAt(bytes, at + 6) : -1;
  if (low >= 0xdc00 && low <= 0xdfff) return at + 12;
  throw faultAt(bytes, at, `The escape \\u${unit.toString(16)} is half of a surrogate pair`);
}

/** @returns the UTF-16 code unit that an escape `\uXXXX` at `at` names, or -1 when there is none */
function unitAt(bytes: Buffer, at: number): number {
  if (at + 6 > bytes.length || bytes[at] !== 0x5c || bytes[at + 1] !== 0x75) return -1;
  const a = hex[bytes[at + 2]!]!;
  const b = hex[bytes[at + 3]!]!;
  const c = hex[bytes[at + 4]!]!;
  const d = hex[bytes[at + 5]!]!;
  return (a | b | c | d) > 15 ? -1 : (a << 12) | (b << 8) | (c << 4) | d;
}

function scanNumber(scan: Scan): void {
  const { bytes } = scan;
  const { length } = bytes;
  const start = scan.at;
  let i = bytes[start] === 0x2d ? start + 1 : start;
  const first = i;
  i = endOfDigits(scan, i);
  if (i - first > 1 && bytes[first] === 0x30) throw faultAt(bytes, first, 'A number has a needless zero in front');
  if (i < length && bytes[i] === 0x2e) i = endOfDigits(scan, i + 1);
  let scaled = i - start > 16_383;
  if (i < length && (bytes[i]! | 0x20) === 0x65) {
    scaled = true;
    i++;
    if (i < length && (bytes[i] === 0x2b || bytes[i] === 0x2d)) i++;
    i = endOfDigits(scan, i);
  }
  if (scaled && !fitsNumeric(bytes, start, i)) {
    const text = shortened(bytes.toString('latin1', start, Math.min(i, start + 100)));
    throw faultAt(bytes, start, `The number ${text} is out of range: over 131072 digits before or 16383 after the decimal point`);
  }
  if (scan.canonical) scan.canonical = isCanonical(bytes, start, i);
  scan.at = i;
}

/** @returns where the digits that start at `from` end; there must be one */
function endOfDigits(scan: Scan, from: number): number {
  const { bytes } = scan;
  const { length } = bytes;
  let i = from;
  while (i < length && bytes[i]! >= 0x30 && bytes[i]! <= 0x39) i++;
  if (i === from) {
    scan.at = from;
    throw unexpected(scan, 'a digit');
  }
  return i;
}

function scanLiteral(scan: Scan, literal: 'true' | 'false' | 'null'): void {
  const { bytes, at } = scan;
  for (let i = 1; i < literal.length; i++) {
    if (bytes[at + i] !== literal.charCodeAt(i)) throw unexpected(scan, 'a value');
  }
  scan.at = at + literal.length;
}

/** Skips white space; the tokens before it are copied, unless nothing but the end of the text follows. */
function skipSpace(scan: Scan, end = -1): void {
  const { bytes, at } = scan;
  const { length } = bytes;
  let i = at;
  while (i < length) {
    const byte = bytes[i]!;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    i++;
  }
  if (i === at) return;
  scan.at = i;
  if (end >= 0) return;
  if (at > scan.run) {
    scan.out ??= Buffer.allocUnsafe(length);
    copyRun(scan, scan.out, at);
  }
  scan.run = i;
}

function copyRun(scan: Scan, out: Buffer, end: number): void {
  scan.written = copyBytes(scan.bytes, scan.run, end, out, scan.written);
}

function unexpected(scan: Scan, expected: string) {
  const { bytes, at } = scan;
  return faultAt(bytes, at, at >= bytes.length
    ? `The text ends where ${expected} is expected`
    : `Unexpected ${shownCharacter(bytes, at)} where ${expected} is expected`);
}

const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);
