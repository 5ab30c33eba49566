/** Ids that this server gives: UUID version 7, whose leading time keeps index inserts together. RFC 9562 section 5.7; R4 resource.html#id. */
import { randomUUID } from 'node:crypto';

/**
 * @param now milliseconds since 1970
 * @returns a new id, 36 characters in lower case
 */
export function newId(now: number = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  // A random UUID (version 4) has the variant in the right place; its first 48 bits become the time, and its version 7.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
