/** Between Fastify and FHIR: every request below the base becomes a FhirRequest, every FhirResponse a reply. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { prettyJson } from '../fhir/json/pretty.ts';
import { FhirError, unknownPath } from '../fhir/outcome.ts';
import type { FhirRequest, FhirResponse } from '../rest/endpoint.ts';
import type { BaseSettings } from './base.ts';
import { bodyError } from './body.ts';
import { acceptPatch, negotiate, standard, type Representation } from './negotiate.ts';
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

export function registerAdapter(server: FastifyInstance, fhir: FhirServer, settings: AdapterSettings): void {
  server.route({ method: methods, url: fhirPath, exposeHeadRoute: false, handler: (request, reply) => answer(request, reply, fhir, settings) });
  server.setNotFoundHandler((request, reply) => {
    const error = unknownPath(`There is nothing at "${request.originalUrl.slice(0, 200)}"; the FHIR base is /fhir`);
    return send(request, reply, fhir.errorResponse(error, request.id), standard);
  });
  server.setErrorHandler((error, request, reply) =>
    send(request, reply, fhir.errorResponse(bodyError(error, settings.bodyLimit) ?? error, request.id), standard));
}

async function answer(request: FastifyRequest, reply: FastifyReply, fhir: FhirServer, settings: AdapterSettings): Promise<FastifyReply> {
  let representation = standard;
  let response: FhirResponse;
  try {
    const fhirRequest = fhirRequestOf(request.raw, targetOf(request.originalUrl)!, request.body as Buffer | undefined, settings);
    representation = negotiate(request.headers.accept, fhirRequest.parameters);
    response = request.method === 'OPTIONS'
      ? { status: 204, headers: optionsOf(fhir.methods(fhirRequest.path)) }
      : await carryOut(fhirRequest, request, reply, fhir, settings);
  } catch (error) {
    response = fhir.errorResponse(error, request.id);
    if (error instanceof FhirError && error.status === 406) representation = standard;
  }
  return send(request, reply, response, representation);
}

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
  reply.code(status).headers(always).headers(headers);
  reply.header('x-request-id', request.id);
  reply.header('server-timing', `total;dur=${reply.elapsedTime.toFixed(1)}`);
  if (body === undefined) return reply.send();
  if (headers['content-type'] === undefined) reply.header('content-type', representation.contentType);
  return reply.send(representation.isPretty && typeof body === 'string' ? prettyJson(body) : body);
}
