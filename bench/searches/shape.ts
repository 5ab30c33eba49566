/** A query whose values are drawn from what the server holds. */
import type { Random } from '../../src/tools/generate/random.ts';
import type { Harvest } from '../data/harvest.ts';

export interface Shape {
  readonly name: string;
  /** @returns the path below the base */
  readonly path: (harvest: Harvest, random: Random) => string;
  /** Headers and statuses of requests that are no plain GET. */
  readonly headers?: Readonly<Record<string, string>>;
}

export const fixed = (name: string, path: string): Shape => ({ name, path: () => path });

/** Takes a value as part of a URL. */
export const value = (text: string): string => encodeURIComponent(text.replace(/[\\,|$]/g, '\\$&'));

/** An id of a type, `-` where the data have none. */
export const idOf = (type: string) => ({ ids }: Harvest, random: Random): string => (ids[type]?.length ? random.pick(ids[type]) : '-');
export const patientId = idOf('Patient');

/** `system|code`, its parts as they are. */
export const codeOf = (type: string) => ({ codes }: Harvest, random: Random): string => (codes[type]?.length ? encodeURIComponent(random.pick(codes[type])) : 'none');
