/** All resources that a query is asked of, as the oracle holds them: parsed, findable by type and id, with what was worked out of each kept beside it. */
import { valuesOf, typeAndId, type Typed } from './expression.ts';
import type { Parameter } from './definitions.ts';
import { listOf, textOf, type JsonObject } from './json.ts';

export interface Resource {
  readonly type: string;
  readonly id: string;
  readonly json: JsonObject;
  /** Where it is contained: the resource that holds it. */
  readonly container: Resource | undefined;
  readonly kept: Map<string, unknown>;
}

export interface Data {
  /** Bases that are this server's own: an absolute reference under them is a local one. */
  readonly ownBases: readonly string[];
  readonly types: readonly string[];
  ofType(type: string): readonly Resource[];
  get(type: string, id: string): Resource | undefined;
}

const resource = (json: JsonObject, container?: Resource): Resource =>
  ({ type: textOf(json, 'resourceType') ?? '', id: textOf(json, 'id') ?? '', json, container, kept: new Map() });

export function createData(resources: Iterable<JsonObject>, ownBases: readonly string[] = []): Data {
  const byType = new Map<string, Map<string, Resource>>();
  for (const json of resources) {
    const one = resource(json);
    const ofType = byType.get(one.type) ?? new Map<string, Resource>();
    byType.set(one.type, ofType.set(one.id, one));
  }
  const lists = new Map([...byType].map(([type, ofType]) => [type, [...ofType.values()]]));
  return { ownBases, types: [...byType.keys()], ofType: (type) => lists.get(type) ?? [], get: (type, id) => byType.get(type)?.get(id) };
}

/** Works something out of a resource once. */
export function kept<T>({ kept: all }: Resource, name: string, make: () => T): T {
  let found = all.get(name) as T | undefined;
  if (found === undefined) {
    found = make();
    all.set(name, found);
  }
  return found;
}

/** @returns a parameter's values; an element that is there with extensions alone is none (search.html#missing) */
export const present = (one: Resource, parameter: Parameter): readonly Typed[] =>
  kept(one, `values ${parameter.url}`, () => valuesOf(one.json, parameter).filter(({ value }) => value !== null));

/** @returns type and id where the reference is to a resource of this server */
export function localTarget(text: string, { ownBases }: Data): { type: string; id: string } | undefined {
  const target = typeAndId(text);
  return target !== undefined && (target.base === undefined || ownBases.includes(target.base)) ? target : undefined;
}

/** @returns the resource that a reference leads to; `#x` is contained beside it, `#` is its container */
export function resolve(text: string, from: Resource, data: Data): Resource | undefined {
  if (text.startsWith('#')) {
    const container = from.container ?? from;
    return text === '#' ? from.container : containedIn(container).find(({ id }) => id === text.slice(1));
  }
  const target = localTarget(text, data);
  return target === undefined ? undefined : data.get(target.type, target.id);
}

const containedIn = (container: Resource): readonly Resource[] =>
  kept(container, 'contained', () => listOf(container.json, 'contained').map((json) => resource(json as JsonObject, container)));
