/** What the CapabilityStatement says of search: parameters and includes. R4: capabilitystatement.html, search.html#include. */
import type { Definitions, SearchParameter } from '../../fhir/definitions.ts';
import { supportedParameter } from '../../search/supported.ts';

/** CapabilityStatement.rest.searchParam */
export interface StatedParameter {
  readonly name: string;
  readonly definition?: string;
  readonly type: SearchParameter['type'];
}

/** Parameters of R4 that have no SearchParameter; R5 has them as special (search.html#has, #list, #type). */
const [has, list, types] = ['_has', '_list', '_type'].map((name): StatedParameter => ({ name, type: 'special' })) as [StatedParameter, StatedParameter, StatedParameter];

const stated = ({ code, url, type }: SearchParameter): StatedParameter => ({ name: code, definition: url, type });

/** @returns the parameters of a type; `isReferredTo` says whether anything refers to it, so that it can be found by that */
export const searchParamOf = (type: string, isReferredTo: boolean, definitions: Definitions): StatedParameter[] =>
  [...(isReferredTo ? [has] : []), list, ...definitions.searchParameters(type).filter(supportedParameter).map(stated)];

/** @returns the parameters of a search of all types: those that every type has, and which types */
export const systemSearchParam = (definitions: Definitions): StatedParameter[] => [
  list, types,
  ...definitions.searchParameters(definitions.resourceTypes[0]!).filter((parameter) => parameter.base.includes('Resource') && supportedParameter(parameter)).map(stated),
];

/** Values of _include and _revinclude by the type that is searched. */
export interface StatedIncludes {
  searchInclude(type: string): string[];
  searchRevInclude(type: string): string[];
}

/** A parameter without targets may refer to any type. */
export function includesOf(definitions: Definitions): StatedIncludes {
  const include = new Map<string, string[]>();
  const revInclude = new Map<string, string[]>(definitions.resourceTypes.map((type) => [type, []]));
  for (const source of definitions.resourceTypes) {
    const references = definitions.searchParameters(source).filter((parameter) => parameter.type === 'reference' && supportedParameter(parameter));
    include.set(source, references.map(({ code }) => `${source}:${code}`));
    for (const { code, target } of references) {
      for (const type of target.length === 0 ? definitions.resourceTypes : target) revInclude.get(type)?.push(`${source}:${code}`);
    }
  }
  return { searchInclude: (type) => ['*', ...(include.get(type) ?? [])], searchRevInclude: (type) => ['*', ...(revInclude.get(type) ?? [])] };
}
