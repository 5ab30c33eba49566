/** extract: a resource's rows of the index, by all search parameters of its type. R4: search.html, compartmentdefinition.html. */
import type { Definitions, SearchParameter } from '../fhir/definitions.ts';
import { compileExpression, staticTypes } from '../fhir/fhirpath/compile.ts';
import { isObject, type JsonObject } from '../fhir/json/value.ts';
import { visitReferences } from '../fhir/literal-references.ts';
import { anyReference } from './forms.ts';
import { fits } from './fit.ts';
import { createFrequencies, type Frequencies } from './frequency.ts';
import type { IndexedParameter, IndexSettings } from './parameter.ts';
import { collectRows, type IndexRows, type IndexSink, type OwnRows, type Shape } from './rows.ts';
import { createKnownShapes, shapeOf, type KnownShapes } from './shapes.ts';
import { componentOf, indexComposite } from './types/composite.ts';
import { indexDate } from './types/date.ts';
import { indexQuantity } from './types/quantity.ts';
import { containedLimit, indexReference, localTarget } from './types/reference.ts';
import { indexNear } from './types/special.ts';
import { indexString } from './types/string.ts';
import { indexToken, isExact, isMediaType } from './types/token.ts';
import { indexUri } from './types/uri.ts';
import { isOfWholeResource, unionOf } from './unions.ts';

export type Extract = (type: string, resource: JsonObject) => IndexRows;

/** How resources are indexed: one for each definitions, database and settings. */
export interface SearchIndex extends IndexSettings {
  /** Of the definitions in the database that it was made with: index_format.version. */
  readonly version: string;
  readonly extract: Extract;
  readonly knownShapes: KnownShapes;
  readonly frequencies: Frequencies;
  /** The parameter of a code on a type, if it is indexed. */
  parameter(type: string, code: string): IndexedParameter | undefined;
  /** All indexed parameters of a type. */
  parameters(type: string): readonly IndexedParameter[];
}

type IndexType = (
  parameter: IndexedParameter, values: ReturnType<IndexedParameter['extract']>, sink: IndexSink, settings: IndexSettings, resource: JsonObject,
) => void;

const indexTypes: Readonly<Record<SearchParameter['type'], IndexType>> = {
  token: indexToken, string: indexString, date: indexDate, uri: indexUri, reference: indexReference, number: indexQuantity, quantity: indexQuantity,
  composite: indexComposite, special: indexNear,
};

/** Answered from the columns of `resource`, not from the index. */
const fromColumns: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);

/** @returns whether rows are written for the parameter */
export const isIndexed = ({ code, type, expression }: SearchParameter): boolean =>
  expression !== undefined && !fromColumns.has(code) && (type !== 'special' || code === 'near');

/** @param parameterId gives the id of a parameter's url in the database */
export function createSearchIndex(settings: IndexSettings, version: string, parameterId: (url: string) => number): SearchIndex {
  const { definitions } = settings;
  const byType = new Map<string, ReadonlyMap<string, IndexedParameter>>();
  const parametersOf = (type: string): ReadonlyMap<string, IndexedParameter> => {
    let found = byType.get(type);
    if (found === undefined) {
      found = compileParameters(type, settings, parameterId);
      byType.set(type, found);
    }
    return found;
  };
  const placements = compartmentPlacements(definitions);

  const own = (type: string, resource: JsonObject, isContained: boolean): OwnRows & { readonly shape: Shape } => {
    const { sink, rows } = collectRows();
    const parameters = parametersOf(type);
    const present: number[] = [];
    for (const parameter of parameters.values()) {
      const values = parameter.extract(resource);
      if (values.length === 0) continue;
      present.push(parameter.id);
      if (hasRows(parameter)) indexTypes[parameter.definition.type](parameter, values, sink, settings, resource);
    }
    indexOtherReferences(resource, rows.references, sink, settings);
    if (!isContained) indexCompartments(type, resource, parameters, placements, sink, settings);
    const shape = shapeOf(type, present, settings.hash);
    sink.key(shape.key);
    const { keys, references, dates, quantities, canonicals, strings } = rows;
    return { keys, references, dates, quantities, canonicals, strings, shape };
  };
  return {
    ...settings,
    version,
    knownShapes: createKnownShapes(),
    frequencies: createFrequencies(),
    parameter: (type, code) => parametersOf(type).get(code),
    parameters: (type) => [...parametersOf(type).values()],
    extract(type, resource) {
      const { contained } = resource;
      return {
        ...own(type, resource, false),
        contained: !Array.isArray(contained) ? [] : contained.slice(0, containedLimit).map((one) => {
          const containedType = isObject(one) ? String(one['resourceType']) : '';
          return definitions.hasResourceType(containedType)
            ? { type: containedType, rows: { ...own(containedType, one as JsonObject, true), contained: [] } }
            : { type: 'Basic', rows: { keys: [], references: [], dates: [], quantities: [], canonicals: [], strings: [], shape: shapeOf('Basic', [], settings.hash), contained: [] } };
        }),
      };
    },
  };
}

/** @returns whether the parameter's values are in the index under its own name */
export const hasRows = ({ union, isOfWholeResource }: IndexedParameter): boolean => union === undefined && !isOfWholeResource;

function compileParameters(type: string, settings: IndexSettings, parameterId: (url: string) => number): ReadonlyMap<string, IndexedParameter> {
  const { definitions } = settings;
  const indexed = definitions.searchParameters(type).filter(isIndexed);
  // What can be taken out of use answers for no other.
  const builtIn = indexed.filter(({ posted }) => posted === undefined);
  const simple = new Map(indexed.map((definition): [string, IndexedParameter] => {
    const union = unionOf(definition, type, builtIn);
    return [definition.code, { ...compiled(definition, type, definitions, parameterId), ...(union !== undefined && { union }) }];
  }));
  const all = new Map(simple);
  for (const definition of indexed.filter((one) => one.type === 'composite')) {
    const statics = staticTypes(definition.expression!, type, definitions);
    const components = definition.component.map(({ definition: url, expression }) => {
      const code = definitions.searchParameterByUrl(url)?.code ?? '';
      const parameter = simple.get(code);
      if (parameter === undefined) throw new Error(`${definition.url} is composed of ${url}, which ${type} does not have`);
      return componentOf(expression, parameter, type, statics, settings);
    });
    all.set(definition.code, { ...simple.get(definition.code)!, components });
  }
  return all;
}

function compiled(definition: SearchParameter, type: string, definitions: Definitions, parameterId: (url: string) => number): IndexedParameter {
  const expression = definition.expression!;
  const statics = staticTypes(expression, type, definitions);
  const types = new Set(statics.map((one) => one.type).filter((one) => definition.posted === undefined || fits(definition.type, one)));
  const extract = compileExpression(expression, type, definitions);
  return {
    id: parameterId(definition.url),
    definition,
    code: definition.code,
    extract: definition.posted === undefined ? extract : (resource) => extract(resource).filter((value) => fits(definition.type, value.type)),
    types,
    isExact: isExact(types),
    isMediaType: statics.some(isMediaType),
    isOfWholeResource: isOfWholeResource(definition, type),
    components: [],
  };
}

/** What no search parameter finds is referred to all the same. */
function indexOtherReferences(resource: JsonObject, found: OwnRows['references'], sink: IndexSink, settings: IndexSettings): void {
  const known = new Set(found.map(({ target }) => ('contained' in target ? '' : `${target.type}/${target.id}`)));
  visitReferences(resource, (text) => {
    const target = localTarget(text, settings);
    if (target === undefined || known.has(`${target.type}/${target.id}`)) return;
    sink.reference(anyReference, { type: target.type, id: target.id });
  });
}

/** Type → compartments that it can be in, with the codes that place it there. */
function compartmentPlacements(definitions: Definitions): ReadonlyMap<string, readonly { compartment: string; codes: readonly string[] }[]> {
  const found = new Map<string, { compartment: string; codes: readonly string[] }[]>();
  for (const [compartment, members] of definitions.compartments) {
    for (const [type, codes] of members) found.set(type, [...(found.get(type) ?? []), { compartment, codes }]);
  }
  return found;
}

/** The key of everything in a compartment. */
export const compartmentKey = ({ hash }: IndexSettings, compartment: string, id: string): bigint => hash('compartment', compartment, id);

function indexCompartments(
  type: string, resource: JsonObject, parameters: ReadonlyMap<string, IndexedParameter>,
  placements: ReturnType<typeof compartmentPlacements>, sink: IndexSink, settings: IndexSettings,
): void {
  for (const { compartment, codes } of placements.get(type) ?? []) {
    for (const code of codes) {
      for (const { value } of parameters.get(code)?.extract(resource) ?? []) {
        const text = typeof value === 'object' && value !== null && 'reference' in value ? value.reference : value;
        const target = typeof text === 'string' ? localTarget(text, settings) : undefined;
        if (target?.type === compartment) sink.key(compartmentKey(settings, compartment, target.id));
      }
    }
  }
  // A resource is in its own compartment.
  const { id } = resource;
  if (settings.definitions.compartments.has(type) && typeof id === 'string') sink.key(compartmentKey(settings, type, id));
}
