/** Requests that reach the server without a socket: for tests of many. */
import type { TestServer } from './server.ts';

export interface Injected {
  readonly status: number;
  readonly text: string;
  readonly json: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** @param path below the FHIR base */
export async function inject({ app }: TestServer, method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Injected> {
  const answer = await app.inject({
    method, url: `/fhir/${path}`,
    // A Binary is a resource to whom asks for FHIR.
    headers: { host: 'localhost:8080', accept: 'application/fhir+json', ...(body !== undefined && { 'content-type': 'application/fhir+json' }), ...headers },
    ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const isJson = /json/.test(String(answer.headers['content-type']));
  return { status: answer.statusCode, text: answer.payload, json: isJson && answer.payload !== '' ? JSON.parse(answer.payload) : undefined, headers: answer.headers };
}

/** Stores resources by their ids, some hundred at a time. */
export async function store(server: TestServer, resources: readonly { readonly type: string; readonly id: string; readonly text: string }[]): Promise<void> {
  for (let n = 0; n < resources.length; n += 400) {
    const entries = resources.slice(n, n + 400).map(({ type, id, text }) => `{"resource":${text},"request":{"method":"PUT","url":"${type}/${id}"}}`);
    const answer = await inject(server, 'POST', '', `{"resourceType":"Bundle","type":"transaction","entry":[${entries.join()}]}`);
    if (answer.status !== 200) throw new Error(answer.text.slice(0, 1000));
  }
}
