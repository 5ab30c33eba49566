/** Between Fastify and FHIR: every request below the base becomes a FhirRequest, every FhirResponse a reply. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { prettyJson } from '../fhir/json/pretty.ts';
import { FhirError } from '../fhir/outcome.ts';
import type { FhirRequest, FhirResponse } from '../rest/endpoint.ts';
import { baseOf, type BaseSettings } from './base.ts';
import { contentResponse, wantsContent } from './binary.ts';
import { frameworkError, nothingAt } from './framework-error.ts';
import { acceptPatch, negotiate, prefersPage, standard, type Representation } from './negotiate.ts';
import type { Pages } from './pages/pages.ts';
import type { Place } from './pages/place.ts';
import type { Exchange } from '../context.ts';
import { createExchange } from './exchange.ts';
import { fhirRequestOf, targetOf } from './request.ts';

/** What stands behind the adapter. */
export interface FhirServer {
  /**
   * @returns what the request is, and what carries it out
   * @throws FhirError 404 or 405 where it is nothing
   */
  route(request: FhirRequest): { readonly interaction: string; respond(exchange: Exchange): Promise<FhirResponse> };
  errorResponse(error: unknown, requestId: string): FhirResponse;
  /** Methods that a path is there for, for OPTIONS. */
  methods(path: readonly string[]): readonly string[];
}

export interface AdapterSettings extends BaseSettings {
  readonly bodyLimit: number;
  /** Milliseconds. */
  readonly requestTimeout: number;
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * Fastify's router decodes and limits paths by rules of its own. Whatever lies below the base is given to it as the one path that
 * {@link registerAdapter} has, and taken apart here.
 */
export const rewriteUrl = ({ url = '/' }: { url?: string | undefined }): string => (targetOf(url) === undefined ? url : fhirPath);

const fhirPath = '/fhir';

export function registerAdapter(server: FastifyInstance, fhir: FhirServer, pages: Pages, settings: AdapterSettings): void {
  server.route({ method: methods, url: fhirPath, exposeHeadRoute: false, handler: (request, reply) => answer(request, reply, fhir, pages, settings) });
  server.get('/', async (request, reply) => send(request, reply, await pages.home(baseOf(request.raw, fhirPath, settings)), standard));
  const sendError = async (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const response = fhir.errorResponse(error, request.id);
    return send(request, reply, prefersPage(request.headers.accept) ? await pages.shown(response, nowhere) : response, standard);
  };
  server.setNotFoundHandler((request, reply) =>
    sendError(nothingAt(request.originalUrl), request, reply));
  server.setErrorHandler((error, request, reply) => sendError(frameworkError(error, request.originalUrl, settings.bodyLimit) ?? error, request, reply));
}

/** Of a request that did not get as far as to be one of FHIR. */
const nowhere: Place = { base: fhirPath, path: [], parameters: [], isLinkable: false };

async function answer(request: FastifyRequest, reply: FastifyReply, fhir: FhirServer, pages: Pages, settings: AdapterSettings): Promise<FastifyReply> {
  let representation = standard;
  let place: Place | undefined;
  let response: FhirResponse;
  try {
    const fhirRequest = fhirRequestOf(request.raw, targetOf(request.originalUrl)!, request.body as Buffer | undefined, settings);
    const isContent = wantsContent(fhirRequest);
    if (!isContent) representation = negotiate(request.headers.accept, fhirRequest.parameters);
    if (representation.isPage) place = placeOf(fhirRequest);
    const respond = (asked: FhirRequest): Promise<FhirResponse> => carryOut(asked, request, reply, fhir, settings);
    response = request.method === 'OPTIONS'
      ? { status: 204, headers: optionsOf(fhir.methods(fhirRequest.path)) }
      : await (representation.isPage ? pages.answer(fhirRequest, respond) : respond(fhirRequest));
    if (isContent) response = contentResponse(response);
  } catch (error) {
    response = fhir.errorResponse(error, request.id);
    if (error instanceof FhirError && error.status === 406) representation = standard;
    else if (representation === standard && prefersPage(request.headers.accept)) place = nowhere;
  }
  return send(request, reply, place === undefined ? response : await pages.shown(response, place), representation);
}

const placeOf = ({ base, path, parameters, method }: FhirRequest): Place => ({ base, path, parameters, isLinkable: method === 'GET' || method === 'HEAD' });
const optionsOf = (methods: readonly string[]): Record<string, string> => ({ allow: methods.join(', '), ...(methods.includes('PATCH') && acceptPatch) });

function carryOut(fhirRequest: FhirRequest, request: FastifyRequest, reply: FastifyReply, fhir: FhirServer, settings: AdapterSettings): Promise<FhirResponse> {
  const { interaction, respond } = fhir.route(fhirRequest);
  const [type] = fhirRequest.path;
  request.fhir = { interaction, ...(type !== undefined && /^[A-Z]/.test(type) && { type }) };
  return respond(createExchange(request.id, reply.raw, settings.requestTimeout));
}

/** A client's own copy may be reused only after asking: records change. */
const always = { 'cache-control': 'private, no-cache', vary: 'Accept, Accept-Encoding, Prefer', 'x-content-type-options': 'nosniff' };

function send(request: FastifyRequest, reply: FastifyReply, response: FhirResponse, representation: Representation): FastifyReply {
  const { status, headers, body } = response;
  // CORS has said by then that the answer differs by origin.
  const vary = reply.getHeader('vary');
  reply.code(status).headers(always).headers(headers);
  if (vary !== undefined) reply.header('vary', `${always.vary}, ${String(vary)}`);
  reply.header('x-request-id', request.id);
  reply.header('server-timing', `total;dur=${reply.elapsedTime.toFixed(1)}`);
  if (body === undefined) return reply.send();
  if (headers['content-type'] === undefined) reply.header('content-type', representation.contentType);
  return reply.send(representation.isPretty && typeof body === 'string' ? prettyJson(body) : body);
}
