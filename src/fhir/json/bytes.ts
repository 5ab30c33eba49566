/** Copies runs of bytes between buffers. JSON tokens are short, and Buffer.copy costs as much as a loop over some hundred bytes. */

/**
 * Copies `from[start, end)` to `to` at `at`.
 * @returns the offset behind the last byte written
 */
export function copyBytes(from: Buffer, start: number, end: number, to: Buffer, at: number): number {
  if (end - start > 100) return at + from.copy(to, at, start, end);
  let o = at;
  for (let i = start; i < end; i++) to[o++] = from[i]!;
  return o;
}
