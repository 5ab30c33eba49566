/** Which search parameters this server answers, and with which modifiers: what CapabilityStatement states and the parser takes. */
import type { SearchParameter } from '../fhir/definitions.ts';
import { isIndexed } from './extract.ts';

/** Modifiers by type of parameter (search.html#modifiers); a reference also takes the name of a type. */
const modifiers: Readonly<Partial<Record<SearchParameter['type'], readonly string[]>>> = {
  token: ['not'],
  string: ['exact', 'contains'],
  reference: [],
  date: [],
  uri: [],
};

const fromColumns: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);

/** @returns whether a search can have the parameter */
export const supportedParameter = (parameter: SearchParameter): boolean =>
  fromColumns.has(parameter.code) || (modifiers[parameter.type] !== undefined && isIndexed(parameter));

/** @returns the modifiers that the parameter can have */
export const supportedModifiers = (parameter: SearchParameter): readonly string[] =>
  fromColumns.has(parameter.code) ? [] : (modifiers[parameter.type] ?? []);
