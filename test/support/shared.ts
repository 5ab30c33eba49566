/** Data that does not belong to the project: the folder that VERBATIM_SHARED names, or `shared` beside the checkout. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const folder = process.env['VERBATIM_SHARED'] ?? join(import.meta.dirname, '../../../shared');

/** Whether the folder is there; tests on it say that they are skipped where it is not. */
export const hasShared = existsSync(join(folder, 'vectors'));

/** Whether everything is to be run, not the twins that fit into five minutes. */
export const isFull = process.env['VERBATIM_FULL'] !== undefined;

export const sharedPath = (...path: string[]): string => join(folder, ...path);

/** @returns the bytes of a file, inflated where it ends in .gz */
export function readShared(...path: string[]): Buffer {
  const bytes = readFileSync(sharedPath(...path));
  return path.at(-1)!.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}
