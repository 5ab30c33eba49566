/**
 * One server to a data folder. The lock is a listening socket, so that it ends with the process however the process ends; whoever
 * connects is told the owner's pid.
 */
import { createHash } from 'node:crypto';
import { realpath, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedFailure } from './failure.ts';

/**
 * @param folder exists
 * @returns a function that gives the folder free
 * @throws EmbeddedFailure naming the pid of the server that has the folder
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const name = `verbatim-${createHash('sha256').update(await realpath(folder)).digest('hex').slice(0, 32)}`;
  // Linux has sockets without a file, which leave nothing behind.
  const path = process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`);
  const server = createServer((socket) => socket.end(String(process.pid)));
  try {
    await listen(server, path);
  } catch {
    const owner = await ownerOf(path);
    if (owner !== undefined) throw new EmbeddedFailure(`The data folder ${folder} is in use by the server with pid ${owner}`);
    await unlink(path).catch(() => {});
    await listen(server, path);
  }
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });

const ownerOf = (path: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    let pid = '';
    const socket = connect(path);
    socket.on('data', (data) => (pid += data.toString()));
    socket.on('end', () => resolve(pid));
    socket.on('error', () => resolve(undefined));
  });
