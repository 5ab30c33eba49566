/** extract: a resource's rows of the index, by all search parameters of its type. R4: search.html, compartmentdefinition.html. */
import type { Definitions, SearchParameter } from '../fhir/definitions.ts';
import { isObject, type JsonObject } from '../fhir/json/value.ts';
import { visitReferences } from '../fhir/literal-references.ts';
import { compileBuiltIn, compilePosted, type CompiledParameters } from './compiled-parameters.ts';
import { Distinct } from './distinct.ts';
import { anyReference } from './forms.ts';
import { createFrequencies, type Frequencies } from './frequency.ts';
import type { IndexedParameter, IndexSettings } from './parameter.ts';
import { createPreparedStatements, type PreparedStatements } from './prepared.ts';
import { createReferenceStatistics, type ReferenceStatistics } from './reference-statistics.ts';
import { collectRows, sameTarget, type IndexRows, type IndexSink, type OwnRows, type Shape } from './rows.ts';
import { createKnownShapes, shapeOf, type KnownShapes } from './shapes.ts';
import { hasTuples, indexComposite } from './types/composite.ts';
import { indexDate } from './types/date.ts';
import { indexQuantity } from './types/quantity.ts';
import { containedLimit, indexReference } from './types/reference.ts';
import { indexNear } from './types/special.ts';
import { indexString } from './types/string.ts';
import { indexToken } from './types/token.ts';
import { indexUri } from './types/uri.ts';

export type Extract = (type: string, resource: JsonObject) => IndexRows;

/** How resources are indexed: one for each definitions, database and settings. */
export interface SearchIndex extends IndexSettings {
  /** Of the definitions in the database that it was made with: index_format.version. */
  readonly version: string;
  /** The job that makes all of the index anew; absent: it is whole. */
  readonly rebuild?: string;
  readonly extract: Extract;
  /** The parameters that the server brings along, by type. */
  readonly builtIn: CompiledParameters;
  readonly knownShapes: KnownShapes;
  readonly frequencies: Frequencies;
  readonly referenceStatistics: ReferenceStatistics;
  readonly prepared: PreparedStatements;
  /** The parameter of a code on a type, if it is indexed. */
  parameter(type: string, code: string): IndexedParameter | undefined;
  /** All indexed parameters of a type. */
  parameters(type: string): readonly IndexedParameter[];
}

type Values = ReturnType<IndexedParameter['extract']>;
type IndexType = (
  parameter: IndexedParameter, values: Values, sink: IndexSink, settings: IndexSettings, resource: JsonObject,
) => void;

const indexTypes: Readonly<Record<SearchParameter['type'], IndexType>> = {
  token: indexToken, string: indexString, date: indexDate, uri: indexUri, reference: indexReference, number: indexQuantity, quantity: indexQuantity,
  composite: indexComposite, special: indexNear,
};

export interface IndexState {
  readonly version: string;
  readonly rebuild: string | null;
}

/**
 * @param parameterId gives the id of a parameter's url in the database
 * @param before of the same database and other definitions: what both have in common is not compiled again
 */
export function createSearchIndex(settings: IndexSettings, { version, rebuild }: IndexState, parameterId: (url: string) => number, before?: SearchIndex): SearchIndex {
  const { definitions } = settings;
  const builtIn = before?.definitions.builtIn === definitions.builtIn ? before.builtIn : compileBuiltIn({ ...settings, definitions: definitions.builtIn }, parameterId);
  const parametersOf = compilePosted(builtIn, settings, parameterId);
  const placements = compartmentPlacements(definitions);

  const own = (type: string, resource: JsonObject, isContained: boolean): OwnRows & { readonly shape: Shape } => {
    const sink = collectRows();
    const parameters = parametersOf(type);
    const present: number[] = [];
    const found = new Map<string, Values>();
    for (const [code, parameter] of parameters) {
      if (!beginsIn(resource, parameter)) continue;
      const values = parameter.extract(resource);
      if (values.length === 0) continue;
      present.push(parameter.id);
      found.set(code, values);
      if (hasRows(parameter)) indexTypes[parameter.definition.type](parameter, values, sink, settings, resource);
    }
    indexOtherReferences(resource, sink.references, sink, settings);
    if (!isContained) indexCompartments(type, resource, found, placements, sink, settings);
    const shape = shapeOf(type, present, settings.hash);
    sink.key(shape.key);
    return { ...sink.rows, shape };
  };
  return {
    ...settings,
    version,
    ...(rebuild !== null && { rebuild }),
    builtIn,
    knownShapes: createKnownShapes(),
    frequencies: createFrequencies(),
    referenceStatistics: before?.referenceStatistics ?? createReferenceStatistics(),
    // Connections keep what they have prepared, and no text depends on the definitions.
    prepared: before?.prepared ?? createPreparedStatements(),
    parameter: (type, code) => parametersOf(type).get(code),
    parameters: (type) => [...parametersOf(type).values()],
    extract(type, resource) {
      const { contained } = resource;
      return {
        ...own(type, resource, false),
        contained: !Array.isArray(contained) ? [] : contained.slice(0, containedLimit).map((one) => {
          const containedType = isObject(one) && typeof one['resourceType'] === 'string' ? one['resourceType'] : '';
          return definitions.hasResourceType(containedType)
            ? { type: containedType, rows: { ...own(containedType, one as JsonObject, true), contained: [] } }
            : { type: 'Basic', rows: { keys: [], references: [], dates: [], quantities: [], canonicals: [], strings: [], shape: shapeOf('Basic', [], settings.hash), contained: [] } };
        }),
      };
    },
  };
}

function beginsIn(resource: JsonObject, { beginnings }: IndexedParameter): boolean {
  if (beginnings === undefined) return true;
  for (const key of beginnings) if (resource[key] !== undefined) return true;
  return false;
}

/** @returns whether the parameter's values are in the index under its own name */
export const hasRows = (parameter: IndexedParameter): boolean => parameter.union === undefined && (!parameter.isOfWholeResource || hasTuples(parameter));

/** What no search parameter finds is referred to all the same. */
function indexOtherReferences(resource: JsonObject, found: OwnRows['references'], sink: IndexSink, settings: IndexSettings): void {
  const known = new Distinct(sameTarget);
  for (const { target } of found) known.add(target);
  visitReferences(resource, (text) => {
    const target = settings.localTarget(text);
    if (target !== undefined && known.add(target)) sink.reference(anyReference, target);
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
  type: string, resource: JsonObject, found: ReadonlyMap<string, Values>,
  placements: ReturnType<typeof compartmentPlacements>, sink: IndexSink, settings: IndexSettings,
): void {
  for (const { compartment, codes } of placements.get(type) ?? []) {
    for (const code of codes) {
      for (const { value } of found.get(code) ?? []) {
        const text = typeof value === 'object' && value !== null && 'reference' in value ? value.reference : value;
        const target = typeof text === 'string' ? settings.localTarget(text) : undefined;
        if (target?.type === compartment) sink.key(compartmentKey(settings, compartment, target.id));
      }
    }
  }
  // A resource is in its own compartment.
  const { id } = resource;
  if (settings.definitions.compartments.has(type) && typeof id === 'string') sink.key(compartmentKey(settings, type, id));
}
