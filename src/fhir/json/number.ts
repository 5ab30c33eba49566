/** What a JSON number's text is worth: to a double, and to Postgres's numeric, which jsonb holds. R4: json.html#decimal. */

/** The most digits that Postgres's numeric holds before the decimal point, and after it. */
const digitsBefore = 131_072;
const digitsAfter = 16_383;
/** Postgres takes no larger exponent, whatever the digits (numeric.c: PG_INT32_MAX / 2). */
const largestExponent = 1_073_741_823;

const zero = 0x30;
const nine = 0x39;

const isDigit = (byte: number): boolean => byte >= zero && byte <= nine;

/**
 * Whether Postgres can read the number as numeric: at most 131,072 digits before the decimal point and 16,383 after it, once
 * the exponent is applied. Trailing zeros of a fraction count, leading zeros do not.
 * @param start where the number's valid text starts
 * @param end where it ends
 */
export function fitsNumeric(bytes: Buffer, start: number, end: number): boolean {
  let i = bytes[start] === 0x2d ? start + 1 : start;
  let before = 0;
  let after = 0;
  let zeros = 0;
  let significant = false;
  let inFraction = false;
  for (; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 0x2e) inFraction = true;
    else if (!isDigit(byte)) break;
    else {
      if (byte !== zero) significant = true;
      else if (!significant) zeros++;
      if (inFraction) after++;
      else before++;
    }
  }
  let exponent = 0;
  if (i < end) {
    i++;
    const negative = bytes[i] === 0x2d;
    if (negative || bytes[i] === 0x2b) i++;
    for (; i < end; i++) {
      exponent = exponent * 10 + bytes[i]! - zero;
      if (exponent > largestExponent) return false;
    }
    if (negative) exponent = -exponent;
  }
  return after - exponent <= digitsAfter && (!significant || before - zeros + exponent <= digitsBefore);
}

/**
 * Whether the number's text is what JavaScript writes for its double, so that JSON.parse loses nothing of it.
 * @param start where the number's valid text starts
 * @param end where it ends
 */
export function isCanonical(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start] === 0x2d ? start + 1 : start;
  const digits = end - first;
  // No double is written longer than this: sign, 17 digits, point, e, sign, three digits.
  if (digits > 24) return false;
  if (digits <= 16) {
    // Up to 15 significant digits survive a double; between 1e-6 and 1e21 JavaScript writes no exponent.
    let point = -1;
    let i = first;
    for (; i < end; i++) {
      const byte = bytes[i]!;
      if (byte === 0x2e) point = i;
      else if (!isDigit(byte)) break;
    }
    if (i === end) {
      if (point < 0) {
        if (digits <= 15) return first === start || bytes[first] !== zero;
      } else if (bytes[end - 1] === zero) return false;
      else if (bytes[first] !== zero || end - point <= 7) return true;
    }
  }
  const text = bytes.toString('latin1', start, end);
  return String(Number(text)) === text;
}

/**
 * Whether two numbers are equal in value, whatever their digits: `1.0` and `1.00`, `1e2` and `100` (RFC 6902 4.6).
 * @param a the valid text of a number
 * @param b another
 */
export function sameNumber(a: string, b: string): boolean {
  const [one, other] = [decimalOf(a), decimalOf(b)];
  return one.digits === other.digits && (one.digits === '' || (one.exponent === other.exponent && one.negative === other.negative));
}

/** The number as digits without zeros on either side, times a power of ten; no digits at all are zero. */
function decimalOf(text: string): { negative: boolean; digits: string; exponent: number } {
  const [, sign, whole = '', fraction = '', power = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)!;
  const significant = (whole + fraction).replace(/^0+/, '');
  let end = significant.length;
  while (end > 0 && significant.charCodeAt(end - 1) === zero) end--;
  return { negative: sign === '-', digits: significant.slice(0, end), exponent: Number(power) - fraction.length + significant.length - end };
}
