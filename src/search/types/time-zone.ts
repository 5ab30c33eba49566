/** Offsets of IANA time zones, for times without a zone of their own. R4: search.html#date (time zones). */

/**
 * @param zone an IANA name: `UTC`, `Europe/Amsterdam`
 * @param local a local time as if it were UTC, in milliseconds since 1970
 * @returns what is to be taken from it for the time in UTC, in milliseconds
 */
export function offsetOf(zone: string, local: number): number {
  if (zone === 'UTC') return 0;
  // The offset depends on the time in UTC, which depends on the offset: the second round settles it but for the hour of a change.
  const first = offsetAt(zone, local);
  return offsetAt(zone, local - first);
}

function offsetAt(zone: string, utc: number): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  }).formatToParts(utc);
  const field = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((part) => part.type === type)?.value);
  const shown = Date.UTC(field('year'), field('month') - 1, field('day'), field('hour'), field('minute'), field('second'));
  return shown - Math.floor(utc / 1000) * 1000;
}
