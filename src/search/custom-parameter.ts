/**
 * A SearchParameter resource as a parameter that this server can index and search by, or the reason why it cannot. R4: searchparameter.html;
 * DECISIONS.md "SearchParameters of one's own".
 */
import type { Definitions, SearchParameter, SearchParameterType } from '../fhir/definitions.ts';
import { lineOf } from '../fhir/extend-definitions.ts';
import { compileElementExpression, compileExpression, staticTypes } from '../fhir/fhirpath/compile.ts';
import { ExpressionError } from '../fhir/fhirpath/parse.ts';
import { isObject, type JsonObject, type JsonValue } from '../fhir/json/value.ts';
import { badValue, notSupported, required, type ErrorDetails } from '../fhir/outcome.ts';
import { checkCost } from './cost.ts';
import { fits } from './fit.ts';

/** A parameter as its resource has it, before it is held against those that are there. */
export interface Declared extends Omit<SearchParameter, 'posted'> {
  readonly id: string;
  /** Canonicals without version. */
  readonly derivedFrom?: string;
}

const parameterTypes: ReadonlySet<string> = new Set(['number', 'date', 'string', 'token', 'reference', 'composite', 'quantity', 'uri']);

/** What a composite's last component can be; the first is a token or a reference. */
const secondTypes: ReadonlySet<string> = new Set(['token', 'reference', 'quantity', 'number', 'date', 'string']);

/**
 * @param definitions those that it is added to
 * @param path of the resource, for outcomes
 * @returns undefined where its status is not active: it is only stored
 * @throws FhirError 400 naming the element that cannot be compiled
 */
export function declaredBy(resource: JsonObject, id: string, definitions: Definitions, path: string): Declared | undefined {
  if (resource['status'] !== 'active') return undefined;
  const at = (element: string): ErrorDetails => ({ expression: `${path}.${element}` });
  const url = text(resource, 'url', at);
  if (!/^[a-z][a-z0-9+.-]*:[^\s|#]+$/i.test(url)) throw badValue(`"${url.slice(0, 200)}" is no absolute URI`, at('url'));
  const code = text(resource, 'code', at);
  const base = bases(resource['base'], definitions, at);
  // Others are taken: by what is about the result, by modifiers, chains and lists. `_id` and its like may be declared as what they are.
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(code) && !base.every((name) => definitions.searchParameter(name, code) !== undefined)) throw badValue(`"${code.slice(0, 80)}" cannot be the code of a search parameter: letters, digits, "-" and "_" can, after a letter`, at('code'));
  const type = text(resource, 'type', at);
  if (type === 'special') throw notSupported('A parameter of type special has no meaning that follows from its definition', at('type'));
  if (!parameterTypes.has(type)) throw badValue(`"${type.slice(0, 80)}" is no type of search parameters`, at('type'));
  const declared: Declared = {
    id, url, code, type: type as SearchParameterType,
    base,
    expression: text(resource, 'expression', at),
    target: targets(resource['target'], definitions, at),
    component: type === 'composite' ? components(resource['component'], definitions, at) : [],
    ...(typeof resource['derivedFrom'] === 'string' && { derivedFrom: resource['derivedFrom'].split('|')[0]! }),
  };
  for (const name of typesOf(declared, definitions)) checkOn(name, declared, definitions, at);
  return declared;
}

/** @returns the resource types that a parameter is for: those that specialise one of its bases */
export const typesOf = ({ base }: Pick<SearchParameter, 'base'>, definitions: Definitions): string[] =>
  definitions.resourceTypes.filter((type) => lineOf(type, definitions).some((name) => base.includes(name)));

type At = (element: string) => ErrorDetails;

function text(resource: JsonObject, element: string, at: At): string {
  const value = resource[element];
  if (value === undefined) throw required(`An active SearchParameter needs ${element}`, at(element));
  if (typeof value !== 'string' || value === '') throw badValue(`${element} is no text`, at(element));
  return value;
}

function names(value: JsonValue | undefined, element: string, at: At): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw badValue(`${element} is not an array`, at(element));
  return value.map((name, n) => {
    if (typeof name !== 'string') throw badValue(`${element}[${n}] is no text`, at(`${element}[${n}]`));
    return name;
  });
}

function bases(value: JsonValue | undefined, definitions: Definitions, at: At): string[] {
  const found = names(value, 'base', at);
  if (found.length === 0) throw required('An active SearchParameter needs base', at('base'));
  found.forEach((name, n) => {
    if (definitions.type(name)?.kind !== 'resource') throw badValue(`"${name.slice(0, 80)}" is not a resource type of R4`, at(`base[${n}]`));
  });
  return [...new Set(found)];
}

function targets(value: JsonValue | undefined, definitions: Definitions, at: At): string[] {
  const found = names(value, 'target', at);
  found.forEach((name, n) => {
    if (!definitions.hasResourceType(name) && name !== 'Resource') throw badValue(`"${name.slice(0, 80)}" is not a resource type of R4`, at(`target[${n}]`));
  });
  return found.includes('Resource') ? [] : [...new Set(found)];
}

function components(value: JsonValue | undefined, definitions: Definitions, at: At): SearchParameter['component'] {
  if (!Array.isArray(value) || value.length !== 2) throw notSupported('A composite is made of two components here', at('component'));
  return value.map((one, n) => {
    const [definition, expression] = isObject(one) ? [one['definition'], one['expression']] : [];
    if (typeof definition !== 'string' || typeof expression !== 'string') throw required('A component needs definition and expression', at(`component[${n}]`));
    const known = definitions.searchParameterByUrl(definition.split('|')[0]!);
    if (known === undefined || known.posted !== undefined) throw notSupported(`"${definition.slice(0, 200)}" is none of R4's search parameters`, at(`component[${n}].definition`));
    const allowed = n === 0 ? ['token', 'reference'] : [...secondTypes];
    if (!allowed.includes(known.type)) throw notSupported(`"${definition.slice(0, 200)}" is of type ${known.type}; component ${n + 1} is one of ${allowed.join(', ')} here`, at(`component[${n}].definition`));
    return { definition: known.url, expression };
  });
}

/** @throws FhirError 400 where the expression cannot be compiled on the type, or gives nothing that a parameter of this type can have */
function checkOn(name: string, { expression, type, component, code }: Declared, definitions: Definitions, at: At): void {
  const statics = compiled('expression', at, () => {
    checkCost(expression!);
    compileExpression(expression!, name, definitions);
    return staticTypes(expression!, name, definitions);
  });
  if (statics.length === 0) throw badValue(`The expression gives nothing on ${name}: "${expression!.slice(0, 200)}"`, at('expression'));
  if (!statics.some((one) => fits(type, one.type))) {
    throw badValue(`The expression gives ${[...new Set(statics.map((one) => one.type))].slice(0, 5).join(', ')} on ${name}, which a parameter of type ${type} cannot have`, at('expression'));
  }
  component.forEach((one, n) => {
    const known = definitions.searchParameterByUrl(one.definition)!;
    if (definitions.searchParameter(name, known.code)?.url !== known.url) throw badValue(`"${code}" is composed of ${known.url}, which ${name} does not have`, at(`component[${n}].definition`));
    compiled(`component[${n}].expression`, at, () => {
      checkCost(one.expression);
      return compileElementExpression(one.expression, name, statics, definitions);
    });
  });
}

function compiled<T>(element: string, at: At, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (error instanceof ExpressionError) throw badValue(`The expression cannot be compiled: ${error.message}`, at(element));
    throw error;
  }
}
