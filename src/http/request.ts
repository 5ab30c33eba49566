/** From an HTTP request to a FhirRequest: path and query decoded once, headers joined, the form of a search by POST added. */
import type { IncomingMessage } from 'node:http';
import { badValue, unsupportedMediaType } from '../fhir/outcome.ts';
import type { FhirRequest, Method, Parameters, RequestBody } from '../rest/endpoint.ts';
import { formType } from '../rest/media-types.ts';
import { parseQuery } from '../rest/target.ts';
import { baseOf, mounts, type BaseSettings, type Mount } from './base.ts';
import { binaryBody } from './binary.ts';
import { bodyMediaType, requireJson, requirePatch } from './negotiate.ts';

/** A request's URL, cut at its parts and still encoded. */
export interface Target {
  readonly mount: Mount;
  readonly path: string;
  readonly query: string;
}

/** @returns the parts of the URL; undefined where it lies outside of the FHIR base */
export function targetOf(url: string): Target | undefined {
  const relative = url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/, '');
  const [path = '', ...query] = relative.split('?');
  const clean = path.replaceAll(/\/{2,}/g, '/');
  const mount = mounts.find((candidate) => clean === candidate || clean.startsWith(`${candidate}/`));
  return mount === undefined ? undefined : { mount, path: clean.slice(mount.length), query: query.join('?') };
}

/**
 * @param body as sent, decompressed; undefined where there is none
 * @throws FhirError 400 for bad escapes, 415 for a body of another media type
 */
export function fhirRequestOf(message: IncomingMessage, target: Target, body: Buffer | undefined, settings: BaseSettings): FhirRequest {
  const path = pathOf(message, target);
  const parameters = queryOf(target.query, 'query');
  // Node joins repeated headers by commas itself; the one that it keeps as a list, Set-Cookie, has no place in a request.
  const request = {
    method: message.method as Method, base: baseOf(message, target.mount, settings), path, parameters, headers: message.headers as Record<string, string>,
  };
  if (body === undefined || body.length === 0 || request.method === 'DELETE' || request.method === 'GET' || request.method === 'HEAD') return request;
  const binary = binaryBody(request, body);
  if (binary !== undefined) return { ...request, body: binary };
  const mediaType = bodyMediaType(message.headers['content-type']);
  if (path.at(-1) === '_search') return { ...request, parameters: [...parameters, ...formOf(mediaType, body)] };
  if (request.method === 'PATCH') requirePatch(mediaType);
  else requireJson(mediaType);
  return { ...request, body: { mediaType, bytes: withoutMark(body) } satisfies RequestBody };
}

/** A search by GET may name `_search` as one by POST does (HAPI's GET_WITH_SEARCH), and is the same without. */
function pathOf({ method }: IncomingMessage, target: Target): string[] {
  const path = decodedPath(target.path);
  return path.at(-1) === '_search' && (method === 'GET' || method === 'HEAD') ? path.slice(0, -1) : path;
}

function decodedPath(path: string): string[] {
  const segments = path.split('/').filter((segment) => segment !== '');
  if (!path.includes('%')) return segments;
  return segments.map((segment) => {
    let decoded: string;
    try {
      decoded = decodeURIComponent(segment);
    } catch {
      throw badValue(`The path has a bad percent-escape in "${segment.slice(0, 80)}"`);
    }
    if (/[/%\0]/.test(decoded)) throw badValue(`The path segment "${segment.slice(0, 80)}" hides a slash, a percent sign or a null`);
    return decoded;
  });
}

function queryOf(query: string, where: string): Parameters {
  if (query === '') return [];
  try {
    return parseQuery(query);
  } catch {
    throw badValue(`The ${where} has a bad percent-escape`);
  }
}

function formOf(mediaType: string, body: Buffer): Parameters {
  if (mediaType !== formType) throw unsupportedMediaType(`The body of _search is "${mediaType.slice(0, 80)}", and is taken as ${formType}`);
  return queryOf(withoutMark(body).toString('utf8').trim(), 'form');
}

/** .NET clients send a byte order mark in front of JSON. */
const withoutMark = (bytes: Buffer): Buffer => (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes);
