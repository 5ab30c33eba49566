/** Requests as tests send them: JSON in and out, the answer's headers and text kept. */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body parsed; undefined where it is empty. */
  readonly json: any;
}

export interface Options {
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes go as they are, anything else as JSON. */
  readonly body?: unknown;
  /** Called when the server has taken the request; the body goes to it only then (RFC 9110, section 10.1.1). */
  readonly begun?: () => void;
}

/** @param url absolute; it is sent as it stands, without any normalising */
export function send(method: string, url: string, { headers = {}, body, begun }: Options = {}): Promise<Answer> {
  const [, host = '', port = '', path = '/'] = /^http:\/\/([^:/]+):(\d+)(.*)$/.exec(url) ?? [];
  const payload = body === undefined ? undefined : typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host, port, path: path === '' ? '/' : path, method,
      headers: {
        ...(payload !== undefined && { 'content-type': 'application/fhir+json', 'content-length': String(Buffer.byteLength(payload)) }),
        ...(begun !== undefined && { expect: '100-continue' }),
        ...headers,
      },
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const flat = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
        resolve({ status: response.statusCode!, headers: flat, text, json: parsed(text) });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    if (begun === undefined) {
      request.end(payload);
      return;
    }
    request.once('continue', () => {
      request.end(payload);
      begun();
    });
    request.flushHeaders();
  });
}

/** @returns the answer to come, once the server has taken the request */
export function begin(method: string, url: string, options: Omit<Options, 'begun'>): Promise<{ readonly answer: Promise<Answer> }> {
  return new Promise((resolve, reject) => {
    const answer = send(method, url, { ...options, begun: () => resolve({ answer }) });
    answer.catch(reject);
  });
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Writes bytes to the server's socket as they stand, and reads until it closes it.
 * @param base of the server
 */
export function sendBytes(base: string, text: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (data) => (received += data.toString()));
    socket.on('end', () => resolve(received));
    socket.on('error', reject);
  });
}
