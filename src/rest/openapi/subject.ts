/** What a document is about, and what its parts are made from. */
import type { Definitions } from '../../fhir/definitions.ts';
import type { Description } from '../description.ts';
import type { Endpoint, Method } from '../endpoint.ts';
import { operationRequests } from './operation.ts';
import type { Resource } from './sample.ts';

export interface Subject {
  /** Undefined: the system. */
  readonly type: string | undefined;
  readonly definitions: Definitions;
  /** A resource of the type, with an id. */
  readonly sample: Resource | undefined;
}

/** Requests that a document shows. */
export interface Shown extends Description {
  readonly code: string;
  readonly method: readonly Method[];
  /** As {@link Endpoint} has it. */
  readonly path: string;
}

/** A path with `:type` is in the documents of the types that have it, one that begins with a type in that one's, any other in the system's. */
export function shownOf(registry: readonly Endpoint[], type: string | undefined, definitions: Definitions): Shown[] {
  return registry.flatMap((endpoint): Shown[] => (endpoint.kind === 'operation' ? operationRequests(endpoint, type, definitions) : [endpoint])).filter(({ path, isFor }) => {
    const [, first = '', ...more] = path.split('/');
    if (first === ':type' || more.includes(':type')) return type !== undefined && isFor?.(type, definitions) !== false;
    return definitions.hasResourceType(first) ? first === type : type === undefined;
  });
}

/** @returns the resource type of an answer; `Resource` where nothing is said */
export const contentOf = (content: string | undefined, type: string | undefined): string =>
  content === ':type' ? (type ?? 'Resource') : (content ?? 'Resource');
