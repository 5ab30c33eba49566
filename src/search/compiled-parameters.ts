/** The search parameters of a type, compiled: those that the server brings along once for all, posted ones with each change of the definitions. */
import type { Definitions, SearchParameter } from '../fhir/definitions.ts';
import { beginningsOf } from '../fhir/fhirpath/beginnings.ts';
import { compileExpression, staticTypes } from '../fhir/fhirpath/compile.ts';
import { fits } from './fit.ts';
import type { IndexedParameter, IndexSettings } from './parameter.ts';
import { componentOf } from './types/composite.ts';
import { isExact, isMediaType } from './types/token.ts';
import { isOfWholeResource, referencesOf, unionOf } from './unions.ts';

/** Parameters of a type by their codes. */
export type CompiledParameters = (type: string) => ReadonlyMap<string, IndexedParameter>;

/** Gives the id of a parameter's url in the database. */
type ParameterId = (url: string) => number;

/** Answered from the columns of `resource`, not from the index. */
const fromColumns: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);

/** @returns whether rows are written for the parameter */
export const isIndexed = ({ code, type, expression }: SearchParameter): boolean =>
  expression !== undefined && !fromColumns.has(code) && (type !== 'special' || code === 'near');

/** Each type is compiled when it is first asked for. */
function onDemand(compile: CompiledParameters): CompiledParameters {
  const byType = new Map<string, ReadonlyMap<string, IndexedParameter>>();
  return (type) => {
    let found = byType.get(type);
    if (found === undefined) {
      found = compile(type);
      byType.set(type, found);
    }
    return found;
  };
}

/** @param settings with the definitions that the server brings along */
export const compileBuiltIn = (settings: IndexSettings, parameterId: ParameterId): CompiledParameters =>
  onDemand((type) => compileParameters(settings.definitions.searchParameters(type).filter(isIndexed), new Map(), type, settings, parameterId));

/** @returns those that the server brings along, and the posted ones; none of them answers for another, since it can be taken out of use */
export const compilePosted = (builtIn: CompiledParameters, settings: IndexSettings, parameterId: ParameterId): CompiledParameters =>
  onDemand((type) => {
    const posted = settings.definitions.posted.length === 0 ? [] : settings.definitions.searchParameters(type).filter((one) => one.posted !== undefined && isIndexed(one));
    return posted.length === 0 ? builtIn(type) : new Map([...builtIn(type), ...compileParameters(posted, builtIn(type), type, settings, parameterId)]);
  });

/** @param known others that composites may be made of */
function compileParameters(
  parameters: readonly SearchParameter[], known: ReadonlyMap<string, IndexedParameter>, type: string, settings: IndexSettings, parameterId: ParameterId,
): Map<string, IndexedParameter> {
  const { definitions } = settings;
  const simple = new Map(parameters.map((definition): [string, IndexedParameter] => {
    const union = unionOf(definition, type, parameters);
    const references = parameterId(referencesOf(definition, type, parameters).url);
    return [definition.code, { ...compiled(definition, type, definitions, parameterId), referencesOf: references, ...(union !== undefined && { union }) }];
  }));
  const all = new Map(simple);
  for (const definition of parameters.filter((one) => one.type === 'composite')) {
    const statics = staticTypes(definition.expression!, type, definitions);
    const components = definition.component.map(({ definition: url, expression }) => {
      const code = definitions.searchParameterByUrl(url)?.code ?? '';
      const parameter = simple.get(code) ?? known.get(code);
      if (parameter === undefined) throw new Error(`${definition.url} is composed of ${url}, which ${type} does not have`);
      return componentOf(expression, parameter, type, statics, settings);
    });
    all.set(definition.code, { ...simple.get(definition.code)!, components });
  }
  return all;
}

function compiled(definition: SearchParameter, type: string, definitions: Definitions, parameterId: ParameterId): Omit<IndexedParameter, 'referencesOf'> {
  const expression = definition.expression!;
  const statics = staticTypes(expression, type, definitions);
  const types = new Set(statics.map((one) => one.type).filter((one) => definition.posted === undefined || fits(definition.type, one)));
  const extract = compileExpression(expression, type, definitions);
  return {
    id: parameterId(definition.url),
    definition,
    code: definition.code,
    extract: definition.posted === undefined ? extract : (resource) => extract(resource).filter((value) => fits(definition.type, value.type)),
    beginnings: beginningsOf(expression, type, definitions),
    types,
    isExact: isExact(types),
    isMediaType: statics.some(isMediaType),
    isOfWholeResource: isOfWholeResource(definition, type),
    components: [],
  };
}
