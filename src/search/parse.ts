/** Parameters to conditions. R4: search.html#parameters. */
import { badValue, notSupported, type Issue, issue } from '../fhir/outcome.ts';
import { isId } from '../fhir/resource.ts';
import type { Condition } from './condition.ts';
import type { SearchIndex } from './extract.ts';
import { nearest } from './nearest.ts';
import type { IndexedParameter } from './parameter.ts';
import { supportedModifiers, supportedParameter } from './supported.ts';
import { dateTests, matchDate, millisecondsUp } from './types/date.ts';
import { matchReference } from './types/reference.ts';
import { matchString } from './types/string.ts';
import { matchToken } from './types/token.ts';
import { matchUri } from './types/uri.ts';
import { splitValue, unescapeValue } from './values.ts';

export interface ParsedCriteria {
  readonly conditions: Condition[];
  /** The parameters that took effect, as sent. */
  readonly applied: (readonly [string, string])[];
  /** What was ignored under `handling=lenient`. */
  readonly warnings: Issue[];
}

/**
 * @param parameters criteria only; result parameters are taken out before
 * @param handling whether unknown parameters are refused or ignored; an unknown modifier or a bad value is refused under either
 * @throws FhirError 400 naming the parameter
 */
export function parseCriteria(
  type: string, parameters: readonly (readonly [string, string])[], index: SearchIndex, handling: 'strict' | 'lenient', now: Date,
): ParsedCriteria {
  const parsed: ParsedCriteria = { conditions: [], applied: [], warnings: [] };
  for (const [name, value] of parameters) {
    // An empty parameter is none (search.html#3.1.1.3).
    if (value === '') continue;
    const condition = conditionOf(type, name, value, index, now);
    if (condition === undefined) {
      const message = unknownParameter(type, name, index);
      if (handling === 'strict') throw badValue(message);
      parsed.warnings.push(issue('warning', 'not-supported', `${message}; it was ignored`));
      continue;
    }
    parsed.conditions.push(condition);
    parsed.applied.push([name, value]);
  }
  return parsed;
}

function unknownParameter(type: string, name: string, index: SearchIndex): string {
  const known = ['_id', '_lastUpdated', ...index.definitions.searchParameters(type).filter(supportedParameter).map(({ code }) => code)];
  const suggestion = nearest(name.split(':')[0]!, known);
  return `${type} has no search parameter "${name}"${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`;
}

/** @returns undefined where the type has no such parameter */
function conditionOf(type: string, name: string, value: string, index: SearchIndex, now: Date): Condition | undefined {
  const [code = '', modifier, ...more] = name.split(':');
  if (code === '_has' || code.includes('.') || modifier?.includes('.') === true) {
    throw notSupported(`"${name}": chained parameters are not supported`);
  }
  const definition = index.definitions.searchParameter(type, code);
  if (definition === undefined || !supportedParameter(definition)) return undefined;
  if (more.length > 0) throw badValue(`"${name}" has more than one modifier`);
  if (modifier !== undefined) checkModifier(name, modifier, definition, index);
  const values = splitValue(code, value, ',').filter((part) => part !== '');
  if (values.length === 0) throw badValue(`"${name}" is "${value}", which has no value`);
  if (code === '_id') return { kind: 'id', any: values.map(unescapeValue).filter(isId) };
  if (code === '_lastUpdated') return { kind: 'lastUpdated', any: values.flatMap((one) => lastUpdatedTests(one, index, now)) };
  return any(alternatives(index.parameter(type, code)!, modifier, values, index, now));
}

function checkModifier(name: string, modifier: string, definition: Parameters<typeof supportedModifiers>[0], { definitions }: SearchIndex): void {
  if (supportedModifiers(definition).includes(modifier)) return;
  if (definition.type === 'reference' && definitions.hasResourceType(modifier)) {
    if (definition.target.length === 0 || definition.target.includes(modifier)) return;
    throw badValue(`"${name}": "${definition.code}" never refers to a ${modifier}`);
  }
  throw notSupported(`"${name}": the modifier "${modifier}" is not supported on "${definition.code}", which is of type ${definition.type}`);
}

/** Stamps are whole milliseconds. */
function lastUpdatedTests(value: string, { timeZone }: SearchIndex, now: Date): { [bound: string]: number }[] {
  return dateTests('_lastUpdated', value, timeZone, now).map((test) =>
    Object.fromEntries(Object.entries(test).map(([bound, ticks]) => [bound, millisecondsUp(ticks as bigint)])));
}

function alternatives(parameter: IndexedParameter, modifier: string | undefined, values: readonly string[], index: SearchIndex, now: Date): Condition[] {
  switch (parameter.definition.type) {
    case 'token': return [matchToken(parameter, modifier, values, index)];
    case 'string': return values.map((value) => matchString(parameter, modifier, unescapeValue(value), index));
    case 'reference': return values.map((value) => matchReference(parameter, modifier, unescapeValue(value), index));
    case 'uri': return values.map((value) => matchUri(parameter, unescapeValue(value), index));
    case 'date': return values.map((value) => matchDate(parameter, value, index, now));
    default: throw notSupported(`"${parameter.code}" is of type ${parameter.definition.type}, which is not supported`);
  }
}

/** Alternatives of one kind become one condition with more values. */
function any(conditions: readonly Condition[]): Condition {
  const [first] = conditions;
  if (conditions.length === 1) return first!;
  if (conditions.every((condition) => condition.kind === 'keys')) return { kind: 'keys', any: conditions.flatMap((condition) => condition.any) };
  if (conditions.every((condition) => condition.kind === 'string')) return { kind: 'string', param: conditions[0]!.param, any: conditions.flatMap((condition) => condition.any) };
  if (conditions.every((condition) => condition.kind === 'date')) return { kind: 'date', param: conditions[0]!.param, any: conditions.flatMap((condition) => condition.any) };
  return { kind: 'any', conditions };
}
