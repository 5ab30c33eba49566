/** Comparison of dates of any precision. R4: datatypes.html#dateTime. */

/** The last instant of a date, as milliseconds: of a year, a month, a day; without a zone, the furthest west. */
function latest(text: string): number {
  if (text.length > 10) return Date.parse(text);
  const [year, month, day] = text.split('-').map(Number) as [number, number | undefined, number | undefined];
  const behind = new Date(0);
  behind.setUTCFullYear(month === undefined ? year + 1 : year, day === undefined ? (month ?? 0) : month! - 1, day === undefined ? 1 : day + 1);
  return behind.getTime() + 12 * 3_600_000;
}

/** The first instant; without a zone, the furthest east. */
function earliest(text: string): number {
  if (text.length > 10) return Date.parse(text);
  const [year, month = 1, day = 1] = text.split('-').map(Number) as [number, number | undefined, number | undefined];
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  return at.getTime() - 14 * 3_600_000;
}

/** @returns whether all of the first lies behind all of the second; texts that are no dates never do */
export const isAfter = (first: string, second: string): boolean =>
  (first.length <= 10 && second.length <= 10 ? first.slice(0, second.length) > second.slice(0, first.length) : earliest(first) > latest(second));
