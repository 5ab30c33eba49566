/** The files to load: what the command line names, folders gone through, each opened only when its turn comes. */
import { createReadStream } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

export interface SourceFile {
  readonly path: string;
  /** As it lies on the disk: the measure of progress. */
  readonly size: number;
}

const loadable = /\.(?:json|ndjson)(?:\.gz)?$/;

/**
 * @param paths files and folders; a file that is named is taken whatever its name
 * @returns the files; those of a folder in the order of their names, so that Synthea's `0-…` come first
 * @throws Error naming the path that is not there
 */
export async function findFiles(paths: readonly string[]): Promise<SourceFile[]> {
  const found: SourceFile[] = [];
  for (const path of paths) {
    const info = await stat(path).catch(() => undefined);
    if (info === undefined) throw new Error(`There is no ${path}`);
    if (!info.isDirectory()) {
      found.push({ path, size: info.size });
      continue;
    }
    const names: string[] = [];
    for await (const entry of await opendir(path)) {
      if (entry.isDirectory() || loadable.test(entry.name)) names.push(entry.name);
    }
    found.push(...(await findFiles(names.toSorted().map((name) => join(path, name)))));
  }
  return found;
}

const open = (path: string): NodeJS.ReadableStream => {
  const file = createReadStream(path);
  if (!path.endsWith('.gz')) return file;
  const inflated = createGunzip();
  file.on('error', (error) => inflated.destroy(error));
  return file.pipe(inflated);
};

export const isLines = ({ path }: SourceFile): boolean => /\.ndjson(?:\.gz)?$/.test(path);

/** @returns the bytes of a whole file, inflated */
export async function readWhole({ path }: SourceFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of open(path)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The lines of a file, which may be larger than memory. */
export async function* readLines({ path }: SourceFile): AsyncGenerator<string> {
  for await (const line of createInterface({ input: open(path), crlfDelay: Infinity })) {
    if (line.trim() !== '') yield line;
  }
}
