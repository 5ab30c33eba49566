/** Requests as bytes. The headers are those that Health Samurai's suite sends with every request. */

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the FHIR base, with its query; empty for the base itself. A path that begins with `/` or `http` stands by itself. */
  readonly path: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const common = 'Accept-Encoding: gzip\r\nAccept: application/json\r\nCache-Control: no-cache\r\n';

/** Spaces and what a URL must not have are encoded; `|`, `$`, `:` and what is encoded already stay. */
const encoded = (path: string): string => path.replace(/[^!$&'()*+,\-./:;=?@_~%|\\A-Za-z0-9]/gu, (text) => encodeURIComponent(text)).replaceAll('|', '%7C').replaceAll('\\', '%5C');

/** @returns the request's path on the server of that base */
export function pathOf(base: URL, path: string): string {
  if (path.startsWith('http')) {
    const url = new URL(path);
    return url.pathname + url.search;
  }
  const root = base.pathname.replace(/\/+$/, '');
  return path.startsWith('/') ? path : encoded(path === '' ? root || '/' : `${root}${path.startsWith('?') ? '' : '/'}${path}`);
}

export function requestBytes(base: URL, { method, path, body, headers = {} }: Request): Buffer {
  const payload = body === undefined ? undefined : Buffer.from(body);
  const type = headers['Content-Type'] ?? 'application/json';
  let head = `${method} ${pathOf(base, path)} HTTP/1.1\r\nHost: ${base.host}\r\n${common}Content-Type: ${type}\r\n`;
  for (const [name, value] of Object.entries(headers)) if (name !== 'Content-Type') head += `${name}: ${value}\r\n`;
  if (payload !== undefined || method === 'POST' || method === 'PUT') head += `Content-Length: ${payload?.length ?? 0}\r\n`;
  return payload === undefined ? Buffer.from(`${head}\r\n`) : Buffer.concat([Buffer.from(`${head}\r\n`), payload]);
}
