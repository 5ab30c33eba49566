/** Virtual users: each has a connection and begins its next turn when the last has ended, until the time or the turns are over. */
import { openConnection, type Connection, type Reply } from './connection.ts';
import type { Recorder } from './recorder.ts';
import { requestBytes, type Request } from './request.ts';

/** How a turn speaks to the server. */
export interface Client {
  /** Of this client among all, from 0. */
  readonly index: number;
  /**
   * Sends, and records the time under the label.
   * @param expected statuses that count as success; 2xx when absent
   * @returns undefined where the connection failed
   */
  send(label: string, request: Request | Buffer, expected?: readonly number[]): Promise<Reply | undefined>;
}

/** @param turn counted over all clients */
export type Turn = (client: Client, turn: number) => Promise<void>;

export interface Extent {
  readonly clients: number;
  readonly seconds?: number;
  readonly turns?: number;
}

/** A connection that fails at once would spin. */
const pause = 100;

/**
 * @returns milliseconds that it took; requests under way at the end are finished
 * @throws what a turn throws, when all clients have stopped
 */
export async function runClients(base: URL, { clients, seconds = Infinity, turns = Infinity }: Extent, recorder: Recorder, turn: Turn): Promise<number> {
  const began = performance.now();
  const end = began + seconds * 1000;
  let next = 0;
  const one = async (index: number): Promise<void> => {
    const connection = openConnection(base);
    const client: Client = { index, send: (label, request, expected) => exchange(connection, label, Buffer.isBuffer(request) ? request : requestBytes(base, request), expected) };
    try {
      while (performance.now() < end && next < turns) await turn(client, next++);
    } finally {
      connection.close();
    }
  };
  const exchange = async (connection: Connection, label: string, bytes: Buffer, expected?: readonly number[]): Promise<Reply | undefined> => {
    const sent = performance.now();
    try {
      const reply = await connection.send(bytes);
      const now = performance.now();
      const isExpected = expected === undefined ? reply.status >= 200 && reply.status < 300 : expected.includes(reply.status);
      if (isExpected) recorder.ok(label, now - sent, now - began);
      else recorder.error(label, String(reply.status));
      return reply;
    } catch (error) {
      recorder.error(label, (error as NodeJS.ErrnoException).code ?? (error as Error).message);
      await new Promise((resolve) => setTimeout(resolve, pause));
      return undefined;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: clients }, (_, index) => one(index)));
  const failed = ended.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return performance.now() - began;
}
