/**
 * The forms that a criterion of each type can have, and how to make one from a value that occurs: the modifier and the text of one
 * alternative, sometimes beside the value, so that near misses are asked for too.
 */
import type { Parameter, ParameterType } from './definitions.ts';
import type { Data, Resource } from './data.ts';
import { intervalOf } from './date.ts';
import { typeAndId, type Typed } from './expression.ts';
import { Decimal, isObject, listOf, textOf } from './json.ts';
import { prepare } from './match.ts';
import type { Amount } from './quantity.ts';
import type { Random } from './random.ts';
import type { Link } from './reference.ts';
import { plain, type Text } from './string.ts';
import type { Token } from './token.ts';
import { escape, prefixes } from './values.ts';

export interface Drawn {
  readonly modifier?: string;
  /** With escapes, not yet percent-encoded. */
  readonly value: string;
}

const ordered = [...prefixes, 'none'];
/** All forms by type; a name with a colon is a modifier's. */
export const forms: Readonly<Record<ParameterType, readonly string[]>> = {
  token: ['code', 'system|code', '|code', 'system|', 'other case', ':not', ':of-type', ':below', ':missing'],
  string: ['prefix', 'word', 'other case', ':exact', ':contains', ':missing'],
  reference: ['Type/id', 'id', 'absolute', 'url', ':Type', ':identifier', ':above', ':below', ':missing'],
  date: [...ordered, ':missing'],
  number: [...ordered, ':missing'],
  quantity: [...ordered, ...ordered.map((prefix) => `${prefix} system|code`), ...ordered.map((prefix) => `${prefix} ||code`), ':missing'],
  uri: ['uri', ':below', ':above', ':missing'],
  composite: ['tuple'],
  special: ['near'],
};

/** @returns undefined where the value cannot be asked for in that form */
export function draw(parameter: Parameter, form: string, typed: Typed, data: Data, random: Random): Drawn | undefined {
  if (form === ':missing') return { modifier: 'missing', value: random.one(['true', 'false']) };
  if (parameter.type === 'special') return drawNear(typed, random);
  const values = prepare(parameter, typed, data);
  if (values.length === 0) return undefined;
  const value = random.one(values);
  switch (parameter.type) {
    case 'token': return drawToken(form, value as Token, typed);
    case 'string': return drawString(form, value as Text, random);
    case 'reference': return drawReference(form, value as Link, data, random);
    case 'date': return drawDate(form, typed, random);
    case 'number': case 'quantity': return drawAmount(form, value as Amount, random);
    case 'uri': return drawUri(form, value as string, random);
    case 'composite': return undefined;
  }
}

const otherCase = (text: string): string => (text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase());

function drawToken(form: string, { system, code, types, isMediaType }: Token, { type, path }: Typed): Drawn | undefined {
  const hasSystems = type !== 'boolean' && type !== 'uri' && type !== 'ContactPoint';
  if (form === 'system|') return system === undefined ? undefined : { value: `${escape(system)}|` };
  if (code === undefined || code === '') return undefined;
  const text = escape(code);
  switch (form) {
    case 'code': return { value: text };
    case 'other case': return { value: system !== undefined && hasSystems ? `${escape(system)}|${otherCase(text)}` : otherCase(text) };
    case 'system|code': return system === undefined || !hasSystems ? undefined : { value: `${escape(system)}|${text}` };
    case '|code': return hasSystems && type !== 'string' && !path.endsWith('.id') ? { value: `|${text}` } : undefined;
    case ':not': return { modifier: 'not', value: system === undefined || !hasSystems ? text : `${escape(system)}|${text}` };
    case ':of-type': {
      const [first] = types;
      return first?.system === undefined || first.code === undefined ? undefined : { modifier: 'of-type', value: `${escape(first.system)}|${escape(first.code)}|${text}` };
    }
    case ':below': return isMediaType ? { modifier: 'below', value: code.split(/[;/]/)[0]! } : undefined;
    default: return undefined;
  }
}

function drawString(form: string, { text, starts }: Text, random: Random): Drawn | undefined {
  const word = random.one(starts);
  if (plain(text) === '' || text.length > 150) return undefined;
  const cut = (whole: string): string => whole.slice(0, 1 + random.whole(whole.length));
  const usable = (value: string): string | undefined => (plain(value) === '' ? undefined : escape(value));
  const value =
    form === 'prefix' ? usable(cut(text).trim())
    : form === 'word' ? usable(word)
    : form === 'other case' ? usable(otherCase(cut(text)).trim())
    : form === ':exact' ? escape(random.chance(0.8) ? text : otherCase(text))
    : usable(text.slice(random.whole(text.length)).trim());
  if (value === undefined || value !== value.trim()) return undefined;
  return form.startsWith(':') ? { modifier: form.slice(1), value } : { value };
}

function drawReference(form: string, { text, local, identifier }: Link, data: Data, random: Random): Drawn | undefined {
  if (form === ':identifier') {
    const [first] = identifier;
    return first?.code === undefined ? undefined : { modifier: 'identifier', value: first.system === undefined ? escape(first.code) : `${escape(first.system)}|${escape(first.code)}` };
  }
  if (form === 'url') {
    if (text === undefined || local !== undefined || !/^[a-z]+:/.test(text)) return undefined;
    return { value: escape(random.chance(0.5) ? text.split('|')[0]! : text) };
  }
  if (form === ':below' && text?.includes('|') === true) return { modifier: 'below', value: escape(text.replace(/(\|[^.]*)\..*/, '$1')) };
  if (local === undefined) return undefined;
  const key = `${local.type}/${local.id}`;
  switch (form) {
    case 'Type/id': return { value: key };
    case 'id': return { value: local.id };
    case 'absolute': return data.ownBases.length === 0 ? undefined : { value: `${random.one(data.ownBases)}/${key}` };
    case ':Type': return { modifier: local.type, value: random.chance(0.5) ? local.id : key };
    case ':above': case ':below': return ['Location', 'Organization', 'Encounter'].includes(local.type) ? { modifier: form.slice(1), value: key } : undefined;
    default: return undefined;
  }
}

/** Units that some are also written in. */
const otherUnits: Readonly<Record<string, readonly string[]>> = {
  kg: ['g', '[lb_av]'], g: ['mg', 'kg'], mg: ['g', 'ug'], cm: ['m', '[in_i]'], 'mg/dL': ['g/L', 'mg/L'], 'g/dL': ['g/L'], 'mm[Hg]': ['kPa'], 'ng/mL': ['ug/L'], 'mL/min': ['L/h'], s: ['min'],
};

/** The value itself, cut to a coarser precision, in another zone, or a little moved. */
function drawDate(form: string, { value }: Typed, random: Random): Drawn | undefined {
  const texts = typeof value === 'string' ? [value] : isObject(value) ? [textOf(value, 'start'), textOf(value, 'end'), ...listOf(value, 'event')] : [];
  const text = random.one([...texts.filter((one) => typeof one === 'string'), undefined]);
  if (text === undefined || intervalOf(text) === undefined) return undefined;
  const prefix = form === 'none' ? '' : form;
  // Years apart, days apart, or as it is.
  const year = random.chance(0.2) ? String(Number(text.slice(0, 4)) + random.one([-1, 1])) : text.slice(0, 4);
  const [, zone = ''] = /T.*?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const cuts = [4, 7, 10, 16, 19].filter((length) => length <= text.length - zone.length);
  const length = random.one([...cuts, text.length, text.length]);
  const cut = length === text.length ? text : length > 10 ? `${text.slice(0, length)}${zone}` : text.slice(0, length);
  const moved = `${year}${cut.slice(4)}`;
  return intervalOf(moved) === undefined ? { value: `${prefix}${cut}` } : { value: `${prefix}${moved}` };
}

function drawAmount(form: string, { low, high, system, code, unit }: Amount, random: Random): Drawn | undefined {
  const [prefix = '', units] = form.split(' ');
  const end = random.one([low ?? high, high ?? low]);
  if (end === undefined) return undefined;
  const number = decimalText(end.digits + BigInt(random.one([0, 0, 0, 1, -1])), end.exponent, random);
  const value = `${prefix === 'none' ? '' : prefix}${number}`;
  if (units === undefined) return { value };
  if (units === '||code') return code === undefined && unit === undefined ? undefined : { value: `${value}||${escape(code ?? unit!)}` };
  if (system === undefined || code === undefined) return undefined;
  // The same number in another unit is another amount, which canonical units must tell apart.
  const other = otherUnits[code];
  return { value: `${value}|${escape(system)}|${escape(other !== undefined && random.chance(0.3) ? random.one(other) : code)}` };
}

/** Digits and power as a plain decimal, now and then with a zero more or a digit less. */
function decimalText(digits: bigint, exponent: number, random: Random): string {
  const sign = digits < 0n ? '-' : '';
  const all = String(digits < 0n ? -digits : digits);
  if (random.chance(0.08)) return `${sign}${all}${random.one(['e', 'E'])}${exponent}`;
  if (exponent >= 0) return `${sign}${all}${'0'.repeat(exponent)}`;
  const padded = all.padStart(1 - exponent, '0');
  const [whole, fraction] = [padded.slice(0, exponent), padded.slice(exponent)];
  const other = random.chance(0.3) ? fraction.slice(0, -1) : random.chance(0.2) ? `${fraction}0` : fraction;
  return `${sign}${whole}${other === '' ? '' : `.${other}`}`;
}

function drawUri(form: string, uri: string, random: Random): Drawn | undefined {
  if (form === 'uri') return { value: escape(uri) };
  if (!/^https?:\/\//.test(uri)) return undefined;
  if (form === ':above') return { modifier: 'above', value: escape(random.chance(0.5) ? uri : `${uri}/more`) };
  const segments = uri.split('/');
  return segments.length < 4 ? undefined : { modifier: 'below', value: escape(segments.slice(0, 3 + random.whole(segments.length - 2)).join('/')) };
}

function drawNear({ value }: Typed, random: Random): Drawn | undefined {
  if (!isObject(value) || !(value['latitude'] instanceof Decimal) || !(value['longitude'] instanceof Decimal)) return undefined;
  const [distance, unit] = random.one([['0.5', 'km'], ['3', ''], ['25', 'km'], ['1500', 'm'], ['10', '[mi_i]'], ['200', 'km']] as const);
  return { value: `${value['latitude'].text}|${value['longitude'].text}|${distance}${unit === '' ? '' : `|${unit}`}` };
}

/** @returns a reference's target where it is to a resource that is there */
export function targetIn(data: Data, { text }: Link, from: Resource): Resource | undefined {
  const target = text === undefined || from.container !== undefined ? undefined : typeAndId(text);
  return target === undefined ? undefined : data.get(target.type, target.id);
}
