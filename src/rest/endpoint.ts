/**
 * What an endpoint is: an interaction or an operation as data with a handler. R4: http.html, operations.html.
 *
 * Handlers take a {@link FhirRequest} and return a {@link FhirResponse}; they know nothing of HTTP servers, so that a
 * Bundle entry, a test and a socket reach them in the same way.
 */
import type { Readable } from 'node:stream';
import type { Context } from '../context.ts';
import type { JsonObject, JsonNumber } from '../fhir/json/value.ts';
import type { Description } from './description.ts';
import { operationInput } from './operation-input.ts';

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

/** An interaction: its code, the requests that reach it, what it says of itself, and its handler. */
export interface Interaction extends Description {
  readonly kind: 'interaction';
  readonly code: InteractionCode;
  /** Further codes that the same requests stand for: a batch comes to the path of a transaction. */
  readonly also?: readonly InteractionCode[];
  readonly method: readonly Method[];
  /** Path below the base; `:type` is a resource type, `:id` and `:vid` are any segment: `/:type/:id/_history/:vid`. */
  readonly path: string;
  readonly needs?: OptionalPart;
  /** It can depend on criteria or on a version: CapabilityStatement has an element for each that does. */
  readonly conditional?: true;
  readonly handler: Handler;
}

/** A request of R4's asynchronous pattern, which has no code among the interactions (async.html). */
export interface Poll extends Omit<Interaction, 'kind' | 'code' | 'also' | 'conditional'> {
  readonly kind: 'poll';
  readonly code: 'job-status' | 'job-cancel';
}

export const definePoll = (poll: Omit<Poll, 'kind'>): Poll => ({ kind: 'poll', ...poll });

/** A deletion of versions, which has a code from R6 on. */
export interface Erasure extends Omit<Interaction, 'kind' | 'code' | 'also' | 'conditional'> {
  readonly kind: 'erasure';
  readonly code: 'delete-history' | 'delete-history-version';
}

export const defineErasure = (erasure: Omit<Erasure, 'kind'>): Erasure => ({ kind: 'erasure', ...erasure });

export type Endpoint = Interaction | Operation | Poll | Erasure;

/** Parts of the API that a setting brings; without it they are neither routed nor advertised. */
export type OptionalPart = 'historyDeletion' | 'purge' | 'usCore';

/** Declares an interaction; only here so that a registry entry is checked where it is written. */
export const defineInteraction = (interaction: Omit<Interaction, 'kind'>): Interaction => ({ kind: 'interaction', ...interaction });

/** OperationDefinition.parameter */
export interface OperationParameter {
  readonly name: string;
  readonly use: 'in' | 'out';
  readonly min: number;
  readonly max: string;
  /** A FHIR type; absent where the parameter has parts. */
  readonly type?: string;
  readonly documentation?: string;
  readonly part?: readonly OperationParameter[];
}

/** The facts of an OperationDefinition, which everything about an operation is derived from (operationdefinition.html). */
export interface OperationSource {
  readonly resourceType: 'OperationDefinition';
  readonly url: string;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly affectsState: boolean;
  /** Without `$`. */
  readonly code: string;
  /** Types that it is there for, on the levels of type and instance; `Resource` is all of them. */
  readonly resource: readonly string[];
  readonly system: boolean;
  readonly type: boolean;
  readonly instance: boolean;
  readonly parameter: readonly OperationParameter[];
}

/** An operation: its definition, and a handler of requests to any of its routes. */
export interface Operation {
  readonly kind: 'operation';
  /** `$meta`, as logs name it. */
  readonly code: `$${string}`;
  readonly definition: OperationSource;
  /** It is carried out as a job: what it answers is where to ask for its output. */
  readonly isJob?: true;
  /** It is about a resource: the stored one, or on a type, where there is none, the one in the body. */
  readonly isAboutResource?: true;
  readonly needs?: OptionalPart;
  readonly handler: Handler;
}

/** What the input parameters of a definition are for its handler: by name, in the JSON of their type. */
export type OperationInput<P extends readonly OperationParameter[]> = {
  readonly [Q in Extract<P[number], { readonly use: 'in' }> as Q['name']]:
    Q['max'] extends '1' ? (Q['min'] extends 0 ? InputValue<Q> | undefined : InputValue<Q>) : readonly InputValue<Q>[]
};

type InputValue<Q extends OperationParameter> =
  Q extends { readonly part: infer Part extends readonly OperationParameter[] } ? OperationInput<Part>
    : Q extends { readonly type: keyof PrimitiveInputs } ? PrimitiveInputs[Q['type']] : JsonObject;

/** Primitive types as a handler gets them. */
export type PrimitiveInputs =
  & { readonly boolean: boolean; readonly decimal: number | JsonNumber }
  & { readonly [T in 'integer' | 'positiveInt' | 'unsignedInt']: number }
  & { readonly [T in 'string' | 'code' | 'id' | 'markdown' | 'uri' | 'url' | 'canonical' | 'oid' | 'uuid' | 'date' | 'dateTime' | 'instant' | 'time' | 'base64Binary']: string };

/**
 * Declares an operation.
 * @param run gets the input parameters that the definition names: from the query, from a Parameters body, or from a body that is the one
 *   resource that the definition takes. Input that does not fit the definition has been refused with 400 by then.
 */
export function defineOperation<const D extends OperationSource>(
  definition: D, run: (input: OperationInput<D['parameter']>, request: FhirRequest, context: Context) => Promise<FhirResponse>,
  facts: Pick<Operation, 'isJob' | 'isAboutResource' | 'needs'> = {},
): Operation {
  return {
    kind: 'operation',
    ...facts,
    code: `$${definition.code}`,
    definition,
    handler: (request, context) => run(operationInput(definition, request, context) as OperationInput<D['parameter']>, request, context),
  };
}
