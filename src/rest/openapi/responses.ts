/** What an operation answers, by status. OpenAPI 3.1.1 section 4.8.16; R4: http.html#Status-Codes. */
import type { Method } from '../endpoint.ts';
import { fhirJson } from '../media-types.ts';
import { anyContent } from './body.ts';
import { contentOf, type Shown, type Subject } from './subject.ts';

const meanings: Readonly<Record<number, string>> = {
  200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'Done, and nothing to say',
  304: 'The client has it already',
  400: 'The request is wrong; the outcome says where',
  403: 'Not allowed by the settings',
  404: 'Nothing there, and never was',
  406: 'No representation that was asked for',
  409: 'The state of the server is in the way',
  410: 'It was deleted',
  412: 'A precondition does not hold, or criteria select several',
  413: 'The body is too large',
  415: 'The body is of another media type',
  422: 'Refused by a rule',
};

const meaningOf = (status: number): string => meanings[status] ?? `Status ${status}`;

/** The statuses of errors that an endpoint answers with. */
function errorsOf(endpoint: Shown): number[] {
  const hasBody = endpoint.takes?.body !== undefined || (endpoint.summary === undefined && endpoint.method.some((method) => method.startsWith('P')));
  const own = (endpoint.answers?.status ?? []).filter((status) => status >= 400);
  return [...new Set([400, 406, ...own, ...(hasBody ? [413, 415] : [])])].toSorted((a, b) => a - b);
}

/** @returns components.responses: every error that some endpoint answers with */
export function sharedResponses(endpoints: readonly Shown[]): object {
  const statuses = [...new Set(endpoints.flatMap(errorsOf))].toSorted((a, b) => a - b);
  return {
    ...Object.fromEntries(statuses.map((status) => [`status-${status}`, { description: meaningOf(status), content: outcome }])),
    default: { description: 'Any other error, such as 503 when the database cannot be reached', content: outcome },
  };
}

/** Other media types are the same text, and are asked for by `_format`. */
const contentWith = (schema: object, example?: unknown): object => ({ [fhirJson]: { schema, ...(example !== undefined && { example }) } });

const outcome = contentWith({ $ref: '#/components/schemas/OperationOutcome' });

export function responsesOf(endpoint: Shown, method: Method, subject: Subject): object {
  const successes = endpoint.answers?.status.filter((status) => status < 400) ?? [200];
  return Object.fromEntries([
    ...successes.map((status) => [status, successOf(status, endpoint, method, subject)]),
    ...errorsOf(endpoint).map((status) => [status, { $ref: `#/components/responses/status-${status}` }]),
    ['default', { $ref: '#/components/responses/default' }],
  ]);
}

function successOf(status: number, { answers, takes = {} }: Shown, method: Method, subject: Subject): object {
  const content = contentOf(answers?.content, subject.type);
  const isVersion = answers?.content === ':type';
  const names = [
    ...(isVersion || answers?.status.includes(304) === true ? ['ETag'] : []),
    ...(isVersion ? ['Last-Modified', 'Content-Location'] : []),
    ...(status === 201 ? ['Location'] : []),
    ...(takes.prefer === undefined ? [] : ['Preference-Applied']),
  ];
  const isEmpty = status === 204 || status === 304 || method === 'HEAD';
  return {
    description: meaningOf(status),
    ...(names.length > 0 && { headers: Object.fromEntries(names.map((name) => [name, { description: headers[name], schema: { type: 'string' } }])) }),
    ...(!isEmpty && { content: { ...(isVersion && method === 'GET' && anyContent(subject)), ...contentWith({ $ref: `#/components/schemas/${content}` }, bundleExample(answers?.bundle, subject)) } }),
  };
}

const headers: Readonly<Record<string, string>> = {
  ETag: 'The version: `W/"1"`',
  'Last-Modified': 'When the version was made',
  'Content-Location': 'The URL of the version',
  Location: 'The URL of the version that was made',
  'Preference-Applied': 'What of Prefer was heeded',
};

/** A Bundle as the answer has it, with the sample for an entry. */
function bundleExample(bundle: string | undefined, { type, sample }: Subject): object | undefined {
  if (bundle === undefined) return undefined;
  const resource = sample ?? { resourceType: 'Patient', id: 'example' };
  const made = { status: '201 Created', etag: 'W/"1"', lastModified: '2026-01-15T09:30:00.000Z' };
  const url = `${type ?? 'Patient'}/${resource.id}`;
  const common = { fullUrl: `http://localhost:8080/fhir/${url}`, resource };
  const entry = {
    searchset: { ...common, search: { mode: 'match' } },
    history: { ...common, request: { method: 'PUT', url }, response: made },
    'transaction-response': { ...common, response: { ...made, location: `http://localhost:8080/fhir/${url}/_history/1` } },
  }[bundle];
  return { resourceType: 'Bundle', type: bundle, ...(bundle !== 'transaction-response' && { total: 1 }), ...(entry !== undefined && { entry: [entry] }) };
}
