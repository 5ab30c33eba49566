/**
 * Search parameters of type composite: values that stand together in one element. R4: search.html#combining.
 *
 * Tuples are made for each base element, never across elements. Where all components are keys, a tuple is a key; where the last is
 * ordered, its rows stand under a parameter of their own, hashed from the composite and the first component's form, so that
 * `8480-6$gt140` is one range scan. Two numbers behind a token (start and end) are the two ends of one range row.
 *
 * Where the element is the resource itself (unions.ts), its components' own rows answer; a number or a date behind a code has, so that a code that
 * is not rare and a value that is not are found together, one row more: by the code without its system, and without its unit.
 */
import { compileElementExpression, type ElementExtractor, type TypedValue } from '../../fhir/fhirpath/compile.ts';
import type { JsonObject } from '../../fhir/json/value.ts';
import { badValue } from '../../fhir/outcome.ts';
import type { SearchParameter } from '../../fhir/definitions.ts';
import type { Condition, QuantityTest } from '../condition.ts';
import type { Form } from '../forms.ts';
import { hashedParam } from '../hashed-param.ts';
import { cut, normalise } from '../normalise.ts';
import type { IndexedParameter, IndexSettings } from '../parameter.ts';
import type { IndexSink } from '../rows.ts';
import { splitValue, unescapeValue } from '../values.ts';
import { dateTests, valueRange } from './date.ts';
import { next, quantityCondition, quantityRows, quantityTests } from './quantity.ts';
import { queryForms, referenceForms } from './reference.ts';
import { codeText, tokenForm, tokenForms } from './token.ts';

/** A component: the parameter that it is defined as, with the expression that it has on the composite's element. */
export interface Component extends Pick<IndexedParameter, 'code' | 'definition' | 'types' | 'isExact' | 'id'> {
  readonly of: ElementExtractor;
  /** As its values are, where the definition says otherwise. */
  readonly kind: SearchParameter['type'];
}

/** @param statics what the composite's elements can be */
export function componentOf(
  expression: string, parameter: IndexedParameter, type: string, statics: Parameters<typeof compileElementExpression>[2], settings: Pick<IndexSettings, 'definitions'>,
): Component {
  const { id, code, definition, types, isExact } = parameter;
  // In R4 DocumentReference-relationship names its two definitions the wrong way round; what the element holds decides.
  const kind = definition.type === 'reference' && expression === 'code' ? 'token' : definition.type === 'token' && expression === 'target' ? 'reference' : definition.type;
  const swapped = kind !== definition.type;
  return {
    id, code, kind, of: compileElementExpression(expression, type, statics, settings.definitions),
    definition: swapped ? { ...definition, type: kind, target: [] } : definition,
    types: swapped ? new Set(kind === 'token' ? ['code'] : ['Reference']) : types, isExact: swapped ? kind === 'token' : isExact,
  };
}

const isKey = ({ kind }: Component): boolean => kind === 'token' || kind === 'reference';

function formsOf(component: Component, value: TypedValue, settings: IndexSettings): Form[] {
  return component.kind === 'token' ? tokenForms(component as unknown as IndexedParameter, value, settings) : referenceForms(value.value, settings);
}

/** @returns whether a composite on the resource itself has rows that its components do not have; a posted one may name components by other expressions than their own */
export const hasTuples = ({ definition, isOfWholeResource, components: [first, second, ...others] }: IndexedParameter): boolean =>
  isOfWholeResource && definition.posted === undefined && others.length === 0 && first?.kind === 'token' && (second?.kind === 'quantity' || second?.kind === 'date');

export function indexComposite(parameter: IndexedParameter, values: readonly TypedValue[], sink: IndexSink, settings: IndexSettings, resource: JsonObject): void {
  const [first, second, third] = parameter.components;
  if (first === undefined || second === undefined) return;
  for (const element of values) {
    const others = second.of(element, resource);
    if (others.length === 0) continue;
    const forms = first.of(element, resource).flatMap((value) => formsOf(first, value, settings));
    for (const form of forms) {
      if (parameter.isOfWholeResource && form[0] !== 'code') continue;
      if (third !== undefined) indexPair(parameter, form, others, third.of(element, resource), sink, settings);
      else for (const value of others) indexSecond(parameter, second, form, value, sink, settings);
    }
  }
}

function indexSecond({ code, isOfWholeResource }: IndexedParameter, component: Component, form: Form, value: TypedValue, sink: IndexSink, settings: IndexSettings): void {
  if (isKey(component)) {
    for (const other of formsOf(component, value, settings)) sink.key(settings.hash(code, 'composite', ...form, '$', ...other));
    return;
  }
  const param = hashedParam(settings.hash, code, form);
  switch (component.kind) {
    case 'quantity': case 'number':
      for (const { range, unit, canonical } of quantityRows(value, settings.hash)) {
        sink.quantity(param, range.low, range.high, isOfWholeResource ? undefined : unit);
        if (canonical !== undefined && !isOfWholeResource) sink.canonical(param, canonical.range.low, canonical.range.high, canonical.unit);
      }
      break;
    case 'date': {
      const range = valueRange(value, settings.timeZone);
      if (range !== undefined) sink.date(param, range.low, range.high);
      break;
    }
    case 'string':
      if (typeof value.value === 'string') sink.string(param, cut(normalise(value.value)));
      break;
  }
}

function indexPair({ code }: IndexedParameter, form: Form, starts: readonly TypedValue[], ends: readonly TypedValue[], sink: IndexSink, settings: IndexSettings): void {
  for (const start of starts) {
    for (const end of ends) {
      const [low] = quantityRows(start, settings.hash);
      const [high] = quantityRows(end, settings.hash);
      if (low !== undefined && high !== undefined) sink.quantity(hashedParam(settings.hash, code, form), low.range.low, high.range.high);
    }
  }
}

/** @returns a part for each component, with their escapes; throws FhirError 400 naming the parameter */
function compositeParts({ code, components }: IndexedParameter, value: string): string[] {
  const parts = splitValue(code, value, '$');
  if (parts.length === components.length && !parts.includes('')) return parts;
  throw badValue(`"${code}" is "${value}", which does not have ${components.length} parts with "$" between them`);
}

/**
 * @param value one alternative: `8480-6$gt140`
 * @throws FhirError 400 naming parameter and value
 */
export function matchComposite(parameter: IndexedParameter, value: string, settings: IndexSettings, now: Date): Condition {
  const { code, components } = parameter;
  const parts = compositeParts(parameter, value);
  const [first, second, third] = components as [Component, Component, Component?];
  const forms = queryFormsOf(first, parts[0]!, settings);
  // The key of the first component alone: hashed parameters are short, and what holds the value must hold the code too.
  const guard: Condition = { kind: 'keys', any: forms.map((form) => settings.hash(first.code, ...form)) };
  if (isKey(second)) {
    const others = queryFormsOf(second, parts[1]!, settings);
    return { kind: 'keys', any: forms.flatMap((form) => others.map((other) => settings.hash(code, 'composite', ...form, '$', ...other))) };
  }
  const alternatives = forms.flatMap((form) => (third === undefined ? orderedConditions(second, parts[1]!, code, form, settings, now) : [pairCondition(parts, code, form, settings)]));
  return { kind: 'all', conditions: [guard, alternatives.length === 1 ? alternatives[0]! : { kind: 'any', conditions: alternatives }] };
}

/**
 * @param value one alternative of a composite on the resource itself
 * @param match gives the condition of a component alone
 * @throws FhirError 400 naming parameter and value
 */
export function matchApart(parameter: IndexedParameter, value: string, match: (component: Component, part: string) => Condition, settings: IndexSettings, now: Date): Condition {
  const { components } = parameter;
  const parts = compositeParts(parameter, value);
  const apart = components.map((component, n) => match(component, parts[n]!));
  const together = hasTuples(parameter) ? tupleConditions(parameter, parts as [string, string], settings, now) : undefined;
  return { kind: 'all', conditions: together === undefined ? apart : [apart[0]!, together.condition, ...(together.isWhole ? [] : [apart[1]!])] };
}

/** @returns what the rows by the code alone tell, and whether that is all that is asked of the value; undefined where they tell nothing */
function tupleConditions({ code, components }: IndexedParameter, [token, part]: [string, string], settings: IndexSettings, now: Date): { condition: Condition; isWhole: boolean } | undefined {
  const [first, second] = components as [Component, Component];
  const asked = tokenForm(first as unknown as IndexedParameter, token, settings);
  if (asked[0] === 'system') return undefined;
  const param = hashedParam(settings.hash, code, ['code', codeText(first, asked.at(-1)!)]);
  if (second.kind === 'date') return { condition: { kind: 'date', param, any: dateTests(second.code, part, settings.timeZone, now) }, isWhole: true };
  const { raw, unit, canonical } = quantityTests(second.code, part, settings.hash);
  // In other units there are other numbers: that there is one at all still tells where to look.
  return { condition: { kind: 'quantity', param, any: canonical === undefined ? raw : [{}] }, isWhole: unit === undefined };
}

function queryFormsOf(component: Component, part: string, settings: IndexSettings): Form[] {
  const parameter = component as unknown as IndexedParameter;
  return component.kind === 'token' ? [tokenForm(parameter, part, settings)] : queryForms(parameter, undefined, unescapeValue(part), settings);
}

function orderedConditions({ kind, code: name }: Component, part: string, code: string, form: Form, settings: IndexSettings, now: Date): Condition[] {
  const param = hashedParam(settings.hash, code, form);
  switch (kind) {
    case 'date': return [{ kind: 'date', param, any: dateTests(name, part, settings.timeZone, now) }];
    case 'string': {
      const normal = normalise(unescapeValue(part));
      if (normal === '') throw badValue(`"${code}" is "${part}", which has no letter or digit`);
      return [{ kind: 'string', param, any: [{ form: 'prefix', value: cut(normal) }] }];
    }
    default: return [quantityCondition(param, quantityTests(name, part, settings.hash))];
  }
}

/** Start and end of a range row are points of their own: tests on the start bound `low` alone, those on the end `high`. */
function pairCondition(parts: readonly string[], code: string, form: Form, settings: IndexSettings): Condition {
  const starts = quantityTests(code, parts[1]!, settings.hash).raw.map(onLow);
  const ends = quantityTests(code, parts[2]!, settings.hash).raw.map(onHigh);
  return { kind: 'quantity', param: hashedParam(settings.hash, code, form), any: starts.flatMap((start) => ends.map((end) => ({ ...start, ...end }))) };
}

function onLow({ lowFrom = -Infinity, lowBelow = Infinity, highUpTo = Infinity, highAbove = -Infinity }: QuantityTest): QuantityTest {
  return { lowFrom: Math.max(lowFrom, next(highAbove, 1)), lowBelow: Math.min(lowBelow, next(highUpTo, 1)) };
}

function onHigh({ lowFrom = -Infinity, lowBelow = Infinity, highUpTo = Infinity, highAbove = -Infinity }: QuantityTest): QuantityTest {
  return { highAbove: Math.max(highAbove, next(lowFrom, -1)), highUpTo: Math.min(highUpTo, next(lowBelow, -1)) };
}
