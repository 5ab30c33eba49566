/**
 * References in the oracle. R4: search.html#reference, search.html#canonical. By type and id, by id alone, by URL; canonicals with and without
 * version; above and below in hierarchies of one type.
 */
import type { Parameter } from './definitions.ts';
import { hasResourceType, parametersOf } from './definitions.ts';
import { localTarget, present, resolve, type Data, type Resource } from './data.ts';
import type { Typed } from './expression.ts';
import { isObject, textOf } from './json.ts';
import { prepareToken, tokenMatcher, type Token } from './token.ts';
import { BadQuery, unescape, type Matcher } from './values.ts';

export interface Link {
  /** As it stands: a literal reference, a canonical or a uri; undefined where only an identifier is given. */
  readonly text: string | undefined;
  readonly local: { readonly type: string; readonly id: string } | undefined;
  readonly identifier: readonly Token[];
}

export function prepareReference({ value }: Typed, data: Data): Link[] {
  const text = typeof value === 'string' ? value : textOf(value, 'reference');
  const identifier = isObject(value) && isObject(value['identifier']) ? prepareToken({ type: 'Identifier', value: value['identifier'], path: '' }) : [];
  return text === undefined && identifier.length === 0 ? [] : [{ text, local: text === undefined ? undefined : localTarget(text, data), identifier }];
}

export function referenceMatcher(value: string, modifier: string | undefined, parameter: Parameter, data: Data): Matcher<Link> {
  if (modifier === 'identifier') {
    const matches = tokenMatcher(value, undefined);
    return ({ identifier }) => identifier.some(matches);
  }
  const asked = unescape(value);
  if (modifier === 'above' || modifier === 'below') return hierarchical(asked, modifier, parameter, data);
  if (modifier !== undefined && !hasResourceType(modifier)) throw new BadQuery(`a reference has no modifier "${modifier}"`);
  const local = localTarget(asked, data);
  if (local !== undefined) {
    if (modifier !== undefined && modifier !== local.type) throw new BadQuery(`"${asked}" is no ${modifier}`);
    return (link) => link.local?.type === local.type && link.local.id === local.id;
  }
  if (/^[A-Za-z0-9\-.]{1,64}$/.test(asked)) return ({ local: found }) => found?.id === asked && (modifier === undefined || found.type === modifier);
  // A canonical without version is asked for in any version.
  return ({ text, local: found }) => found === undefined && text !== undefined && (text === asked || (!asked.includes('|') && text.startsWith(`${asked}|`)));
}

function hierarchical(asked: string, modifier: 'above' | 'below', parameter: Parameter, data: Data): Matcher<Link> {
  const bar = asked.lastIndexOf('|');
  if (bar > 0 && modifier === 'below') return ({ text }) => text === asked || text?.startsWith(`${asked}.`) === true;
  const known = localTarget(asked, data) ?? (parameter.target ?? []).map((type) => ({ type, id: asked })).find(({ type, id }) => data.get(type, id) !== undefined);
  if (known === undefined) return () => false;
  const key = `${known.type}/${known.id}`;
  if (modifier === 'below') return ({ local }) => local !== undefined && lineage(local, data).includes(key);
  const above = lineage(known, data);
  return ({ local }) => local !== undefined && above.includes(`${local.type}/${local.id}`);
}

/** A resource and what it is part of, upwards; a circle ends where it closes. */
function lineage({ type, id }: { type: string; id: string }, data: Data): string[] {
  const found: string[] = [];
  const open = [`${type}/${id}`];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (found.includes(key)) continue;
    found.push(key);
    const resource = data.get(type, key.slice(type.length + 1));
    if (resource !== undefined) open.push(...parents(resource, data));
  }
  return found;
}

function parents(resource: Resource, data: Data): string[] {
  const parameter = parametersOf(resource.type).get('partof') ?? parametersOf(resource.type).get('part-of');
  if (parameter?.target?.includes(resource.type) !== true) return [];
  return present(resource, parameter).flatMap((value) => prepareReference(value, data))
    .flatMap(({ local }) => (local?.type === resource.type ? [`${local.type}/${local.id}`] : []));
}

/** The resources that a reference parameter leads to; those contained beside it as well (search.html#chaining). */
export const targetsOf = (resource: Resource, parameter: Parameter, data: Data): Resource[] =>
  present(resource, parameter).flatMap((value) => prepareReference(value, data))
    .flatMap(({ text }) => (text === undefined ? [] : resolve(text, resource, data) ?? []));
