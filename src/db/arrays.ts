/**
 * Postgres arrays in binary form, for statements that bind thousands of rows at once.
 *
 * node-postgres sends a Buffer as a binary parameter, so an array built here costs neither quoting in Node nor parsing in
 * Postgres; the statement must cast the parameter (`$1::bigint[]`), which is how the server learns what the bytes are.
 * Layout (array_recv): int32 dimensions, int32 has-null flag, int32 element oid, int32 length, int32 lower bound, then for each
 * element int32 byte length (-1: null) and its bytes.
 */

const header = 20;
const oid = { int8: 20, int4: 23, text: 25, float8: 701 } as const;

/**
 * @param bytes of all elements, their lengths included
 * @returns an array's buffer with its header written, and a view of it: V8 makes plain stores of a DataView's setters, and calls of a Buffer's
 */
function begin(bytes: number, length: number, elementOid: number, hasNull = false): { buffer: Buffer; view: DataView } {
  const buffer = Buffer.allocUnsafe(header + bytes);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  view.setInt32(0, 1);
  view.setInt32(4, hasNull ? 1 : 0);
  view.setInt32(8, elementOid);
  view.setInt32(12, length);
  view.setInt32(16, 1);
  return { buffer, view };
}

/** Zero elements have no dimension. */
function emptyArray(elementOid: number): Buffer {
  const buffer = Buffer.alloc(12);
  buffer.writeInt32BE(elementOid, 8);
  return buffer;
}

/** @returns a parameter for `$n::bigint[]`; values are of 64 bits */
export function int8Array(values: readonly bigint[]): Buffer {
  if (values.length === 0) return emptyArray(oid.int8);
  const { buffer, view } = begin(values.length * 12, values.length, oid.int8);
  let at = header;
  for (const value of values) {
    view.setInt32(at, 8);
    view.setBigInt64(at + 4, value);
    at += 12;
  }
  return buffer;
}

/** @returns a parameter for `$n::integer[]`; null elements stay null; throws RangeError for what is none */
export function int4Array(values: readonly (number | null)[]): Buffer {
  if (values.length === 0) return emptyArray(oid.int4);
  let nulls = 0;
  for (const value of values) if (value === null) nulls++;
  const { buffer, view } = begin(values.length * 8 - nulls * 4, values.length, oid.int4, nulls > 0);
  let at = header;
  for (const value of values) {
    // A DataView would take what is left of it in 32 bits.
    if (value !== null && (value | 0) !== value) throw new RangeError(`${value} is no integer of Postgres`);
    view.setInt32(at, value === null ? -1 : 4);
    if (value !== null) view.setInt32(at + 4, value);
    at += value === null ? 4 : 8;
  }
  return buffer;
}

/** @returns a parameter for `$n::double precision[]` */
export function float8Array(values: readonly number[]): Buffer {
  if (values.length === 0) return emptyArray(oid.float8);
  const { buffer, view } = begin(values.length * 12, values.length, oid.float8);
  let at = header;
  for (const value of values) {
    view.setInt32(at, 8);
    view.setFloat64(at + 4, value);
    at += 12;
  }
  return buffer;
}

/** Texts of so many characters are written here where they are ASCII: a call of Buffer takes longer. */
const short = 40;

/**
 * @param values texts, or their UTF-8; null elements stay null
 * @returns a parameter for `$n::text[]`; cast on to `resource_type[]` where the column is one
 */
export function textArray(values: readonly (string | Buffer | null)[]): Buffer {
  if (values.length === 0) return emptyArray(oid.text);
  let bytes = 0;
  let hasNull = false;
  for (const value of values) {
    bytes += 4 + (value === null ? 0 : typeof value !== 'string' ? value.length : value.length <= short ? value.length * 3 : Buffer.byteLength(value));
    hasNull ||= value === null;
  }
  const { buffer, view } = begin(bytes, values.length, oid.text, hasNull);
  let at = header;
  for (const value of values) {
    const written = value === null ? -1 : typeof value === 'string' ? writeText(buffer, value, at + 4) : value.copy(buffer, at + 4);
    view.setInt32(at, written);
    at += 4 + Math.max(written, 0);
  }
  return buffer.subarray(0, at);
}

/** @returns how many bytes of UTF-8 it has written */
function writeText(buffer: Buffer, text: string, at: number): number {
  const { length } = text;
  if (length > short) return buffer.write(text, at);
  for (let n = 0; n < length; n++) {
    const unit = text.charCodeAt(n);
    if (unit >= 0x80) return buffer.write(text, at);
    buffer[at + n] = unit;
  }
  return length;
}
