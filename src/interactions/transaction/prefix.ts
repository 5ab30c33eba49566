/** Which strings of a JSON text may be one of a list, told without decoding them. */

/** Bytes that are compared: as many as `urn:uuid` and a scheme have. */
const most = 8;
/** Different beginnings that each string is compared with: of more, any may be one. */
const mostBeginnings = 16;
const backslash = 0x5c;

/**
 * @param texts those looked for
 * @returns whether the string whose token is between two offsets may begin with one of the texts: true where that is not looked into, as with escapes, which may stand for anything
 */
export function beginsLikeOneOf(texts: Iterable<string>): (bytes: Buffer, start: number, end: number) => boolean {
  const beginnings = new Map<string, Buffer>();
  for (const text of texts) {
    if (beginnings.size > mostBeginnings) return () => true;
    const beginning = Buffer.from(text).subarray(0, most);
    beginnings.set(beginning.toString('latin1'), beginning);
  }
  const all = [...beginnings.values()];
  return (bytes, start, end) => all.some((beginning) => {
    for (let n = 0; n < beginning.length; n++) {
      const byte = start + 1 + n < end - 1 ? bytes[start + 1 + n]! : undefined;
      if (byte === backslash) return true;
      if (byte !== beginning[n]) return false;
    }
    return true;
  });
}
