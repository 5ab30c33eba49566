/** The data: Synthea's files where they are, else the generator's; with further replicas under new ids. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { generate } from '../../src/tools/generate.ts';
import { root } from '../target/process.ts';

export interface Data {
  /** For the report and as a part of names of databases: letters, digits and `_`. */
  readonly name: string;
  /** Those that others refer to come first. */
  readonly files: readonly string[];
  /** Resources to which the loaded database is grown. */
  readonly grown?: number;
}

const shared = process.env['VERBATIM_SHARED'] ?? join(root, '../shared');

/**
 * @param work where generated files are kept
 * @param isSmall take the generator's, whatever there is
 * @param replicas copies of each file in all
 */
export async function chooseData(work: string, { isSmall, patients, replicas }: { isSmall: boolean; patients: number; replicas: number }): Promise<Data> {
  const synthea = join(shared, 'data/synthea');
  const isSynthea = !isSmall && existsSync(synthea);
  const folder = isSynthea ? synthea : join(work, `generated-${patients}`);
  if (!isSynthea && !existsSync(join(folder, 'complete'))) {
    await generate(patients, 'bench', folder);
    writeFileSync(join(folder, 'complete'), '');
  }
  const files = filesIn(folder);
  const further = replicas > 1 ? replicate(files, replicas, join(work, `${isSynthea ? 'synthea' : `generated-${patients}`}-replicas`)) : [];
  return { name: `${isSynthea ? 'synthea' : `generated_${patients}`}${replicas > 1 ? `_x${replicas}` : ''}`, files: [...files, ...further] };
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true }).map(String).filter((name) => /\.json(?:\.gz)?$/.test(name)).toSorted((a, b) => (a < b ? -1 : 1)).map((name) => join(folder, name));

/** Whether a file holds what all others refer to: it comes first, and once. */
export const isCommon = (path: string): boolean => basename(path).startsWith('0-');

function replicate(files: readonly string[], replicas: number, folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  const made: string[] = [];
  for (let n = 1; n < replicas; n++) {
    for (const file of files.filter((path) => !isCommon(path))) {
      const path = join(folder, `${String(n).padStart(4, '0')}-${basename(file).replace(/\.gz$/, '')}`);
      if (!existsSync(path)) writeFileSync(path, replica(readText(file), n));
      made.push(path);
    }
  }
  return made;
}

export function readText(path: string): string {
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * @returns the Bundle's text with other ids: every UUID that is the fullUrl of an entry is replaced wherever it stands, in references
 * and identifiers too; those of others, such as of practitioners, stay
 */
export function replica(bundle: string, n: number): string {
  const own = new Set([...bundle.matchAll(/"fullUrl":\s*"[^"]*?([0-9a-f]{8}-[0-9a-f-]{27})"/g)].map(([, id]) => id!));
  const known = new Map<string, string>();
  return bundle.replace(uuid, (id) => {
    if (!own.has(id)) return id;
    let other = known.get(id);
    if (other === undefined) known.set(id, other = hashed(id, n));
    return other;
  });
}

function hashed(id: string, n: number): string {
  const hex = createHash('sha256').update(`${n} ${id}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
