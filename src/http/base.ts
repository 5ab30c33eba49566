/** The FHIR base that a request was sent to, for the links of its answer. */
import type { IncomingMessage } from 'node:http';
import { invalid } from '../fhir/outcome.ts';

/** Paths under which the same FHIR base is served; the longer first. */
export const mounts = ['/fhir/R4', '/fhir'] as const;
export type Mount = (typeof mounts)[number];

export interface BaseSettings {
  readonly baseUrl: string | undefined;
  readonly trustProxy: boolean;
}

const hostForm = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;
const prefixForm = /^(?:\/[A-Za-z0-9._~-]{1,64}){0,8}$/;

/**
 * @param mount the path that the request came by: links keep it
 * @returns `http://localhost:8080/fhir`
 * @throws FhirError 400 for a Host that is none
 */
export function baseOf(request: IncomingMessage, mount: Mount, { baseUrl, trustProxy }: BaseSettings): string {
  if (baseUrl !== undefined) return baseUrl;
  const { headers, socket } = request;
  const forwarded = (name: string): string | undefined => (trustProxy ? single(headers[`x-forwarded-${name}`]) : undefined);
  const protocol = forwarded('proto') === 'https' ? 'https' : 'http';
  const port = forwarded('port');
  let host = forwarded('host') ?? headers.host ?? `localhost:${socket.localPort}`;
  if (port !== undefined && /^\d{1,5}$/.test(port) && !/:\d+$/.test(host) && port !== (protocol === 'https' ? '443' : '80')) host += `:${port}`;
  if (!hostForm.test(host)) throw invalid(`The host is "${host.slice(0, 80)}", which is none`);
  const prefix = forwarded('prefix')?.replace(/\/+$/, '') ?? '';
  return `${protocol}://${host}${prefixForm.test(prefix) ? prefix : ''}${mount}`;
}

/** The first of a list that proxies have added to. */
const single = (header: string | string[] | undefined): string | undefined => {
  const text = (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim();
  return text === '' ? undefined : text;
};
