/** Where a JSON text is at fault: line and column for an OperationOutcome, and the first ill-formed UTF-8 sequence. R4: json.html. */
import { invalid, type FhirError } from '../outcome.ts';

/** @returns 3 when the bytes start with a byte order mark, else 0 */
export const bomLength = (bytes: Buffer): number => (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);

/**
 * @param at an offset into UTF-8 `bytes` that are well formed up to there
 * @returns 1-based line and column; the column counts UTF-16 code units, a byte order mark counts for nothing, and LF, CR LF
 *   and CR each end a line
 */
export function positionAt(bytes: Buffer, at: number): { line: number; column: number } {
  let line = 1;
  let lineStart = bomLength(bytes);
  for (let i = lineStart; i < at; i++) {
    const byte = bytes[i];
    if (byte === 0x0a || (byte === 0x0d && bytes[i + 1] !== 0x0a)) {
      line++;
      lineStart = i + 1;
    }
  }
  return { line, column: bytes.toString('utf8', lineStart, Math.max(at, lineStart)).length + 1 };
}

/** @returns the error for a text that is at fault at an offset: 400, issue type `invalid`, with line and column */
export const faultAt = (bytes: Buffer, at: number, diagnostics: string): FhirError =>
  invalid(diagnostics, { position: positionAt(bytes, at) });

/** @returns how diagnostics show the character at an offset of well-formed UTF-8: in quotes, or as U+000A when it would not be seen */
export function shownCharacter(bytes: Buffer, at: number): string {
  const code = bytes.toString('utf8', at, at + 4).codePointAt(0) ?? 0;
  const text = String.fromCodePoint(code);
  return /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(text) ? `U+${code.toString(16).toUpperCase().padStart(4, '0')}` : `"${text}"`;
}

/**
 * Finds what is wrong with bytes that are not UTF-8 (RFC 3629).
 * @returns the offset of the first ill-formed sequence, or the length when there is none
 */
export function illFormedAt(bytes: Buffer): number {
  let i = 0;
  while (i < bytes.length) {
    const lead = bytes[i]!;
    if (lead < 0x80) {
      i++;
      continue;
    }
    const following = lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
    if (following === 0) return i;
    // The second byte's range excludes overlong forms, surrogates and code points over 10FFFF.
    const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    for (let j = 1; j <= following; j++) {
      const byte = bytes[i + j] ?? 0;
      if (byte < (j === 1 ? low : 0x80) || byte > (j === 1 ? high : 0xbf)) return i;
    }
    i += following + 1;
  }
  return i;
}
