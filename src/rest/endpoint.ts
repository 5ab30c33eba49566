/**
 * What an endpoint is: an interaction or an operation as data with a handler. R4: http.html, operations.html.
 *
 * Handlers take a {@link FhirRequest} and return a {@link FhirResponse}; they know nothing of HTTP servers, so that a
 * Bundle entry, a test and a socket reach them in the same way.
 */
import type { Readable } from 'node:stream';
import type { Context } from '../context.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Query parameters in the order sent, percent-decoded once, repetitions kept. */
export type Parameters = readonly (readonly [name: string, value: string])[];

/** A request below the FHIR base, free of HTTP's spellings. */
export interface FhirRequest {
  readonly method: Method;
  /** Absolute base of every link in the answer, without trailing slash: `http://localhost:8080/fhir`. */
  readonly base: string;
  /** Decoded path segments below the base: `['Patient', '1', '_history', '2']`; empty for the base itself. */
  readonly path: readonly string[];
  /** Parameters of the URL; for POST `_search` those of the form body follow them. */
  readonly parameters: Parameters;
  /** Lower-case names; a header sent several times is joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
}

export interface RequestBody {
  /** Media type without parameters, lower-case: `application/fhir+json`. */
  readonly mediaType: string;
  /** The body as sent, decompressed, without BOM. */
  readonly bytes: Buffer;
}

/** What a handler answers. `body` is JSON text unless `headers['content-type']` says otherwise. */
export interface FhirResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | Readable;
}

export type Handler = (request: FhirRequest, context: Context) => Promise<FhirResponse>;

/** The RESTful interactions of R4 (CapabilityStatement.rest.interaction.code and .rest.resource.interaction.code). */
export type InteractionCode =
  | 'read' | 'vread' | 'update' | 'patch' | 'delete' | 'history-instance' | 'history-type' | 'create' | 'search-type'
  | 'transaction' | 'batch' | 'search-system' | 'history-system' | 'capabilities';

/** An interaction: its code, the requests that reach it, and its handler. */
export interface Interaction {
  readonly kind: 'interaction';
  readonly code: InteractionCode;
  /** Further codes that the same requests stand for: a batch comes to the path of a transaction. */
  readonly also?: readonly InteractionCode[];
  readonly method: readonly Method[];
  /** Path below the base; `:type` is a resource type, `:id` and `:vid` are any segment: `/:type/:id/_history/:vid`. */
  readonly path: string;
  /** It can depend on criteria or on a version: CapabilityStatement has an element for each that does. */
  readonly conditional?: true;
  readonly handler: Handler;
}

export type Endpoint = Interaction;

/** Declares an interaction; only here so that a registry entry is checked where it is written. */
export const defineInteraction = (interaction: Omit<Interaction, 'kind'>): Interaction => ({ kind: 'interaction', ...interaction });
