/** One parameter on one resource, whatever its type: values worked out once, kept beside the resource. R4: search.html#ptypes. */
import type { Parameter } from './definitions.ts';
import { parameterByUrl } from './definitions.ts';
import { kept, present, type Data, type Resource } from './data.ts';
import { dateMatcher, prepareDate } from './date.ts';
import { tuplesOf, type Typed } from './expression.ts';
import { nearMatcher, preparePosition } from './near.ts';
import { numberMatcher, prepareAmount, quantityMatcher } from './quantity.ts';
import { prepareReference, referenceMatcher } from './reference.ts';
import { prepareString, stringMatcher } from './string.ts';
import { prepareToken, tokenMatcher } from './token.ts';
import { prepareUri, uriMatcher } from './uri.ts';
import { BadQuery, split, type Matcher, type Reading } from './values.ts';

export type Test = (resource: Resource) => boolean;

export function prepare(parameter: Parameter, value: Typed, data: Data): readonly unknown[] {
  switch (parameter.type) {
    case 'token': return prepareToken(value);
    case 'string': return prepareString(value, parameter);
    case 'reference': return prepareReference(value, data);
    case 'date': return prepareDate(value);
    case 'number': case 'quantity': return prepareAmount(value);
    case 'uri': return prepareUri(value);
    case 'special': return preparePosition(value);
    case 'composite': throw new Error('a composite is prepared by component');
  }
}

/** A matcher takes what prepare made for the same parameter. */
function matcher(parameter: Parameter, modifier: string | undefined, value: string, data: Data, reading: Reading): Matcher<never> {
  const unmodified = <T>(make: () => Matcher<T>): Matcher<T> => {
    if (modifier !== undefined) throw new BadQuery(`"${parameter.code}" has no modifier "${modifier}"`);
    return make();
  };
  switch (parameter.type) {
    case 'token': return tokenMatcher(value, modifier === 'not' ? undefined : modifier);
    case 'string': return stringMatcher(value, modifier);
    case 'reference': return referenceMatcher(value, modifier, parameter, data);
    case 'uri': return uriMatcher(value, modifier);
    case 'date': return unmodified(() => dateMatcher(value, reading));
    case 'number': return unmodified(() => numberMatcher(value, reading));
    case 'quantity': return unmodified(() => quantityMatcher(value, reading));
    case 'special': return unmodified(() => nearMatcher(value, reading));
    case 'composite': throw new Error('a composite is matched by component');
  }
}

export const prepared = (resource: Resource, parameter: Parameter, data: Data): readonly unknown[] =>
  kept(resource, `prepared ${parameter.url}`, () => present(resource, parameter).flatMap((value) => prepare(parameter, value, data)));

/** @param values the alternatives of one parameter, of which one must match; `:not` is the complement, what has no value included */
export function testOf(parameter: Parameter, modifier: string | undefined, values: readonly string[], data: Data, reading: Reading): Test {
  if (parameter.type === 'composite') {
    if (modifier !== undefined) throw new BadQuery('a composite has no modifiers');
    return compositeTest(parameter, values, data, reading);
  }
  if (modifier === 'missing') {
    if (values.length !== 1 || !['true', 'false'].includes(values[0]!)) throw new BadQuery('":missing" is true or false');
    return (resource) => (present(resource, parameter).length === 0) === (values[0] === 'true');
  }
  const matchers = values.map((value) => matcher(parameter, modifier, value, data, reading)) as unknown as Matcher<unknown>[];
  const matches: Test = (resource) => prepared(resource, parameter, data).some((value) => matchers.some((one) => one(value)));
  return modifier === 'not' ? (resource) => !matches(resource) : matches;
}

/** R4 names the two definitions of DocumentReference's `relationship` the wrong way round. */
export function componentsOf({ url, component = [] }: Parameter): Parameter[] {
  const definitions = component.map(({ definition }) => parameterByUrl(definition)!);
  return url.endsWith('/DocumentReference-relationship') ? definitions.toReversed() : definitions;
}

/** @returns for each base element, for each component, its prepared values */
export function preparedTuples(resource: Resource, parameter: Parameter, data: Data): readonly (readonly (readonly unknown[])[])[] {
  const components = componentsOf(parameter);
  return kept(resource, `tuples ${parameter.url}`, () => tuplesOf(resource.json, parameter).map((tuple) =>
    tuple.map((values, n) => values.filter(({ value }) => value !== null).flatMap((value) => prepare(components[n]!, value, data)))));
}

/** All components must be met within one base element (search.html#composite). */
function compositeTest(parameter: Parameter, values: readonly string[], data: Data, reading: Reading): Test {
  const components = componentsOf(parameter);
  const alternatives = values.map((value) => {
    const parts = split(value, '$');
    if (parts.length !== components.length) throw new BadQuery(`"${parameter.code}" takes ${components.length} values`);
    return parts.map((part, n) => matcher(components[n]!, undefined, part, data, reading) as unknown as Matcher<unknown>);
  });
  return (resource) => preparedTuples(resource, parameter, data).some((tuple) =>
    alternatives.some((matchers) => matchers.every((matches, n) => tuple[n]!.some(matches))));
}
