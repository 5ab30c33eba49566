/**
 * Tokens in the oracle. R4: search.html#token. Codes are compared without case, but where the element is a code or an id, and where
 * the system asked for is known to be case-sensitive.
 */
import { Decimal, isObject, listOf, textOf, type Json } from './json.ts';
import type { Typed } from './expression.ts';
import { boundSystem, isCaseSensitive, isMediaType } from './definitions.ts';
import { BadQuery, split, unescape, type Matcher } from './values.ts';

export interface Token {
  readonly system: string | undefined;
  readonly code: string | undefined;
  readonly isExact: boolean;
  readonly isMediaType: boolean;
  /** Of an Identifier: what `:of-type` asks for. */
  readonly types: readonly { readonly system: string | undefined; readonly code: string | undefined }[];
}

const plainToken = { isExact: false, isMediaType: false, types: [] };
const coded = (value: Json): Token => ({ ...plainToken, system: nonEmpty(textOf(value, 'system')), code: textOf(value, 'code') });
const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

export function prepareToken({ type, value, path }: Typed): Token[] {
  if (isObject(value)) {
    if (type === 'CodeableConcept') return listOf(value, 'coding').map(coded);
    if (type === 'Identifier') return [{ ...plainToken, system: nonEmpty(textOf(value, 'system')), code: textOf(value, 'value'), types: listOf(value['type'], 'coding').map(coded) }];
    if (type === 'ContactPoint') return [{ ...plainToken, system: undefined, code: textOf(value, 'value') }];
    return [coded(value)];
  }
  const code = value instanceof Decimal ? value.text : typeof value === 'string' || typeof value === 'boolean' ? String(value) : undefined;
  if (code === undefined) return [];
  const isCode = type === 'code';
  return [{ ...plainToken, system: isCode ? boundSystem(path, code) : undefined, code, isExact: isCode || type === 'id' || path.endsWith('.id'), isMediaType: isCode && isMediaType(path) }];
}

export function tokenMatcher(value: string, modifier: string | undefined): Matcher<Token> {
  const parts = split(value, '|').map(unescape);
  if (modifier === 'of-type') return ofType(parts);
  if (modifier === 'below') return (token) => token.isMediaType && belowMedia(token.code ?? '', value);
  if (modifier !== undefined) throw new BadQuery(`a token has no modifier "${modifier}" here`);
  const [first = '', second] = parts;
  if (parts.length > 2 || (first === '' && second === '')) throw new BadQuery(`"${value}" is no token`);
  if (second === undefined) return (token) => equal(token, first, token.isExact);
  if (second === '') return ({ system }) => system === first;
  if (first === '') return (token) => token.system === undefined && equal(token, second, token.isExact);
  return (token) => token.system === first && equal(token, second, token.isExact || isCaseSensitive(first));
}

const equal = ({ code }: Token, asked: string, isExact: boolean): boolean => code !== undefined && (isExact ? code === asked : code.toLowerCase() === asked.toLowerCase());

/** `system|code|value`: type and value in one Identifier. */
function ofType([system, code, value, ...more]: readonly string[]): Matcher<Token> {
  if (system === undefined || code === undefined || value === undefined || value === '' || more.length > 0) throw new BadQuery('":of-type" takes system|code|value');
  return (token) => equal(token, value, false)
    && token.types.some((type) => type.system === system && (isCaseSensitive(system) ? type.code === code : type.code?.toLowerCase() === code.toLowerCase()));
}

/** `text/xml` has `text/xml;charset=UTF-8` below it, `text` and `text/` have all of text. */
function belowMedia(code: string, asked: string): boolean {
  const [have, want] = [code.toLowerCase(), asked.toLowerCase().replace(/\/\*?$/, '')];
  return have === want || have.startsWith(`${want}/`) || have.startsWith(`${want};`);
}
