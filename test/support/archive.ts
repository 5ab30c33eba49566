/** Archives as tests need them, hostile ones too. */
import { gzipSync } from 'node:zlib';

export interface Entry {
  readonly name: string;
  readonly content: string;
  readonly type?: string;
}

/** @returns a ustar archive of the entries, gzipped */
export function archive(entries: readonly Entry[], isGzipped = true): Buffer {
  const bytes = Buffer.concat([...entries.flatMap(({ name, content, type = '0' }) => {
    const body = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(name.slice(0, 100), 0);
    header.write('0000644\0', 100);
    header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write(`        ${type}`, 148);
    header.write('ustar\u000000', 257);
    header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  }), Buffer.alloc(1024)]);
  return isGzipped ? gzipSync(bytes) : bytes;
}
