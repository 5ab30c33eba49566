/** A transaction Bundle that puts each resource to its id: loaded twice it changes nothing. */
import { jsonText } from './json.ts';

export interface Resource {
  readonly resourceType: string;
  readonly id: string;
}

export const reference = (resource: Resource, display?: string): { reference: string; display?: string } =>
  ({ reference: `${resource.resourceType}/${resource.id}`, ...(display !== undefined && { display }) });

/** @returns one line of JSON */
export const bundleText = (resources: readonly Resource[]): string =>
  `${jsonText({
    resourceType: 'Bundle', type: 'transaction',
    entry: resources.map((resource) => ({
      fullUrl: `http://example.org/fhir/${resource.resourceType}/${resource.id}`, resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    })),
  })}\n`;
