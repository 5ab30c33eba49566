/** Lays a JSON text out for reading, for `_pretty`; tokens stay as they are. R4: http.html#general (_pretty). */
import { copyBytes } from './bytes.ts';
import { skipString } from './walk.ts';

/** Deep nesting multiplies a text's size; past this many bytes the text stays as it is. */
const largest = 2 ** 28;

/**
 * @param text valid JSON
 * @returns the same tokens, two spaces a level, one member or element a line, `{}` and `[]` on one line; a text that would come
 *   to more than 256 MiB is returned as it is
 */
export function prettyJson(text: string): string {
  const bytes = Buffer.from(text);
  const size = layOut(bytes, undefined);
  if (size > largest) return text;
  const out = Buffer.allocUnsafe(size);
  layOut(bytes, out);
  return out.toString('utf8');
}

/** Writes the text into `out`, or only counts; returns the number of bytes. */
function layOut(bytes: Buffer, out: Buffer | undefined): number {
  const { length } = bytes;
  let size = 0;
  let depth = 0;
  let i = 0;
  while (i < length) {
    const byte = bytes[i]!;
    if (byte === 0x22) {
      const end = skipString(bytes, i);
      if (out !== undefined) copyBytes(bytes, i, end, out, size);
      size += end - i;
      i = end;
      continue;
    }
    i++;
    if (isSpace(byte)) continue;
    const closes = byte === 0x7d || byte === 0x5d;
    if (closes) size = newLine(out, size, --depth);
    if (out !== undefined) out[size] = byte;
    size++;
    if (byte === 0x3a) {
      if (out !== undefined) out[size] = 0x20;
      size++;
    } else if (byte === 0x2c) size = newLine(out, size, depth);
    else if (byte === 0x7b || byte === 0x5b) {
      while (i < length && isSpace(bytes[i]!)) i++;
      // Object and array end two code points after they start: { } and [ ].
      if (bytes[i] === byte + 2) {
        if (out !== undefined) out[size] = byte + 2;
        size++;
        i++;
      } else size = newLine(out, size, ++depth);
    }
  }
  return size;
}

function newLine(out: Buffer | undefined, at: number, depth: number): number {
  const end = at + 1 + depth * 2;
  if (out !== undefined) {
    out[at] = 0x0a;
    for (let i = at + 1; i < end; i++) out[i] = 0x20;
  }
  return end;
}

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
