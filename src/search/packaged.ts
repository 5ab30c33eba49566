/**
 * Search parameters of the packages that a server is given: what becomes of those in use when it begins with them. Pure. R4:
 * searchparameter.html; DECISIONS.md "SearchParameters of one's own".
 */
import type { Definitions, SearchParameter } from '../fhir/definitions.ts';
import type { JsonObject } from '../fhir/json/value.ts';
import { FhirError } from '../fhir/outcome.ts';
import { declaredBy, typesOf, type Declared } from './custom-parameter.ts';
import { changeOf, isPackaged, packagedId, type DefinitionsChange } from './posted.ts';

export interface PackagedPlan {
  /** Absent where nothing changes. */
  readonly change: DefinitionsChange | undefined;
  /** One line each: what cannot be used. */
  readonly problems: readonly string[];
}

/**
 * @param resources of all packages; of two SearchParameters with one URL the first holds, and a posted one before both
 * @param definitions those in use, with what packages brought before
 */
export function planPackaged(resources: readonly JsonObject[], definitions: Definitions): PackagedPlan {
  const problems: string[] = [];
  const note = (url: string, error: unknown): void => {
    if (!(error instanceof FhirError)) throw error;
    problems.push(`SearchParameter ${url}: ${error.issues[0]?.diagnostics ?? error.message}`);
  };
  const wanted = new Map<string, Declared>();
  const postedUrls = new Set(definitions.posted.flatMap(({ url, posted }) => (isPackaged(posted!.id) ? [] : [url])));
  for (const resource of resources) {
    const url = String(resource['url']);
    if (resource['resourceType'] !== 'SearchParameter' || wanted.has(packagedId(url)) || postedUrls.has(url)) continue;
    try {
      const declared = declaredBy(resource, packagedId(url), definitions.builtIn, 'SearchParameter');
      if (declared !== undefined) wanted.set(declared.id, declared);
    } catch (error) {
      note(url, error);
    }
  }
  const inUse = definitions.posted.filter(({ posted }) => isPackaged(posted!.id));
  // One that stays as it is stays where it is, so that nothing is indexed anew for it.
  const same = new Set(inUse.filter((parameter) => isUnchanged(parameter, wanted.get(parameter.posted!.id), definitions)).map(({ posted }) => posted!.id));
  const without = new Set(inUse.map(({ posted }) => posted!.id).filter((id) => !same.has(id)));
  // What others may be derived from comes before them.
  const added = [...wanted.values()].filter(({ id }) => !same.has(id)).toSorted((a, b) => Number(a.derivedFrom !== undefined) - Number(b.derivedFrom !== undefined));
  const change = changeOf(without, definitions, (add) => {
    for (const declared of added) {
      try {
        add(declared, {});
      } catch (error) {
        note(declared.url, error);
      }
    }
  });
  return { change, problems };
}

/** What is in use of a parameter has only the bases on which no other answers for it. */
function isUnchanged(parameter: SearchParameter, declared: Declared | undefined, definitions: Definitions): boolean {
  if (declared === undefined) return false;
  const types = [...typesOf(parameter, definitions), ...Object.keys(parameter.posted!.aliases)].toSorted();
  const facts = ({ url, code, type, expression, target, component }: Omit<SearchParameter, 'base' | 'posted'>): string =>
    JSON.stringify([url, code, type, expression, target, component.map((one) => [one.definition, one.expression])]);
  return facts(parameter) === facts(declared) && types.join() === typesOf(declared, definitions).toSorted().join();
}
