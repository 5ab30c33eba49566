/**
 * What an endpoint says of its requests and answers, for people and tools: OpenAPI is derived from it. R4: http.html#summary.
 *
 * Each endpoint's own file says it, beside the handler that it must agree with. All of it is optional: an endpoint that says
 * nothing is shown with its methods and its path.
 */
import type { Definitions } from '../fhir/definitions.ts';
import type { Preferences } from './preferences.ts';

export interface Description {
  /** One line in the imperative: `Read the current version`. */
  readonly summary?: string;
  /** Whether a type has it; all have where this is absent. */
  readonly isFor?: (type: string, definitions: Definitions) => boolean;
  /** Variables of the path besides `:type`, `:id` and `:vid`. */
  readonly variables?: Readonly<Record<string, Variable>>;
  readonly takes?: Takes;
  readonly answers?: Answers;
}

export interface Variable {
  /** One line. */
  readonly description: string;
  /** The only values on a type. */
  readonly values: (type: string, definitions: Definitions) => readonly string[];
}

/** What a request may carry besides its path. */
export interface Takes {
  /** Search parameters, those of the path's type or those that all types have: in the query, or in the form where the body is `criteria`. */
  readonly criteria?: 'type' | 'common';
  /** Other parameters; `_format` and `_pretty` go without saying. */
  readonly parameters?: readonly QueryParameter[];
  readonly headers?: readonly RequestHeader[];
  /** What of the Prefer header is heeded. */
  readonly prefer?: readonly (keyof Preferences)[];
  /** A resource of the path's type, the criteria of a search as a form, or by media type a sample that works as it stands. */
  readonly body?: 'resource' | 'criteria' | Readonly<Record<string, unknown>>;
}

export type RequestHeader = 'If-Match' | 'If-None-Match' | 'If-Modified-Since' | 'If-None-Exist';

/** What comes back. 400, 406 and the errors of the server itself go without saying; so do 413 and 415 where there is a body. */
export interface Answers {
  /** A resource type, or `:type` for the path's own. 204 and 304 have no body, 4xx an OperationOutcome. */
  readonly content: string;
  /** Bundle.type, where a Bundle comes back. */
  readonly bundle?: 'searchset' | 'history' | 'transaction-response';
  readonly status: readonly number[];
}

/** A parameter that is no search parameter. */
export interface QueryParameter {
  readonly name: string;
  /** One line. */
  readonly description: string;
  /** A primitive FHIR type: `integer`, `date`, `code`. */
  readonly type: string;
  /** The only values, where there are few. */
  readonly values?: readonly string[];
  /** Whether it can be given more than once, or has several values with commas between. */
  readonly many?: 'repeated' | 'commas';
}
