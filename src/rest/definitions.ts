/** The definitions that the server works by, as resources that can be read where nothing is stored at their id. R4: http.html#read. */
import { createHash } from 'node:crypto';
import type { Definitions } from '../fhir/definitions.ts';
import type { Endpoint } from './endpoint.ts';
import { compartmentDefinition } from './definitions/compartment-definition.ts';
import { operationDefinition } from './definitions/operation-definition.ts';
import { searchParameter } from './definitions/search-parameter.ts';
import { structureDefinition } from './definitions/structure-definition.ts';

/** A definition's text, and an entity tag that changes with it; it has no versions. */
export interface DefinitionText {
  readonly text: string;
  readonly tag: string;
}

/** The resource of a package, where it has one of that type and id. */
export type PackagedReader = (type: string, id: string) => object | undefined;

/** @returns what gives the definition of a type and id; undefined where there is none */
export function createDefinitionReader(registry: readonly Endpoint[], definitions: Definitions, packaged: PackagedReader): (type: string, id: string) => DefinitionText | undefined {
  const builders: ReadonlyMap<string, (id: string) => object | undefined> = new Map([
    ['CompartmentDefinition', (id: string) => compartmentDefinition(id, definitions)],
    ['OperationDefinition', (id) => operationDefinition(id, registry)],
    ['SearchParameter', (id) => searchParameter(id, definitions)],
    ['StructureDefinition', (id) => structureDefinition(id, definitions)],
  ]);
  return (type, id) => {
    const definition = builders.get(type)?.(id) ?? packaged(type, id);
    if (definition === undefined) return undefined;
    const text = JSON.stringify(definition);
    return { text, tag: tagOf(text) };
  };
}

/** @returns an entity tag's opaque part for what has no version */
export const tagOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 16);
