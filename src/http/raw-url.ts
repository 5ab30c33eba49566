/**
 * Requests whose URL has letters or spaces as they are, which curl and hand-written clients send and Node's parser refuses. They are read
 * again with the URL percent-encoded. R4: http.html#search; RFC 3986 section 2.1.
 */

export interface RawRequest {
  readonly method: 'GET' | 'HEAD';
  /** Percent-encoded. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const requestLine = /^(GET|HEAD) (\/[^\r\n]*) HTTP\/1\.[01]$/;

/**
 * @param packet what the parser stumbled over
 * @returns the request, where it is whole, has no body and nothing else is odd; the connection ends with its answer
 */
export function rawRequest(packet: Buffer): RawRequest | undefined {
  const end = packet.indexOf('\r\n\r\n');
  if (end < 0 || packet.length > end + 4) return undefined;
  // A byte a character, so that nothing is lost before it is encoded.
  const [first = '', ...lines] = packet.toString('latin1', 0, end).split('\r\n');
  const [, method, target] = requestLine.exec(first) ?? [];
  if (method === undefined || target === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    if (key === 'content-length' || key === 'transfer-encoding') return undefined;
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  const url = target.replace(/[^!-~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  return { method: method as RawRequest['method'], url, headers };
}
