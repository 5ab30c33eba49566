/** One OpenAPI document: the endpoints of a resource type, or of the system, as paths with operations. OpenAPI 3.1.1 section 4.8. */
import type { Definitions } from '../../fhir/definitions.ts';
import { issue, outcomeText } from '../../fhir/outcome.ts';
import type { Endpoint, Method } from '../endpoint.ts';
import { bodyOf } from './body.ts';
import { parametersOf, type Parameter } from './parameters.ts';
import { responsesOf, sharedResponses } from './responses.ts';
import { minimalResource, type Resource } from './sample.ts';
import { resourceSchema } from './schema.ts';
import { contentOf, shownOf, type Shown, type Subject } from './subject.ts';

export interface DocumentOptions {
  readonly registry: readonly Endpoint[];
  readonly definitions: Definitions;
  readonly software: { readonly version: string };
  /** A resource of the type that reads like a real one, with its id; undefined where there is none at hand. */
  readonly storedSample: (type: string) => Resource | undefined;
}

/** @param type undefined for the system */
export function documentOf(type: string | undefined, server: string, options: DocumentOptions): object {
  const { registry, definitions, software, storedSample } = options;
  const sample = type === undefined ? undefined : (storedSample(type) ?? minimalResource(type, definitions));
  const subject: Subject = { type, definitions, sample };
  const endpoints = shownOf(registry, type, definitions);
  const parameters = new Map<string, Parameter>();
  const paths: Record<string, Record<string, object>> = {};
  const ids = new Set<string>();
  for (const endpoint of endpoints) {
    const path = templateOf(endpoint.path, type);
    const taken = parametersOf(endpoint, subject).map(({ key, parameter }) => ({ key: keyOf(parameters, key, endpoint.code, parameter), parameter }));
    for (const { key, parameter } of taken) parameters.set(key, parameter);
    for (const method of endpoint.method) {
      paths[path] = { ...paths[path], [method.toLowerCase()]: {
        operationId: unused(ids, [endpoint.code, `${endpoint.code}-${method.toLowerCase()}`]),
        tags: [tagOf(endpoint, method, type)],
        summary: endpoint.summary ?? endpoint.code,
        parameters: taken.map(({ key }) => ({ $ref: `#/components/parameters/${key}` })),
        ...bodyOf(endpoint, method, subject),
        responses: responsesOf(endpoint, method, subject),
      } };
    }
  }
  const contents = new Set(['OperationOutcome', ...endpoints.map(({ answers }) => contentOf(answers?.content, type)), ...(type === undefined ? [] : [type])]);
  const used = new Set(Object.values(paths).flatMap((operations) => Object.values(operations)).flatMap((operation) => (operation as { tags: string[] }).tags));
  return {
    openapi: '3.1.1',
    info: { title: type ?? 'System', version: software.version, summary: 'Verbatim, a FHIR R4 server', description: introduction(type) },
    servers: [{ url: server }],
    tags: tags.filter(({ name }) => used.has(name)),
    paths,
    components: {
      parameters: Object.fromEntries(parameters),
      responses: sharedResponses(endpoints),
      schemas: Object.fromEntries([...contents].map((name) => [name, resourceSchema(name, definitions, name === type ? sample : samples[name])])),
    },
  };
}

const templateOf = (path: string, type: string | undefined): string =>
  path.split('/').map((segment) => (segment === ':type' && type !== undefined ? type : segment.replace(/^:(.*)$/, '{$1}'))).join('/');

/** Where the least that FHIR lets be says too little. */
const samples: Readonly<Record<string, object>> = {
  OperationOutcome: JSON.parse(outcomeText([issue('error', 'value', 'Patient has no search parameter "nam"; did you mean "name"?')])) as object,
};

const tags = [
  { name: 'Search' },
  { name: 'Read and write' },
  { name: 'Server' },
  { name: 'Operations' },
  { name: 'History' },
  { name: 'HEAD', description: 'The same as GET, without the body' },
] as const;

type Tag = (typeof tags)[number]['name'];

function tagOf({ path, takes }: Shown, method: Method, type: string | undefined): Tag {
  if (method === 'HEAD') return 'HEAD';
  if (path.includes('$')) return 'Operations';
  if (path.includes('_history')) return 'History';
  // A write with criteria is a write.
  if (takes?.criteria !== undefined && (method === 'GET' || takes.body === 'criteria')) return 'Search';
  return type === undefined ? 'Server' : 'Read and write';
}

/** Parameters of one name and several meanings, such as an operation's own `_count`, have keys of their own. */
function keyOf(parameters: ReadonlyMap<string, Parameter>, key: string, code: string, parameter: Parameter): string {
  const known = parameters.get(key);
  return known === undefined || JSON.stringify(known) === JSON.stringify(parameter) ? key : `${code}.${key}`;
}

/** The first candidate that no other operation has; with a number where there is none. */
function unused(ids: Set<string>, candidates: readonly string[]): string {
  let id = candidates.find((candidate) => !ids.has(candidate));
  for (let n = 2; id === undefined; n++) if (!ids.has(`${candidates.at(-1)}-${n}`)) id = `${candidates.at(-1)}-${n}`;
  ids.add(id);
  return id;
}

const introduction = (type: string | undefined): string => (type === undefined
  ? 'What belongs to no resource type. Each resource type has a document of its own: choose it above.'
  : `Everything on [${type}](https://hl7.org/fhir/R4/${type.toLowerCase()}.html). Try it out runs against this server, and sample bodies are taken as they stand. `
    + 'A search takes each parameter as often as you add it, and all must hold; a comma between values means or.');
