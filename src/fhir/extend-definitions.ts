/**
 * Definitions with those of a further source: packages, and resources that were posted. The result is a value of its own, with a version
 * of its own; what it was made from stays as it is. R4: searchparameter.html.
 */
import { createHash } from 'node:crypto';
import type { Definitions, SearchParameter } from './definitions.ts';

/** What a source adds. Whoever makes it has checked that it can be used with the definitions that it is added to. */
export interface DefinitionSource {
  /** In use on the types of their `base`, which none of the parameters before them of the same code has. */
  readonly searchParameters: readonly SearchParameter[];
}

/** @returns the definitions and the source's; the same value where it adds nothing */
export function extendDefinitions(base: Definitions, source: DefinitionSource): Definitions {
  const { searchParameters: added } = source;
  if (added.length === 0) return base;
  const byType = new Map<string, ReadonlyMap<string, SearchParameter>>();
  const addedTo = (type: string): ReadonlyMap<string, SearchParameter> => {
    let found = byType.get(type);
    if (found === undefined) {
      const names = lineOf(type, base);
      found = new Map(added.filter((parameter) => parameter.base.some((name) => names.includes(name))).map((parameter) => [parameter.code, parameter]));
      byType.set(type, found);
    }
    return found;
  };
  const all = new Map<string, readonly SearchParameter[]>();
  const byUrl = new Map(added.map((parameter) => [parameter.url, parameter]));
  const isPosted = added.every(({ posted }) => posted !== undefined);
  const definitions: Definitions = {
    ...base,
    version: createHash('sha256').update(JSON.stringify([base.version, added])).digest('hex').slice(0, 16),
    searchParameter: (type, code) => base.searchParameter(type, code) ?? addedTo(type).get(code),
    searchParameters(type) {
      let found = all.get(type);
      if (found === undefined) {
        const own = base.searchParameters(type);
        const more = [...addedTo(type).values()];
        found = more.length === 0 ? own : [...own, ...more].toSorted((a, b) => (a.code < b.code ? -1 : 1));
        all.set(type, found);
      }
      return found;
    },
    searchParameterByUrl: (url) => base.searchParameterByUrl(url) ?? byUrl.get(url),
    posted: [...base.posted, ...added.filter(({ posted }) => posted !== undefined)],
    get builtIn() { return isPosted ? base.builtIn : definitions; },
  };
  return definitions;
}

/** A type and those that it specialises: `Patient`, `DomainResource`, `Resource`. */
export function lineOf(type: string, definitions: Definitions): string[] {
  const line: string[] = [];
  for (let name: string | undefined = type; name !== undefined; name = definitions.type(name)?.base) line.push(name);
  return line;
}
