/** OperationDefinition of an operation in the registry. R4: operationdefinition.html. */
import type { Endpoint } from '../endpoint.ts';

/** @returns undefined where no operation of the registry is defined by that id */
export function operationDefinition(id: string, registry: readonly Endpoint[]): object | undefined {
  for (const endpoint of registry) {
    if (endpoint.kind !== 'operation') continue;
    const { resourceType, url, resource, ...facts } = endpoint.definition;
    if (url.slice(url.lastIndexOf('/') + 1) === id) return { resourceType, id, url, status: 'active', kind: 'operation', ...facts, ...(resource.length > 0 && { resource }) };
  }
  return undefined;
}
