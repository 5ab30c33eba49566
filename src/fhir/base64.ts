/** base64Binary: RFC 4648 with white space anywhere. R4: datatypes.html#base64Binary. */

const isDigit = Uint8Array.from({ length: 128 }, (_, code) => (/[A-Za-z0-9+/]/.test(String.fromCharCode(code)) ? 1 : 0));

/**
 * In one pass: a regular expression that takes white space in two places goes back and forth between them.
 * @returns whether the text is groups of four characters, the last one padded
 */
export function isBase64(text: string): boolean {
  let digits = 0;
  let padding = 0;
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n);
    if (isDigit[code] === 1 && padding === 0) digits++;
    else if (code === 0x3d) padding++;
    else if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return false;
  }
  return digits > 0 && padding <= 2 && (digits + padding) % 4 === 0;
}
