/**
 * One HTTP/1.1 connection that is kept, with one request under way: whole requests are written as bytes made beforehand, answers are
 * read no further than needed to know their end. A tenth of the processor time of a general client, which matters where the
 * generator shares its cores with the server.
 */
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { gunzipSync } from 'node:zlib';

export interface Reply {
  readonly status: number;
  /** Status line and headers as they came. */
  readonly head: string;
  /** The body as text, inflated; decoded only when asked for. */
  text(): string;
}

export interface Connection {
  /** @throws Error where the connection breaks or the limit passes; the next request opens a new one */
  send(request: Buffer): Promise<Reply>;
  close(): void;
}

/** Milliseconds. */
export const defaultLimit = 300_000;

/** @param base its host and port alone are used */
export function openConnection(base: URL, limit: number = defaultLimit): Connection {
  const isSecure = base.protocol === 'https:';
  const port = Number(base.port || (isSecure ? 443 : 80));
  const host = base.hostname.replace(/^\[|\]$/g, '');
  let socket: Socket | undefined;
  let answer: Answer | undefined;
  let settle: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | undefined;

  const fail = (error: Error): void => {
    socket?.destroy();
    socket = undefined;
    const waiting = settle;
    settle = undefined;
    waiting?.reject(error);
  };
  const open = (): Socket => {
    const opened = isSecure ? connectSecure({ host, port, servername: host }) : connectPlain({ host, port });
    opened.setNoDelay(true);
    opened.setTimeout(limit, () => opened === socket && settle !== undefined && fail(new Error(`no answer within ${limit} ms`)));
    opened.on('error', (error) => opened === socket && fail(error));
    opened.on('close', () => opened === socket && fail(new Error('the connection was closed')));
    opened.on('data', (data: Buffer) => {
      if (opened !== socket || answer === undefined || !answer.add(data)) return;
      const reply = answer.reply();
      const waiting = settle;
      answer = undefined;
      settle = undefined;
      if (/\r\nconnection: close/i.test(reply.head)) {
        socket = undefined;
        opened.destroy();
      }
      waiting?.resolve(reply);
    });
    return opened;
  };

  return {
    send: (request) => new Promise((resolve, reject) => {
      socket ??= open();
      answer = createAnswer();
      settle = { resolve, reject };
      socket.write(request);
    }),
    close() {
      const closing = socket;
      socket = undefined;
      closing?.destroy();
    },
  };
}

interface Answer {
  /** @returns whether the answer is whole */
  add(data: Buffer): boolean;
  reply(): Reply;
}

const headEnd = Buffer.from('\r\n\r\n');

function createAnswer(): Answer {
  let head: string | undefined;
  let pending: Buffer = Buffer.alloc(0);
  const parts: Buffer[] = [];
  /** Bytes of the body, or of the chunk, that are still to come; in chunks the line break behind counts. */
  let missing = 0;
  let isChunked = false;

  const body = (data: Buffer): boolean => {
    if (!isChunked) {
      parts.push(data);
      missing -= data.length;
      return missing <= 0;
    }
    let at = 0;
    for (;;) {
      if (missing > 0) {
        const taken = Math.min(missing, data.length - at);
        parts.push(data.subarray(at, at + Math.max(0, Math.min(taken, missing - 2))));
        missing -= taken;
        at += taken;
        if (missing > 0) return false;
      }
      const end = data.indexOf('\r\n', at);
      if (end < 0) {
        pending = data.subarray(at);
        return false;
      }
      const size = Number.parseInt(data.toString('latin1', at, end), 16);
      at = end + 2;
      // The last chunk and the line break behind it; trailers are not read.
      if (size === 0) return true;
      missing = size + 2;
    }
  };

  return {
    add(data) {
      const whole = pending.length > 0 ? Buffer.concat([pending, data]) : data;
      pending = Buffer.alloc(0);
      if (head !== undefined) return body(whole);
      const end = whole.indexOf(headEnd);
      if (end < 0) {
        pending = whole;
        return false;
      }
      head = whole.toString('latin1', 0, end + 2);
      const status = Number(head.slice(9, 12));
      if (status >= 100 && status < 200) {
        head = undefined;
        const rest = whole.subarray(end + 4);
        return rest.length > 0 && this.add(rest);
      }
      isChunked = /\r\ntransfer-encoding: *chunked/i.test(head);
      missing = isChunked ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (status === 204 || status === 304 || (!isChunked && missing === 0)) return true;
      return body(whole.subarray(end + 4));
    },
    reply() {
      const text = head ?? '';
      return {
        status: Number(text.slice(9, 12)), head: text,
        text() {
          const bytes = Buffer.concat(parts);
          return (/\r\ncontent-encoding: *gzip/i.test(text) ? gunzipSync(bytes) : bytes).toString();
        },
      };
    },
  };
}

/** @returns the value of a header of a reply, or undefined */
export const header = ({ head }: Reply, name: string): string | undefined => new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1];
