/** One request to the server, with patience: a busy server is asked again. */
import { Agent, request as httpRequest } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadRequest } from './requests.ts';

export interface Failure {
  readonly name: string;
  readonly status: number;
  readonly reason: string;
}

/** What became of a request: how many resources of each type were stored, and what was refused. */
export interface Outcome {
  readonly stored: ReadonlyMap<string, number>;
  readonly failures: readonly Failure[];
}

/** The server is not there; the message is one line. */
export class ServerUnreachable extends Error {}

export interface Target {
  send(request: LoadRequest): Promise<Outcome>;
  close(): void;
}

const patience = 8;

/** @param base such as http://localhost:8080/fhir */
export function openTarget(base: string, concurrency: number): Target {
  const url = new URL(`${base.replace(/\/+$/, '')}/`);
  const isSecure = url.protocol === 'https:';
  const agent = isSecure ? new SecureAgent({ keepAlive: true, maxSockets: concurrency }) : new Agent({ keepAlive: true, maxSockets: concurrency });
  const exchange = (request: LoadRequest): Promise<{ status: number; text: string; retryAfter: number }> =>
    new Promise((resolve, reject) => {
      const message = (isSecure ? httpsRequest : httpRequest)(new URL(request.path, url), {
        method: request.method, agent,
        headers: { 'content-type': 'application/fhir+json', accept: 'application/fhir+json', prefer: 'return=minimal', 'content-length': request.body.length },
      }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({
          status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), retryAfter: Number(response.headers['retry-after'] ?? 1),
        }));
      });
      message.on('error', reject);
      message.end(request.body);
    });
  return {
    close: () => agent.destroy(),
    async send(request) {
      for (let attempt = 1; ; attempt++) {
        const { status, text, retryAfter } = await exchange(request).catch((error: NodeJS.ErrnoException) => {
          throw new ServerUnreachable(`${base} does not answer: ${error.message || error.code}`);
        });
        if ((status === 429 || status === 503) && attempt < patience) await sleep(Math.min(60, retryAfter || 1) * 1000);
        else return outcomeOf(request, status, text);
      }
    },
  };
}

interface BundleAnswer {
  readonly resourceType?: string;
  readonly entry?: readonly { readonly response?: { readonly status?: string; readonly location?: string; readonly outcome?: OutcomeAnswer } }[];
}

interface OutcomeAnswer {
  readonly issue?: readonly { readonly diagnostics?: string; readonly details?: { readonly text?: string }; readonly expression?: readonly string[] }[];
}

function outcomeOf(request: LoadRequest, status: number, text: string): Outcome {
  const answer = parsed(text);
  const stored = new Map<string, number>();
  const add = (type: string): void => void stored.set(type, (stored.get(type) ?? 0) + 1);
  if (status < 200 || status > 299) return { stored, failures: [{ name: request.name, status, reason: reasonOf(answer as OutcomeAnswer, text) }] };
  if (request.path !== '') {
    add(request.path.split('/')[0]!);
    return { stored, failures: [] };
  }
  const failures: Failure[] = [];
  (answer as BundleAnswer).entry?.forEach(({ response = {} }, n) => {
    const entryStatus = Number.parseInt(response.status ?? '0', 10);
    // …/Patient/1/_history/1, relative or absolute
    const type = /([A-Z][A-Za-z]+)\/[^/]+(?:\/_history\/[^/]+)?$/.exec(response.location ?? '')?.[1];
    if (entryStatus >= 200 && entryStatus < 300) add(type ?? 'without location');
    else failures.push({ name: `${request.name} entry ${n}`, status: entryStatus, reason: reasonOf(response.outcome ?? {}, response.status ?? '') });
  });
  return { stored, failures };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const reasonOf = ({ issue = [] }: OutcomeAnswer, text: string): string =>
  issue.map(({ diagnostics, details, expression }) => [diagnostics ?? details?.text ?? '', ...(expression ?? [])].join(' at ')).join('; ') || text.slice(0, 200);
