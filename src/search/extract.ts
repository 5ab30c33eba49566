/** extract: a resource's rows of the index, by all search parameters of its type. R4: search.html, compartmentdefinition.html. */
import type { Definitions, SearchParameter } from '../fhir/definitions.ts';
import { compileExpression, staticTypes } from '../fhir/fhirpath/compile.ts';
import type { JsonObject } from '../fhir/json/value.ts';
import type { IndexedParameter, IndexSettings } from './parameter.ts';
import { collectRows, type IndexRows, type IndexSink } from './rows.ts';
import { indexDate } from './types/date.ts';
import { indexQuantity } from './types/quantity.ts';
import { indexReference, localTarget } from './types/reference.ts';
import { indexString } from './types/string.ts';
import { indexToken, isExact } from './types/token.ts';
import { indexUri } from './types/uri.ts';

export type Extract = (type: string, resource: JsonObject) => IndexRows;

/** How resources are indexed: one for each definitions, database and settings. */
export interface SearchIndex extends IndexSettings {
  readonly extract: Extract;
  /** The parameter of a code on a type, if it is indexed. */
  parameter(type: string, code: string): IndexedParameter | undefined;
  /** All indexed parameters of a type. */
  parameters(type: string): readonly IndexedParameter[];
}

type IndexType = (parameter: IndexedParameter, values: ReturnType<IndexedParameter['extract']>, sink: IndexSink, settings: IndexSettings) => void;

const indexTypes: Readonly<Partial<Record<SearchParameter['type'], IndexType>>> = {
  token: indexToken, string: indexString, date: indexDate, uri: indexUri, reference: indexReference, number: indexQuantity, quantity: indexQuantity,
};

/** Answered from the columns of `resource`, not from the index. */
const fromColumns: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);

/** @returns whether rows are written for the parameter */
export const isIndexed = ({ code, type, expression }: SearchParameter): boolean =>
  expression !== undefined && indexTypes[type] !== undefined && !fromColumns.has(code);

/** @param parameterId gives the id of a parameter's url in the database */
export function createSearchIndex(settings: IndexSettings, parameterId: (url: string) => number): SearchIndex {
  const { definitions } = settings;
  const byType = new Map<string, ReadonlyMap<string, IndexedParameter>>();
  const parametersOf = (type: string): ReadonlyMap<string, IndexedParameter> => {
    let found = byType.get(type);
    if (found === undefined) {
      found = new Map(definitions.searchParameters(type).filter(isIndexed).map((definition) => [definition.code, compiled(definition, type, definitions, parameterId)]));
      byType.set(type, found);
    }
    return found;
  };
  const placements = compartmentPlacements(definitions);
  return {
    ...settings,
    parameter: (type, code) => parametersOf(type).get(code),
    parameters: (type) => [...parametersOf(type).values()],
    extract(type, resource) {
      const { sink, rows } = collectRows();
      const parameters = parametersOf(type);
      for (const parameter of parameters.values()) {
        const values = parameter.extract(resource);
        if (values.length > 0) indexTypes[parameter.definition.type]!(parameter, values, sink, settings);
      }
      indexCompartments(type, resource, parameters, placements, sink, settings);
      return rows;
    },
  };
}

function compiled(definition: SearchParameter, type: string, definitions: Definitions, parameterId: (url: string) => number): IndexedParameter {
  const expression = definition.expression!;
  const types = new Set(staticTypes(expression, type, definitions).map((one) => one.type));
  return {
    id: parameterId(definition.url),
    definition,
    code: definition.code,
    extract: compileExpression(expression, type, definitions),
    types,
    isExact: isExact(types),
  };
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
