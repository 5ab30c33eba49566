/**
 * Errors in FHIR's words: one constructor for each issue type in use, and the HTTP status each one answers with.
 *
 * Everything that goes wrong because of a request is thrown as a {@link FhirError}; anything else that is thrown is a
 * defect of the server and answers 500 with a generic text. R4: http.html#2.21.0.4, operationoutcome.html.
 */

/** OperationOutcome.issue.severity */
export type IssueSeverity = 'fatal' | 'error' | 'warning' | 'information';

/** OperationOutcome.issue.code, the members of http://hl7.org/fhir/issue-type that this server sends. */
export type IssueType =
  | 'invalid' | 'structure' | 'required' | 'value' | 'invariant'
  | 'security' | 'login' | 'forbidden'
  | 'processing' | 'not-supported' | 'duplicate' | 'multiple-matches' | 'not-found' | 'deleted'
  | 'too-long' | 'code-invalid' | 'extension' | 'too-costly' | 'business-rule' | 'conflict'
  | 'transient' | 'lock-error' | 'exception' | 'timeout' | 'throttled' | 'incomplete'
  | 'informational';

/** One issue of an OperationOutcome. */
export interface Issue {
  readonly severity: IssueSeverity;
  readonly code: IssueType;
  /** One short factual sentence with the value at fault in quotes. */
  readonly diagnostics: string;
  /** FHIRPath of the element at fault (`Patient.name[0].family`), where a body is at fault. */
  readonly expression?: readonly string[];
  /** Where in the text sent: 1-based, columns in UTF-16 code units. */
  readonly position?: { readonly line: number; readonly column: number };
}

/** A request that cannot be done: answered with `status` and an OperationOutcome of `issues`. */
export class FhirError extends Error {
  override readonly name = 'FhirError';
  readonly status: number;
  readonly issues: readonly Issue[];
  /** Response headers that belong to the error, such as ETag with 410 or Allow with 405. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, issues: readonly Issue[], headers: Readonly<Record<string, string>> = {}) {
    super(issues.map((issue) => issue.diagnostics).join('; '));
    this.status = status;
    this.issues = issues;
    this.headers = headers;
  }
}

/** What an error constructor takes besides its diagnostics. */
export interface ErrorDetails {
  readonly expression?: string | readonly string[];
  readonly position?: { readonly line: number; readonly column: number };
  readonly headers?: Readonly<Record<string, string>>;
}

const raise = (status: number, code: IssueType) => (diagnostics: string, details: ErrorDetails = {}): FhirError =>
  new FhirError(status, [issue('error', code, diagnostics, details)], details.headers);

/** Builds one issue; `details.expression` may be one path or several. */
export function issue(severity: IssueSeverity, code: IssueType, diagnostics: string, details: ErrorDetails = {}): Issue {
  const { expression, position } = details;
  return {
    severity,
    code,
    diagnostics,
    ...(expression !== undefined && { expression: typeof expression === 'string' ? [expression] : expression }),
    ...(position !== undefined && { position }),
  };
}

/** Issues in one outcome. */
export const mostIssues = 100;

/** @returns the first of them; behind them one that says how many more there are */
export const withinLimit = (issues: readonly Issue[]): readonly Issue[] =>
  (issues.length <= mostIssues ? issues : [...issues.slice(0, mostIssues), issue('information', 'incomplete', `There are more; the first ${mostIssues} are shown`)]);

/** 400: not parseable, or a value of a wrong form. */
export const invalid = raise(400, 'invalid');
/** 400: the body's structure breaks a basic rule. */
export const structure = raise(400, 'structure');
/** 400: a required element or parameter is missing. */
export const required = raise(400, 'required');
/** 400: an element or parameter has a value that it cannot have. */
export const badValue = raise(400, 'value');
/** 400: known to the standard, not done here. */
export const notSupported = raise(400, 'not-supported');
/** 400: would take more than this server gives to one request. */
export const tooCostly = raise(400, 'too-costly');
/** 403: there, but not for this client or by the server's settings. */
export const forbidden = raise(403, 'forbidden');
/** 404: nothing there, never was. */
export const notFound = raise(404, 'not-found');
/** 404: a path or type that does not exist at all. */
export const unknownPath = raise(404, 'not-supported');
/** 405: the interaction is not there for this path; give `Allow` in `headers`. */
export const methodNotAllowed = raise(405, 'not-supported');
/** 406: no representation that the client accepts. */
export const notAcceptable = raise(406, 'not-supported');
/** 409: the state of the server is in the way. */
export const conflict = raise(409, 'conflict');
/** 410: was there, is deleted. */
export const deleted = raise(410, 'deleted');
/** 410: a page or other link of the server's own that is kept no more. */
export const gone = raise(410, 'not-found');
/** 412: a precondition (If-Match, If-None-Match) does not hold. */
export const preconditionFailed = raise(412, 'conflict');
/** 412: criteria that must select one resource select several. */
export const multipleMatches = raise(412, 'multiple-matches');
/** 412: criteria that are not selective enough to act on. */
export const notSelective = raise(412, 'too-costly');
/** 413: the body is larger than BODY_LIMIT. */
export const tooLong = raise(413, 'too-long');
/** 415: a media type that is not taken. */
export const unsupportedMediaType = raise(415, 'not-supported');
/** 422: well formed, and refused by a rule of business or a profile. */
export const businessRule = raise(422, 'business-rule');
/** 422: well formed, and cannot be processed. */
export const unprocessable = raise(422, 'processing');
/** 503: try again; give `Retry-After` in `headers`. */
export const transient = raise(503, 'transient');
/** 503: the statement or the request ran out of time. */
export const timeout = raise(503, 'timeout');

/** Of HL7, with `-line` and `-col`. */
const extension = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue';

/**
 * The text of an OperationOutcome.
 * @param issues at least one
 * @returns minified JSON
 */
export function outcomeText(issues: readonly Issue[]): string {
  return JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: issues.map(({ severity, code, diagnostics, expression, position }) => ({
      ...(position !== undefined && { extension: [{ url: `${extension}-line`, valueInteger: position.line }, { url: `${extension}-col`, valueInteger: position.column }] }),
      severity,
      code,
      diagnostics: position === undefined ? diagnostics : `${diagnostics} (line ${position.line}, column ${position.column})`,
      ...(expression !== undefined && { expression }),
    })),
  });
}
