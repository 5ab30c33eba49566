/** Parameters of an operation: path, query, headers. OpenAPI 3.1.1 section 4.8.12. */
import type { QueryParameter, RequestHeader, Takes } from '../description.ts';
import { preferenceValues } from '../preferences.ts';
import { queryParameters } from '../query-parameters.ts';
import { criteriaOf, describeCriterion, furtherCriteria } from './criteria.ts';
import { primitiveSchema } from './schema.ts';
import type { Shown, Subject } from './subject.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly required?: true;
  readonly schema: object;
  readonly style?: 'form';
  readonly explode?: boolean;
  readonly example?: unknown;
}

/** A parameter with its name among the document's components. */
export interface NamedParameter {
  readonly key: string;
  readonly parameter: Parameter;
}

export function parametersOf(endpoint: Shown, subject: Subject): NamedParameter[] {
  const { summary, takes = {} } = endpoint;
  return [
    ...pathParameters(endpoint, subject),
    ...(takes.body === 'criteria' ? [] : criteriaParameters(takes, subject)),
    // Of what says nothing of itself, nobody knows what it takes.
    ...(takes.criteria !== undefined || summary === undefined ? [further(subject)] : []),
    ...[...(takes.parameters ?? []), queryParameters._format, queryParameters._pretty].map(queryParameter),
    ...(takes.headers ?? []).map(headerParameter),
    ...preferParameter(takes),
  ];
}

/** What a variable of a path is; the example is filled in by Swagger UI. */
const variables: Readonly<Record<string, string>> = { id: 'The id of the resource', vid: 'The number of the version' };

function pathParameters({ path, variables: own }: Shown, { type, sample, definitions }: Subject): NamedParameter[] {
  const names = path.split('/').filter((segment) => segment.startsWith(':') && (segment !== ':type' || type === undefined)).map((segment) => segment.slice(1));
  const examples: Readonly<Record<string, unknown>> = { id: sample?.id, vid: '1' };
  return names.map((name) => ({ key: `path.${name}`, parameter: {
    name, in: 'path', required: true, description: own?.[name]?.description ?? variables[name] ?? `The segment "${name}" of the path`,
    schema: { type: 'string', ...(own?.[name] !== undefined && { enum: own[name].values(type ?? '', definitions) }) },
    ...(examples[name] !== undefined && { example: examples[name] }),
  } }));
}

/** Repetition is AND, so that each is an array; a value's form is for its description, since prefixes and systems are text. */
function criteriaParameters({ criteria }: Takes, subject: Subject): NamedParameter[] {
  return criteriaOf(criteria, subject).map((criterion) => ({ key: criterion.code, parameter: {
    name: criterion.code, in: 'query', description: describeCriterion(criterion, subject), schema: { type: 'array', items: { type: 'string' } }, style: 'form', explode: true,
  } }));
}

/**
 * Names with modifiers and chains are without number. The example is empty because Swagger UI fills it in, and would else send a
 * made-up parameter with every search.
 */
const further = (subject: Subject): NamedParameter => ({ key: 'further', parameter: {
  name: 'further', in: 'query', description: furtherCriteria(subject),
  schema: { type: 'object', additionalProperties: { type: 'string' } }, style: 'form', explode: true, example: {},
} });

function queryParameter({ name, description, type, values, many }: QueryParameter): NamedParameter {
  const one = { ...primitiveSchema(type), ...(values !== undefined && { enum: values }) };
  return { key: name, parameter: {
    name, in: 'query', description, schema: many === undefined ? one : { type: 'array', items: one },
    ...(many !== undefined && { style: 'form', explode: many === 'repeated' }),
  } };
}

const headers: Readonly<Record<RequestHeader, string>> = {
  'If-Match': 'Write only where this is the current version: `W/"1"`',
  'If-None-Match': 'On a read: 304 where the version is this one, `W/"1"`. On a write: 412; `*` stands for any version',
  'If-Modified-Since': '304 where nothing changed after this time: `Sat, 17 Jan 2026 09:30:00 GMT`',
  'If-None-Exist': 'Create only where no resource meets these criteria: `identifier=http://example.org/ids|1`',
};

const headerParameter = (name: RequestHeader): NamedParameter =>
  ({ key: name, parameter: { name, in: 'header', description: headers[name], schema: { type: 'string' } } });

const preferences = { return: 'what a write answers with', handling: 'whether unknown parameters are refused or ignored' } as const;

function preferParameter({ prefer = [] }: Takes): NamedParameter[] {
  if (prefer.length === 0) return [];
  const description = prefer.map((name) => `\`${name}\`: ${preferences[name]}`).join('; ');
  const values = prefer.flatMap((name) => preferenceValues[name].map((value) => `${name}=${value}`));
  return [{ key: ['Prefer', ...prefer].join('.'), parameter: { name: 'Prefer', in: 'header', description, schema: { type: 'string', enum: values } } }];
}
