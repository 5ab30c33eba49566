/** Which search parameters this server answers, and with which modifiers: what CapabilityStatement states and the parser takes. */
import type { SearchParameter } from '../fhir/definitions.ts';
import { isIndexed } from './extract.ts';

/** Modifiers by type of parameter (search.html#modifiers); a reference also takes the name of a type. */
const modifiers: Readonly<Record<SearchParameter['type'], readonly string[]>> = {
  token: ['missing', 'not', 'of-type', 'below'],
  string: ['missing', 'exact', 'contains'],
  reference: ['missing', 'identifier', 'above', 'below'],
  date: ['missing'],
  number: ['missing'],
  quantity: ['missing'],
  uri: ['missing', 'above', 'below'],
  composite: [],
  special: ['missing'],
};

const fromColumns: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);

/** @returns whether a search can have the parameter */
export const supportedParameter = (parameter: SearchParameter): boolean => fromColumns.has(parameter.code) || isIndexed(parameter);

/** @returns the modifiers that the parameter can have */
export const supportedModifiers = (parameter: SearchParameter): readonly string[] =>
  fromColumns.has(parameter.code) ? ['missing'] : modifiers[parameter.type];
