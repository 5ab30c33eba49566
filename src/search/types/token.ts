/**
 * Search parameters of type token. R4: search.html#token.
 *
 * A code is compared without case, unless the element is of type code or id, or its system is known to be case-sensitive: what
 * decides is known from the definitions and the system, on both sides, so that one key answers each form of a query. DECISIONS.md
 * "Case of tokens".
 */
import type { TypedValue } from '../../fhir/fhirpath/compile.ts';
import { isObject, JsonNumber, type JsonValue } from '../../fhir/json/value.ts';
import { badValue } from '../../fhir/outcome.ts';
import type { Condition } from '../condition.ts';
import type { Form } from '../forms.ts';
import type { Key } from '../keys.ts';
import { foldCode } from '../normalise.ts';
import type { IndexedParameter, IndexSettings } from '../parameter.ts';
import type { IndexSink } from '../rows.ts';
import { splitValue, unescapeValue } from '../values.ts';

const exactTypes: ReadonlySet<string> = new Set(['code', 'id']);
const withoutSystem: ReadonlySet<string> = new Set(['boolean', 'uri', 'ContactPoint']);

/** @returns whether all values of a parameter of those types are codes or ids, which are compared with case */
export const isExact = (types: ReadonlySet<string>): boolean => [...types].every((type) => exactTypes.has(type));

/** @returns whether the codes of an element are names of media types: its binding says so */
export const isMediaType = ({ valueSet }: Pick<TypedValue, 'valueSet'>): boolean => valueSet === 'http://hl7.org/fhir/ValueSet/mimetypes';

/** @returns a code as it stands in a key without a system */
export const codeText = (parameter: Pick<IndexedParameter, 'isExact'>, code: string): string => (parameter.isExact ? code : foldCode(code));

const codeInSystem = (parameter: IndexedParameter, system: string, code: string, { definitions }: IndexSettings): string =>
  definitions.isCaseSensitive(system) ? code : codeText(parameter, code);

export function indexToken(parameter: IndexedParameter, values: readonly TypedValue[], sink: IndexSink, settings: IndexSettings): void {
  const { hash } = settings;
  for (const typed of values) {
    for (const [system, code] of pairsOf(typed, settings)) for (const key of pairKeys(parameter, system, code, settings)) sink.key(key);
    const ofType = typed.type === 'Identifier' ? identifierForms(typed.value) : [];
    for (const form of ofType) sink.key(hash(parameter.code, ...form));
    if (typed.type === 'code' && typeof typed.value === 'string' && typed.value.includes('/')) {
      for (const name of mimeNames(typed.value)) sink.key(hash(parameter.code, 'below', name));
    }
  }
}

/** @returns what a value is found by, in each form of a query */
export const tokenForms = (parameter: IndexedParameter, typed: TypedValue, settings: IndexSettings): Form[] =>
  pairsOf(typed, settings).flatMap(([system, code]) => pairForms(parameter, system, code, settings));

type Pair = readonly [system: JsonValue | undefined, code: JsonValue | undefined];

/** The systems and codes of a value. */
function pairsOf({ type, value, valueSet }: TypedValue, settings: IndexSettings): Pair[] {
  if (isObject(value)) {
    switch (type) {
      case 'CodeableConcept': {
        const { coding } = value;
        return Array.isArray(coding) ? coding.filter(isObject).map((one): Pair => [one['system'], one['code']]) : [];
      }
      case 'Identifier': return [[value['system'], value['value']]];
      case 'ContactPoint': return [[undefined, value['value']]];
      case 'Money': return [[undefined, value['currency']]];
      default: return [[value['system'], value['code']]];
    }
  }
  const code = primitiveText(value);
  if (code === undefined) return [];
  return [[type === 'code' && valueSet !== undefined ? systemOf(code, valueSet, settings) : undefined, code]];
}

const primitiveText = (value: JsonValue): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'boolean' || typeof value === 'number' ? String(value) : value instanceof JsonNumber ? value.text : undefined;

/** The system of a code element follows from its required binding. */
function systemOf(code: string, valueSet: string, { definitions }: IndexSettings): string | undefined {
  for (const [system, codes] of definitions.valueSet(valueSet) ?? []) if (codes.includes(code)) return system;
  return undefined;
}

function pairForms(parameter: IndexedParameter, system: JsonValue | undefined, code: JsonValue | undefined, settings: IndexSettings): Form[] {
  const hasSystem = typeof system === 'string' && system !== '';
  const forms: Form[] = hasSystem ? [['system', system]] : [];
  if (typeof code !== 'string' || code === '') return forms;
  forms.push(['code', codeText(parameter, code)]);
  forms.push(hasSystem ? ['system|code', system, codeInSystem(parameter, system, code, settings)] : ['|code', codeText(parameter, code)]);
  return forms;
}

/** The keys of {@link pairForms}: most codes have come before. */
function pairKeys(parameter: IndexedParameter, system: JsonValue | undefined, code: JsonValue | undefined, settings: IndexSettings): readonly Key[] {
  const { hash } = settings;
  const make = (): Key[] => pairForms(parameter, system, code, settings).map((form) => hash(parameter.code, ...form));
  if (typeof code !== 'string' || code === '') return make();
  return hash.all([parameter.isExact ? 'exact token' : 'token', parameter.code, typeof system === 'string' ? system : '', code], make);
}

/** `:of-type` finds an identifier by the codes of its type and its value (search.html#token). */
function identifierForms(value: JsonValue): Form[] {
  if (!isObject(value) || typeof value['value'] !== 'string' || !isObject(value['type']) || !Array.isArray(value['type']['coding'])) return [];
  const number = foldCode(value['value']);
  return value['type']['coding'].flatMap((coding): Form[] =>
    isObject(coding) && typeof coding['system'] === 'string' && typeof coding['code'] === 'string' ? [['of-type', coding['system'], coding['code'], number]] : []);
}

/** `text/xml; charset=utf-8` lies below itself, `text/xml` and `text`. */
function mimeNames(value: string): string[] {
  const whole = foldCode(value);
  const type = whole.split(';', 1)[0]!.trim();
  return [...new Set([whole, type, type.split('/', 1)[0]!])];
}

/**
 * @param value one alternative of the parameter: `system|code`, `code`, `|code` or `system|`
 * @returns the form that resources which match hold
 * @throws FhirError 400 naming parameter and value
 */
export function tokenForm(parameter: IndexedParameter, value: string, settings: IndexSettings): Form {
  const name = parameter.code;
  const [first = '', second, third] = splitValue(name, value, '|').map(unescapeValue);
  if (third !== undefined) throw badValue(`"${name}" is "${value}", which has more than one "|"`);
  if (second === undefined) return ['code', codeText(parameter, first)];
  if ([...parameter.types].every((type) => withoutSystem.has(type))) {
    throw badValue(`"${name}" is "${value}"; its elements have no system, so that "|" has no meaning`);
  }
  if (first === '' && second === '') throw badValue(`"${name}" is "|", which names neither system nor code`);
  if (second === '') return ['system', first];
  if (first === '') return ['|code', codeText(parameter, second)];
  return ['system|code', first, codeInSystem(parameter, first, second, settings)];
}

/** @param modifier `not`, `of-type`, `below` (on MIME types) or none; `values` are the alternatives */
export function matchToken(parameter: IndexedParameter, modifier: string | undefined, values: readonly string[], settings: IndexSettings): Condition {
  const { hash } = settings;
  const name = parameter.code;
  const keysOf = (value: string): Key => {
    if (modifier === 'of-type') return hash(name, ...ofTypeForm(name, value));
    if (modifier === 'below') return hash(name, 'below', foldCode(unescapeValue(value)).trim());
    return hash(name, ...tokenForm(parameter, value, settings));
  };
  const any: Condition = { kind: 'keys', any: values.map(keysOf) };
  return modifier === 'not' ? { kind: 'not', condition: any } : any;
}

function ofTypeForm(name: string, value: string): Form {
  const parts = splitValue(name, value, '|').map(unescapeValue);
  const [system, code, number] = parts;
  if (parts.length !== 3 || parts.includes('')) throw badValue(`"${name}:of-type" is "${value}", which is not system|code|value`);
  return ['of-type', system!, code!, foldCode(number!)];
}
