/** Ids that this server gives: UUID version 7, whose leading time keeps index inserts together. RFC 9562 section 5.7; R4 resource.html#id. */
import { randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(4096);
let used = pool.length;

function random(bytes: number): Buffer {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.subarray(used - bytes, used);
}

/**
 * @param now milliseconds since 1970
 * @returns a new id, 36 characters in lower case
 */
export function newId(now: number = Date.now()): string {
  const tail = Buffer.from(random(10));
  tail[0] = 0x70 | (tail[0]! & 0x0f);
  tail[2] = 0x80 | (tail[2]! & 0x3f);
  const time = now.toString(16).padStart(12, '0');
  const hex = tail.toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-${hex.slice(0, 4)}-${hex.slice(4, 8)}-${hex.slice(8)}`;
}
