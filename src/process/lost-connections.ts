/**
 * The connections that are on their way to a worker when it dies. node:cluster keeps each until the worker has said that it took it, and
 * forgets it when no word comes: it would stay open, and its client wait for an answer for ever.
 */
import type { Worker } from 'node:cluster';

/** As node:cluster speaks to its workers (lib/internal/cluster): a connection has a number, by which it is acknowledged. */
interface Message {
  readonly act?: string;
  readonly seq?: number;
  readonly ack?: number;
}

interface Connection {
  close(): void;
}

/**
 * @param worker has just been started
 * @returns closes the connections that it has left unacknowledged, so that their clients know; to be called when it has ended
 */
export function watchConnections(worker: Worker): () => void {
  const sent = new Map<number, Connection>();
  const channel = worker.process as unknown as { send(message: Message, connection?: Connection, ...rest: unknown[]): boolean };
  const send = channel.send.bind(channel);
  channel.send = (message, connection, ...rest) => {
    if (message.act === 'newconn' && message.seq !== undefined && connection !== undefined) sent.set(message.seq, connection);
    return send(message, connection, ...rest);
  };
  worker.process.on('internalMessage', ({ ack }: Message) => void (ack !== undefined && sent.delete(ack)));
  return () => sent.forEach((connection) => connection.close());
}
