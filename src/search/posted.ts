/**
 * Search parameters that come as resources: what becomes of those in use when SearchParameters are written. Pure: from the definitions and
 * the changes to the parameters that are in use after them. R4: searchparameter.html; DECISIONS.md "SearchParameters of one's own".
 */
import type { Definitions, SearchParameter } from '../fhir/definitions.ts';
import { extendDefinitions } from '../fhir/extend-definitions.ts';
import { sameTerms } from '../fhir/fhirpath/terms.ts';
import type { JsonObject } from '../fhir/json/value.ts';
import { conflict, type ErrorDetails } from '../fhir/outcome.ts';
import { declaredBy, typesOf, type Declared } from './custom-parameter.ts';

/** A SearchParameter that is written; without resource: deleted. */
export interface ChangedParameter {
  readonly id: string;
  readonly resource?: JsonObject;
  /** Of the resource, for outcomes. */
  readonly path: string;
}

/** What a transaction changes in the definitions. */
export interface DefinitionsChange {
  /** Ids of those that are in use no more. */
  readonly gone: readonly string[];
  /** Those that are new or mean something else, with the types that each is in use on. */
  readonly put: readonly { readonly parameter: SearchParameter; readonly types: readonly string[] }[];
  /** Types whose resources have other index rows by it. */
  readonly types: readonly string[];
}

/**
 * @returns undefined where nothing changes
 * @throws FhirError 400 for a parameter that cannot be compiled, 409 for one whose code or URL another has
 */
export function planChange(changes: readonly ChangedParameter[], definitions: Definitions): DefinitionsChange | undefined {
  const declared = changes.flatMap(({ id, resource, path }) => {
    const one = resource === undefined ? undefined : declaredBy(resource, id, definitions.builtIn, path);
    return one === undefined ? [] : [{ one, details: { expression: path } }];
  });
  // What is posted takes the place of what a package has of the same URL.
  const without = [...changes.map(({ id }) => id), ...declared.map(({ one }) => packagedId(one.url))];
  return changeOf(new Set(without), definitions, (add) => {
    for (const { one, details } of declared) add(one, details);
  });
}

/** Takes a parameter into use beside those that are there; throws FhirError 409 where another has its code or URL. */
export type Add = (declared: Declared, details: ErrorDetails) => void;

/**
 * @param without ids of parameters that are in use no more, as they are
 * @param additions adds those that are new, or mean something else
 * @returns undefined where nothing changes
 */
export function changeOf(without: ReadonlySet<string>, definitions: Definitions, additions: (add: Add) => void): DefinitionsChange | undefined {
  const { builtIn, posted } = definitions;
  const kept = posted.filter((parameter) => !without.has(parameter.posted!.id));
  const all = (): Definitions => extendDefinitions(builtIn, { searchParameters: kept });
  kept.forEach((parameter, n) => (kept[n] = withLostAliases(parameter, all(), definitions)));
  additions((declared, details) => void kept.push(placed(declared, all(), details)));
  return difference(posted, kept, definitions);
}

/** Where the parameter that answered for another is no more, the other answers for itself, or by one that has just taken its place. */
function withLostAliases(parameter: SearchParameter, among: Definitions, definitions: Definitions): SearchParameter {
  const { id, aliases } = parameter.posted!;
  const answering = Object.keys(aliases).map((type) => [type, among.searchParameter(type, parameter.code)?.url] as const);
  if (answering.every(([type, url]) => url === aliases[type])) return parameter;
  const lost = answering.flatMap(([type, url]) => (url === undefined ? [type] : []));
  const kept = answering.flatMap(([type, url]) => (url === undefined ? [] : [[type, url] as const]));
  const base = lost.length === 0 ? parameter.base : typesOf({ base: [...parameter.base, ...lost] }, definitions);
  return { ...parameter, base, posted: { ...parameter.posted!, id, aliases: Object.fromEntries(kept) } };
}

/**
 * @param among the parameters that are there
 * @throws FhirError 409 naming both URLs
 */
function placed({ id, derivedFrom, ...declared }: Declared, among: Definitions, details: ErrorDetails): SearchParameter {
  const { url, code } = declared;
  const sameUrl = among.searchParameterByUrl(url);
  const types = typesOf(declared, among);
  const aliases: Record<string, string> = {};
  for (const type of types) {
    const known = among.searchParameter(type, code);
    if (known === undefined) continue;
    if (!isSame(declared, derivedFrom, known, type, among)) {
      throw conflict(`${type} has a search parameter "${code}" of another meaning: ${url} would stand beside ${known.url}`, details);
    }
    aliases[type] = known.url;
  }
  const own = types.filter((type) => aliases[type] === undefined);
  if (sameUrl !== undefined && (own.length > 0 || sameUrl.posted !== undefined)) {
    throw conflict(`The URL ${url} is that of ${sameUrl.posted === undefined ? 'one of R4\'s own search parameters' : `SearchParameter/${sameUrl.posted.id}`}, which is in use`, details);
  }
  // Where none of its types has another, it keeps the bases that it names, `Resource` among them.
  return { ...declared, base: own.length === types.length ? declared.base : own, posted: { id, aliases } };
}

/** Ids of parameters of packages, beside those of resources, which none of them can be. */
export const packagedId = (url: string): string => `|${url}`;
export const isPackaged = (id: string): boolean => id.startsWith('|');

/** A parameter that is derived from another must be consistent with it (searchparameter-definitions.html#SearchParameter.derivedFrom). */
function isSame(declared: Omit<Declared, 'id'>, derivedFrom: string | undefined, known: SearchParameter, type: string, definitions: Definitions): boolean {
  if (declared.type !== known.type) return false;
  if (derivedFrom === known.url) return true;
  const components = (of: Pick<SearchParameter, 'component'>): string => JSON.stringify(of.component.map(({ definition, expression }) => [definition, expression]));
  return components(declared) === components(known) && known.expression !== undefined && sameTerms(declared.expression!, known.expression, type, definitions);
}

/** What is said of a parameter, without how far it is in use. */
function factsOf({ posted, ...facts }: SearchParameter): string {
  const { id, aliases } = posted!;
  return JSON.stringify([id, facts.url, facts.code, facts.type, facts.base, facts.expression, facts.target, facts.component.map(({ definition, expression }) => [definition, expression]), Object.entries(aliases).toSorted()]);
}

function difference(before: readonly SearchParameter[], after: readonly SearchParameter[], definitions: Definitions): DefinitionsChange | undefined {
  const old = new Map(before.map((parameter) => [parameter.posted!.id, parameter]));
  const ids = new Set(after.map((parameter) => parameter.posted!.id));
  const gone = before.filter((parameter) => !ids.has(parameter.posted!.id));
  const put = after.filter((parameter) => {
    const there = old.get(parameter.posted!.id);
    return there === undefined || factsOf(there) !== factsOf(parameter);
  });
  if (gone.length === 0 && put.length === 0) return undefined;
  const replaced = put.flatMap((parameter) => old.get(parameter.posted!.id) ?? []);
  return {
    gone: gone.map((parameter) => parameter.posted!.id),
    put: put.map((parameter) => ({ parameter, types: typesOf(parameter, definitions) })),
    types: [...new Set([...gone, ...replaced, ...put].flatMap((parameter) => typesOf(parameter, definitions)))].toSorted(),
  };
}
