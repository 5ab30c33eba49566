/**
 * The files of a gzipped tar archive (POSIX ustar with pax and GNU long names), one after another, never written to a disk. What it
 * inflates to is bounded, so that a small archive cannot fill the memory.
 */
import { createGunzip } from 'node:zlib';
import { Readable } from 'node:stream';

export interface TarLimits {
  /** Bytes that the whole archive may inflate to. */
  readonly total: number;
  /** Bytes that a file which is asked for may have. */
  readonly file: number;
  readonly entries: number;
}

export const tarLimits: TarLimits = { total: 1024 ** 3, file: 64 * 1024 ** 2, entries: 100_000 };

export interface TarFile {
  readonly name: string;
  readonly bytes: Buffer;
}

const block = 512;

/**
 * @param archive the bytes of a `.tgz`
 * @param wanted whether a file's content is kept; the others are passed over
 * @throws Error where it is no gzip, no tar, is cut short, names a path outside of itself, or exceeds a limit
 */
export async function* tarFiles(archive: Uint8Array, wanted: (name: string) => boolean, limits: TarLimits = tarLimits): AsyncGenerator<TarFile> {
  const reader = createReader(inflated(archive, limits.total));
  let name: string | undefined;
  for (let entries = 0; ; entries++) {
    if (entries > limits.entries) throw new Error(`the archive has more than ${limits.entries} entries`);
    const header = await reader.take(block);
    if (header === undefined || header.every((byte) => byte === 0)) return;
    const { type, size, name: short } = headerOf(header);
    const isLong = type === 'x' || type === 'L' || type === 'K' || type === 'g';
    const path = name ?? short;
    const isKept = isLong || (isFile(type) && wanted(pathOf(path)));
    if (isKept && size > limits.file) throw new Error(`"${path}" has ${size} bytes, more than ${limits.file}`);
    const bytes = isKept ? await reader.take(size) : await reader.skip(size);
    if (bytes === undefined) throw new Error('the archive is cut short');
    await reader.skip((block - (size % block)) % block);
    if (type === 'L') name = text(bytes);
    else if (type === 'x') name = paxPath(bytes.toString('utf8')) ?? name;
    else if (!isLong) {
      if (isKept) yield { name: pathOf(path), bytes };
      name = undefined;
    }
  }
}

/** Links and devices have no content of their own and are passed over. */
const isFile = (type: string): boolean => type === '0' || type === '\0' || type === '7';

/** @throws Error where the path leads out of the archive */
function pathOf(name: string): string {
  const steps = name.replaceAll('\\', '/').split('/').filter((step) => step !== '' && step !== '.');
  if (steps.includes('..') || /^(?:[/\\]|[A-Za-z]:)/.test(name)) throw new Error(`"${name}" leads out of the archive`);
  return steps.join('/');
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8').replace(/\0.*$/s, '');

function headerOf(header: Buffer): { name: string; size: number; type: string } {
  const stated = parseInt(text(header.subarray(148, 156)).trim(), 8);
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  if (sum !== stated) throw new Error('it is no tar archive');
  const size = parseInt(text(header.subarray(124, 136)).trim() || '0', 8);
  if (!Number.isSafeInteger(size) || size < 0) throw new Error('an entry has no size');
  const prefix = text(header.subarray(257, 262)) === 'ustar' ? text(header.subarray(345, 500)) : '';
  const name = text(header.subarray(0, 100));
  return { name: prefix === '' ? name : `${prefix}/${name}`, size, type: String.fromCharCode(header[156]!) };
}

/** The path of a pax header: records of `length key=value`. */
const paxPath = (records: string): string | undefined => /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records)?.[1];

async function* inflated(archive: Uint8Array, limit: number): AsyncGenerator<Buffer> {
  let total = 0;
  for await (const chunk of Readable.from([archive]).pipe(createGunzip()) as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > limit) throw new Error(`the archive inflates to more than ${limit} bytes`);
    yield chunk;
  }
}

interface Reader {
  /** The next bytes; undefined where there are fewer. */
  readonly take: (length: number) => Promise<Buffer | undefined>;
  /** Passes over bytes; an empty buffer, or undefined where there are fewer. */
  readonly skip: (length: number) => Promise<Buffer | undefined>;
}

function createReader(chunks: AsyncGenerator<Buffer>): Reader {
  let rest: Buffer = Buffer.alloc(0);
  const next = async (): Promise<boolean> => {
    const { value, done } = await chunks.next();
    if (done === true) return false;
    rest = rest.length === 0 ? value : Buffer.concat([rest, value]);
    return true;
  };
  return {
    take: async (length) => {
      const parts: Buffer[] = [];
      let missing = length;
      while (missing > 0) {
        if (rest.length === 0 && !(await next())) return undefined;
        const part = rest.subarray(0, missing);
        rest = rest.subarray(part.length);
        missing -= part.length;
        parts.push(part);
      }
      return parts.length === 1 ? parts[0] : Buffer.concat(parts);
    },
    skip: async (length) => {
      let missing = length;
      while (missing > 0) {
        if (rest.length === 0 && !(await next())) return undefined;
        const passed = Math.min(missing, rest.length);
        rest = rest.subarray(passed);
        missing -= passed;
      }
      return Buffer.alloc(0);
    },
  };
}
