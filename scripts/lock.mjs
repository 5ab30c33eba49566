/** One process of the project at a time installs or builds. The lock is a listening socket: it ends with the process, however that ends. */
import { createHash } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @template T
 * @param {string} root folder of the project
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function alone(root, work) {
  const name = `verbatim-install-${createHash('sha256').update(root).digest('hex').slice(0, 32)}`;
  const path = process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`);
  const server = createServer((socket) => socket.end());
  while (!(await listens(server, path))) {
    if (process.platform !== 'linux' && !(await answers(path))) unlinkSync(path);
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

const listens = (server, path) =>
  new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(path, () => resolve(true));
  });

const answers = (path) =>
  new Promise((resolve) => {
    connect(path).on('connect', () => resolve(true)).on('error', () => resolve(false));
  });
