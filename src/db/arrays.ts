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

function fixed(length: number, width: number, elementOid: number): Buffer {
  const buffer = Buffer.allocUnsafe(header + length * (4 + width));
  writeHeader(buffer, length, elementOid, false);
  return buffer;
}

function writeHeader(buffer: Buffer, length: number, elementOid: number, hasNull: boolean): void {
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(hasNull ? 1 : 0, 4);
  buffer.writeInt32BE(elementOid, 8);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16);
}

/** Zero elements have no dimension. */
function emptyArray(elementOid: number): Buffer {
  const buffer = Buffer.alloc(12);
  buffer.writeInt32BE(elementOid, 8);
  return buffer;
}

/** @returns a parameter for `$n::bigint[]` */
export function int8Array(values: readonly bigint[]): Buffer {
  if (values.length === 0) return emptyArray(oid.int8);
  const buffer = fixed(values.length, 8, oid.int8);
  let at = header;
  for (const value of values) {
    buffer.writeInt32BE(8, at);
    buffer.writeBigInt64BE(value, at + 4);
    at += 12;
  }
  return buffer;
}

/** @returns a parameter for `$n::integer[]`; null elements stay null */
export function int4Array(values: readonly (number | null)[]): Buffer {
  if (values.length === 0) return emptyArray(oid.int4);
  const nulls = values.reduce((count: number, value) => (value === null ? count + 1 : count), 0);
  const buffer = Buffer.allocUnsafe(header + values.length * 8 - nulls * 4);
  writeHeader(buffer, values.length, oid.int4, nulls > 0);
  let at = header;
  for (const value of values) {
    if (value === null) {
      at = buffer.writeInt32BE(-1, at);
    } else {
      at = buffer.writeInt32BE(4, at);
      at = buffer.writeInt32BE(value, at);
    }
  }
  return buffer;
}

/** @returns a parameter for `$n::double precision[]` */
export function float8Array(values: readonly number[]): Buffer {
  if (values.length === 0) return emptyArray(oid.float8);
  const buffer = fixed(values.length, 8, oid.float8);
  let at = header;
  for (const value of values) {
    at = buffer.writeInt32BE(8, at);
    at = buffer.writeDoubleBE(value, at);
  }
  return buffer;
}

/**
 * @param values texts, or their UTF-8; null elements stay null
 * @returns a parameter for `$n::text[]`; cast on to `resource_type[]` where the column is one
 */
export function textArray(values: readonly (string | Buffer | null)[]): Buffer {
  if (values.length === 0) return emptyArray(oid.text);
  let size = header;
  let hasNull = false;
  for (const value of values) {
    size += 4 + (value === null ? 0 : typeof value === 'string' ? Buffer.byteLength(value) : value.length);
    hasNull ||= value === null;
  }
  const buffer = Buffer.allocUnsafe(size);
  writeHeader(buffer, values.length, oid.text, hasNull);
  let at = header;
  for (const value of values) {
    const written = value === null ? -1 : typeof value === 'string' ? buffer.write(value, at + 4) : value.copy(buffer, at + 4);
    at = buffer.writeInt32BE(written, at) + Math.max(written, 0);
  }
  return buffer;
}
