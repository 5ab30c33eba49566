/** Which search parameters this server answers, and with which modifiers: what CapabilityStatement states and the parser takes. */
import type { Definitions, SearchParameter } from '../fhir/definitions.ts';
import { staticTypes } from '../fhir/fhirpath/compile.ts';
import { isIndexed } from './compiled-parameters.ts';
import { isComplete } from './not-indexed.ts';
import { parentOf } from './types/hierarchy.ts';
import { isMediaType } from './types/token.ts';

/** What modifiers depend on besides the parameter's type. */
export interface ValueFacts {
  /** FHIR types that values can have. */
  readonly types: ReadonlySet<string>;
  /** Whether codes are names of media types, which lie below one another. */
  readonly isMediaType: boolean;
}

type Applies = (facts: ValueFacts, parameter: SearchParameter, definitions: Definitions) => boolean;

const always: Applies = () => true;
const isHierarchy: Applies = (_, { target }, definitions) => (target.length === 0 ? definitions.resourceTypes : target).some((type) => parentOf(type, definitions) !== undefined);

/** Modifiers by type of parameter, and where they apply (search.html#modifiers); a reference also takes the name of a type. */
const modifiers: Readonly<Record<SearchParameter['type'], Readonly<Record<string, Applies>>>> = {
  token: { missing: always, not: always, 'of-type': ({ types }) => types.has('Identifier'), below: (facts) => facts.isMediaType },
  string: { missing: always, exact: always, contains: always },
  reference: {
    missing: always, identifier: ({ types }) => types.has('Reference'), above: isHierarchy,
    below: (facts, parameter, definitions) => ['canonical', 'uri'].some((type) => facts.types.has(type)) || isHierarchy(facts, parameter, definitions),
  },
  date: { missing: always },
  number: { missing: always },
  quantity: { missing: always },
  uri: { missing: always, above: always, below: always },
  composite: {},
  special: { missing: always },
};

const fromColumns: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);

/** @returns whether a search can have the parameter */
export const supportedParameter = (parameter: SearchParameter): boolean => fromColumns.has(parameter.code) || (isIndexed(parameter) && isComplete(parameter));

/** @returns the modifiers that a parameter with such values can have */
export const modifiersFor = (parameter: SearchParameter, facts: ValueFacts, definitions: Definitions): string[] =>
  Object.entries(modifiers[parameter.type]).filter(([, applies]) => applies(facts, parameter, definitions)).map(([modifier]) => modifier);

/** @returns the modifiers that the parameter can have on some of the types */
export function supportedModifiers(parameter: SearchParameter, definitions: Definitions, types: readonly string[] = parameter.base): string[] {
  if (fromColumns.has(parameter.code)) return ['missing'];
  const statics = types.flatMap((type) => staticTypes(parameter.expression ?? '', type, definitions));
  return modifiersFor(parameter, { types: new Set(statics.map(({ type }) => type)), isMediaType: statics.some(isMediaType) }, definitions);
}
