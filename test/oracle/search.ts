/**
 * The oracle: which resources a query finds, by looking at each of them. R4: search.html. Slow and plain on purpose; nothing here
 * knows the engine.
 */
import { compartmentCodes, compartmentTypes, hasResourceType, parametersOf, type Parameter } from './definitions.ts';
import { localTarget, type Data, type Resource } from './data.ts';
import { listOf, textOf } from './json.ts';
import { prepared, testOf, type Test } from './match.ts';
import { targetsOf, type Link } from './reference.ts';
import { BadQuery, split, unescape, type Reading } from './values.ts';

export interface Query {
  /** None in a search of the whole system. */
  readonly type: string | undefined;
  readonly compartment: { readonly type: string; readonly id: string } | undefined;
  readonly criteria: readonly (readonly [name: string, value: string])[];
  readonly sort: readonly { readonly code: string; readonly isDescending: boolean }[];
}

const resultParameters: ReadonlySet<string> = new Set(['_sort', '_count', '_summary', '_total', '_elements', '_include', '_revinclude']);

/** @param url `Observation?code=a`, `?_type=Patient`, `Patient/1/Observation?code=a`, `Patient/1/*` */
export function parseQuery(url: string): Query {
  const [path = '', text = ''] = splitOnce(url, '?');
  const parameters = text.split('&').filter((one) => one !== '').map((one) => splitOnce(one, '=').map(decode) as [string, string]);
  const segments = path.split('/').filter((segment) => segment !== '');
  const [first, id, last] = segments;
  const type = segments.length === 3 ? last : first;
  const sort = parameters.filter(([name]) => name === '_sort').flatMap(([, value]) => value.split(',')).filter((key) => key !== '');
  return {
    type: type === '*' ? undefined : type,
    compartment: segments.length === 3 ? { type: first!, id: id! } : undefined,
    criteria: parameters.filter(([name, value]) => !resultParameters.has(name) && value !== ''),
    sort: sort.map((key) => (key.startsWith('-') ? { code: key.slice(1), isDescending: true } : { code: key, isDescending: false })),
  };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

const decode = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));

/** @returns all that match, in no order */
export function search(data: Data, { type, compartment, criteria }: Query, reading: Reading): Resource[] {
  const types = type !== undefined ? [type] : typesOf(criteria, compartment === undefined ? data.types : [compartment.type, ...compartmentTypes(compartment.type)]);
  const rest = type === undefined ? criteria.filter(([name]) => name !== '_type') : criteria;
  return types.flatMap((one) => {
    const tests = rest.map(([name, value]) => criterion(one, name, value, data, reading));
    if (compartment !== undefined) tests.push(inCompartment(compartment, one, data));
    return data.ofType(one).filter((resource) => tests.every((test) => test(resource)));
  });
}

function typesOf(criteria: Query['criteria'], all: readonly string[]): readonly string[] {
  const asked = criteria.filter(([name]) => name === '_type').map(([, value]) => value.split(','));
  return [...new Set(all)].filter((type) => asked.every((types) => types.includes(type)));
}

function inCompartment({ type: owner, id }: { type: string; id: string }, type: string, data: Data): Test {
  const parameters = (compartmentCodes(owner, type) ?? []).flatMap((code) => parametersOf(type).get(code) ?? []);
  return (resource) => (type === owner && resource.id === id)
    || parameters.some((parameter) => (prepared(resource, parameter, data) as readonly Link[]).some(({ local }) => local?.type === owner && local.id === id));
}

/** One `name=value`, read for one type. */
function criterion(type: string, name: string, value: string, data: Data, reading: Reading): Test {
  if (name.startsWith('_has:')) return reverse(type, name, value, data, reading);
  const dot = name.indexOf('.');
  if (dot >= 0) return chain(type, name.slice(0, dot), name.slice(dot + 1), value, data, reading);
  const [code = '', modifier] = name.split(':');
  const values = split(value, ',').filter((one) => one !== '');
  if (code === '_list') return inLists(values, data);
  const parameter = parametersOf(type).get(code);
  if (parameter === undefined) throw new BadQuery(`${type} has no parameter "${code}"`);
  return testOf(parameter, modifier, values, data, reading);
}

/** `subject:Patient.name`: what is referred to must meet the rest. Without a type, any target that the rest makes sense for. */
function chain(type: string, head: string, rest: string, value: string, data: Data, reading: Reading): Test {
  const [code = '', asked] = head.split(':');
  const parameter = referenceParameter(type, code);
  const tests = new Map<string, Test | undefined>();
  const testFor = (target: string): Test | undefined => {
    if (!tests.has(target)) {
      let test: Test | undefined;
      try {
        test = remembered(criterion(target, rest, value, data, reading));
      } catch (error) {
        // An untyped chain goes only where the rest is a parameter.
        if (asked !== undefined || !(error instanceof BadQuery)) throw error;
      }
      tests.set(target, test);
    }
    return tests.get(target);
  };
  return (resource) => targetsOf(resource, parameter, data).some((target) => (asked === undefined || target.type === asked) && testFor(target.type)?.(target) === true);
}

/** A target is asked once, however many refer to it. */
function remembered(test: Test): Test {
  const known = new Map<Resource, boolean>();
  return (resource) => {
    let answer = known.get(resource);
    if (answer === undefined) known.set(resource, answer = test(resource));
    return answer;
  };
}

/** `_has:Observation:patient:code`: something of that type refers here, and meets the rest. */
function reverse(type: string, name: string, value: string, data: Data, reading: Reading): Test {
  const [, source = '', code = ''] = name.split(':');
  const rest = name.split(':').slice(3).join(':');
  if (!hasResourceType(source) || rest === '') throw new BadQuery(`"${name}" is not _has:Type:reference:parameter`);
  const parameter = referenceParameter(source, code);
  const test = criterion(source, rest, value, data, reading);
  let found: Set<string> | undefined;
  return ({ id }) => {
    found ??= new Set(data.ofType(source).filter(test).flatMap((resource) =>
      (prepared(resource, parameter, data) as readonly Link[]).flatMap(({ local }) => (local?.type === type ? [local.id] : []))));
    return found.has(id);
  };
}

function referenceParameter(type: string, code: string): Parameter {
  const parameter = parametersOf(type).get(code);
  if (parameter?.type !== 'reference') throw new BadQuery(`${type} has no reference parameter "${code}"`);
  return parameter;
}

/** `_list`: the members of stored Lists (search.html#list). */
function inLists(values: readonly string[], data: Data): Test {
  const members = new Set(values.map(unescape).flatMap((id) => listOf(data.get('List', id)?.json, 'entry')).flatMap((entry) => {
    const text = textOf(typeof entry === 'object' && entry !== null && 'item' in entry ? entry.item : undefined, 'reference');
    const target = text === undefined ? undefined : localTarget(text, data);
    return target === undefined ? [] : [`${target.type}/${target.id}`];
  }));
  return ({ type, id }) => members.has(`${type}/${id}`);
}
