/** One parameter of a search as a condition: its name with modifier or chain, and its value. R4: search.html#modifiers, #chaining, #has. */
import type { SearchParameter } from '../fhir/definitions.ts';
import { badValue, notSupported } from '../fhir/outcome.ts';
import { isId } from '../fhir/resource.ts';
import { chainCondition, hasCondition } from './chain.ts';
import type { Condition } from './condition.ts';
import type { SearchIndex } from './extract.ts';
import { requireIndexed } from './not-indexed.ts';
import type { IndexedParameter } from './parameter.ts';
import { modifiersFor, supportedParameter } from './supported.ts';
import { matchApart, matchComposite } from './types/composite.ts';
import { dateTests, matchDate, millisecondsUp } from './types/date.ts';
import { hierarchyCondition } from './types/hierarchy.ts';
import { matchNumber, matchQuantity } from './types/quantity.ts';
import { matchReference } from './types/reference.ts';
import { circleOf } from './types/special.ts';
import { matchString } from './types/string.ts';
import { matchToken } from './types/token.ts';
import { matchUri } from './types/uri.ts';
import { splitValue, unescapeValue } from './values.ts';

export interface ClauseContext {
  readonly index: SearchIndex;
  /** The time that `ap` is measured from. */
  readonly now: Date;
}

/**
 * @param type of the resources that are searched
 * @param name `code`, `code:exact`, `subject:Patient.name`, `_has:Observation:patient:code`
 * @returns undefined where the type has no such parameter
 * @throws FhirError 400 naming the parameter, for a modifier that it does not have or a value that it cannot have
 */
export function conditionOf(type: string, name: string, value: string, context: ClauseContext): Condition | undefined {
  if (name.startsWith('_has:')) return hasCondition(type, name, (source, rest) => conditionOf(source, rest, value, context), context);
  const dot = name.indexOf('.');
  if (dot >= 0) {
    const rest = name.slice(dot + 1);
    return chainCondition(type, name, dot, (target) => conditionOf(target, rest, value, context), context);
  }
  const { index } = context;
  const [code = '', modifier, ...more] = name.split(':');
  if (code === '_list') return listCondition(name, value, index);
  const definition = index.definitions.searchParameter(type, code);
  if (definition === undefined) return undefined;
  requireIndexed(definition);
  if (!supportedParameter(definition)) return undefined;
  if (more.length > 0) throw badValue(`"${name}" has more than one modifier`);
  const parameter = index.parameter(type, code);
  if (modifier !== undefined) checkModifier(name, modifier, definition, parameter, index);
  if (modifier === 'missing') return missingCondition(name, value, parameter);
  const values = splitValue(code, value, ',').filter((part) => part !== '');
  if (values.length === 0) throw badValue(`"${name}" is "${value}", which has no value`);
  if (code === '_id') return { kind: 'id', any: values.map(unescapeValue).filter(isId) };
  if (code === '_lastUpdated') return { kind: 'lastUpdated', any: values.flatMap((one) => lastUpdatedTests(one, context)) };
  return parameterCondition(type, parameter!, modifier, values, context);
}

/** Parameters without rows of their own are answered by those that have them; see unions.ts. */
function parameterCondition(type: string, parameter: IndexedParameter, modifier: string | undefined, values: readonly string[], context: ClauseContext): Condition {
  const { union, isOfWholeResource } = parameter;
  const { index, now } = context;
  if (union !== undefined) {
    const isNot = modifier === 'not';
    const found: Condition = { kind: 'any', conditions: union.map((code) => parameterCondition(type, index.parameter(type, code)!, isNot ? undefined : modifier, values, context)) };
    return isNot ? { kind: 'not', condition: found } : found;
  }
  if (!isOfWholeResource) return any(alternatives(parameter, modifier, values, context));
  return any(values.map((value) => matchApart(parameter, value, ({ code }, part) => parameterCondition(type, index.parameter(type, code)!, undefined, [part], context), index, now)));
}

function checkModifier(
  name: string, modifier: string, definition: SearchParameter, parameter: IndexedParameter | undefined, { definitions }: SearchIndex,
): void {
  const { code, type } = definition;
  if (type === 'token' && (['in', 'not-in', 'above'].includes(modifier) || (modifier === 'below' && parameter?.isMediaType !== true))) {
    throw notSupported(`"${name}": the modifier "${modifier}" needs a terminology, which this server does not have`);
  }
  if (modifier === 'of-type' && parameter?.types.has('Identifier') !== true) throw badValue(`"${name}": "of-type" is for identifiers, and "${code}" has none`);
  const known = parameter === undefined ? ['missing'] : modifiersFor(definition, parameter, definitions);
  if (known.includes(modifier)) return;
  // Refused by the types of what is referred to, which says more.
  if (type === 'reference' && (modifier === 'above' || modifier === 'below')) return;
  if (type === 'reference' && definitions.hasResourceType(modifier)) {
    if (definition.target.length === 0 || definition.target.includes(modifier)) return;
    throw badValue(`"${name}": "${code}" never refers to a ${modifier}`);
  }
  throw notSupported(`"${name}": the modifier "${modifier}" is not supported on "${code}", which is of type ${type}${known.length === 0 ? '' : ` and takes ${known.join(', ')}`}`);
}

/** Every resource has an id and a time of its last change. */
function missingCondition(name: string, value: string, parameter: IndexedParameter | undefined): Condition {
  if (value !== 'true' && value !== 'false') throw badValue(`"${name}" is "${value}", which is neither true nor false`);
  const isMissing = value === 'true';
  return parameter === undefined ? (isMissing ? { kind: 'any', conditions: [] } : { kind: 'all', conditions: [] }) : { kind: 'missing', param: parameter.id, isMissing };
}

/** Stamps are whole milliseconds. */
function lastUpdatedTests(value: string, { index, now }: ClauseContext): { [bound: string]: number }[] {
  return dateTests('_lastUpdated', value, index.timeZone, now).map((test) =>
    Object.fromEntries(Object.entries(test).map(([bound, ticks]) => [bound, millisecondsUp(ticks as bigint)])));
}

/** `_list=42`: the items of List/42 (search.html#list). */
function listCondition(name: string, value: string, index: SearchIndex): Condition {
  if (name !== '_list') throw badValue(`"${name}": "_list" has no modifiers`);
  const ids = splitValue(name, value, ',').map(unescapeValue);
  const wrong = ids.find((id) => !isId(id));
  if (wrong?.startsWith('$') === true) throw notSupported(`"_list" is "${value}": functional lists are not supported`);
  if (wrong !== undefined) throw badValue(`"_list" is "${value}", which is no id of a List`);
  return { kind: 'list', param: index.parameter('List', 'item')!.referencesOf, ids };
}

function alternatives(parameter: IndexedParameter, modifier: string | undefined, values: readonly string[], { index, now }: ClauseContext): Condition[] {
  switch (parameter.definition.type) {
    case 'token': return [matchToken(parameter, modifier, values, index)];
    case 'string': return values.map((value) => matchString(parameter, modifier, unescapeValue(value), index));
    case 'reference': return values.map((value) => hierarchyCondition(parameter, modifier, unescapeValue(value), index) ?? matchReference(parameter, modifier, value, index));
    case 'uri': return values.map((value) => matchUri(parameter, modifier, unescapeValue(value), index));
    case 'date': return values.map((value) => matchDate(parameter, value, index, now));
    case 'number': return values.map((value) => matchNumber(parameter, value));
    case 'quantity': return values.map((value) => matchQuantity(parameter, value, index));
    case 'composite': return values.map((value) => matchComposite(parameter, value, index, now));
    case 'special': return [{ kind: 'near', param: parameter.id, any: values.map((value) => circleOf(parameter.code, value)) }];
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
