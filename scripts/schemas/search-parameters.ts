/** schemas/search-parameters.json: R4's SearchParameters. R4: searchparameter-registry.html. */
import type { TypeEntry } from './structure.ts';

export interface SearchParameterResource {
  resourceType: string;
  id: string;
  url: string;
  code: string;
  type: string;
  base: string[];
  expression?: string;
  target?: string[];
  multipleOr?: boolean;
  multipleAnd?: boolean;
  comparator?: string[];
  modifier?: string[];
  component?: { definition: string; expression: string }[];
}

/** In the source, but not in R4 4.0.1. */
const later = new Set(['DeviceDefinition-classification', 'detectedissue-status']);

export function buildSearchParameters(
  resources: readonly SearchParameterResource[], structure: Readonly<Record<string, TypeEntry>>,
): Record<string, Omit<SearchParameterResource, 'resourceType' | 'id' | 'url'>> {
  const own = resources.filter((r) => r.resourceType === 'SearchParameter' && !later.has(r.id) && r.base.some((type) => structure[type] !== undefined));
  return Object.fromEntries(own.toSorted((a, b) => (a.url < b.url ? -1 : 1)).map((r) => [r.url, {
    code: r.code,
    type: r.type,
    base: r.base.filter((type) => structure[type] !== undefined),
    ...(r.expression !== undefined && { expression: r.expression }),
    ...(r.target !== undefined && { target: r.target.filter((type) => structure[type] !== undefined) }),
    ...(r.component !== undefined && { component: r.component.map(({ definition, expression }) => ({ definition, expression })) }),
  }]));
}
