/** A JSON text as JavaScript values, with the text of every number that a double would not give back. R4: json.html#decimal. */
import { isCanonical } from './number.ts';
import type { CompactJson } from './scan.ts';
import { skipString, stringAt } from './walk.ts';

export type JsonValue = null | boolean | number | JsonNumber | string | JsonValue[] | JsonObject;

/** Own properties only: a key may be any text, `__proto__` and `constructor` too. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** A number whose text says more than its double: `1.10`, `1e2`, twenty digits. */
export class JsonNumber {
  /** The number as it was sent. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The nearest double. */
  valueOf(): number {
    return Number(this.text);
  }

  toString(): string {
    return this.text;
  }

  /** JSON.stringify cannot write the text; it writes the double. */
  toJSON(): number {
    return Number(this.text);
  }
}

/** @returns the number as it was sent */
export const numberText = (value: number | JsonNumber): string => (value instanceof JsonNumber ? value.text : String(value));

/** @returns whether the value is an object, and neither null, an array nor a number */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);

/**
 * @param compact a text that the scanner has passed, or one value cut out of it
 * @returns its value; a number is a {@link JsonNumber} exactly when its text is not what JavaScript writes for it
 */
export function parseJson(compact: CompactJson): JsonValue {
  const value = JSON.parse(compact.bytes.toString('utf8')) as JsonValue;
  return compact.canonicalNumbers ? value : restoreNumbers(compact.bytes, value);
}

type Container = Record<string | number, JsonValue>;

/** Where a number stands while the text is walked: for each level the current key or index, and the container once it is needed. */
interface Path {
  readonly isArray: boolean[];
  readonly index: number[];
  readonly keyStart: number[];
  readonly keyEnd: number[];
  readonly container: (Container | undefined)[];
}

/**
 * Walks the text beside the value that JSON.parse made of it and puts the numbers back that it lost: faster than a parser of
 * our own, because nearly all of the work stays in JSON.parse.
 */
function restoreNumbers(bytes: Buffer, root: JsonValue): JsonValue {
  const { length } = bytes;
  const path: Path = { isArray: [], index: [], keyStart: [], keyEnd: [], container: [] };
  let top = -1;
  let i = 0;
  while (i < length) {
    const byte = bytes[i]!;
    if (byte === 0x22) {
      const end = skipString(bytes, i);
      if (end < length && bytes[end] === 0x3a) {
        path.keyStart[top] = i;
        path.keyEnd[top] = end;
      }
      i = end;
    } else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      const start = i;
      do i++;
      while (i < length && isNumberByte(bytes[i]!));
      if (!isCanonical(bytes, start, i)) {
        const number = new JsonNumber(bytes.toString('latin1', start, i));
        if (top < 0) return number;
        containerAt(bytes, path, root, top)[stepAt(bytes, path, top)] = number;
      }
    } else {
      i++;
      if (byte === 0x7b || byte === 0x5b) {
        top++;
        path.isArray[top] = byte === 0x5b;
        path.index[top] = 0;
        path.container[top] = undefined;
      } else if (byte === 0x7d || byte === 0x5d) top--;
      else if (byte === 0x2c && path.isArray[top]) path.index[top]!++;
    }
  }
  return root;
}

const isNumberByte = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || byte === 0x2e || byte === 0x2d || byte === 0x2b || (byte | 0x20) === 0x65;

const stepAt = (bytes: Buffer, path: Path, level: number): string | number =>
  path.isArray[level] ? path.index[level]! : stringAt(bytes, path.keyStart[level]!, path.keyEnd[level]!);

/** Each container is looked up once, so that a text of nothing but such numbers stays linear at any depth. */
function containerAt(bytes: Buffer, path: Path, root: JsonValue, level: number): Container {
  const known = path.container[level];
  if (known !== undefined) return known;
  const found = (level === 0 ? root : containerAt(bytes, path, root, level - 1)[stepAt(bytes, path, level - 1)]) as Container;
  path.container[level] = found;
  return found;
}

/** @returns the value as minified JSON, numbers as they were sent */
export function jsonText(value: JsonValue): string {
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${jsonText(member)}`).join(',')}}`;
}
