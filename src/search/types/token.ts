/**
 * Search parameters of type token. R4: search.html#token.
 *
 * A code is compared without case, unless the element is of type code or id, or its system is known to be case-sensitive: what
 * decides is known from the definitions and the system, on both sides, so that one key answers each form of a query. DECISIONS.md
 * "Case of tokens".
 */
import type { TypedValue } from '../../fhir/fhirpath/compile.ts';
import { isObject, JsonNumber, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';
import { badValue } from '../../fhir/outcome.ts';
import type { Condition } from '../condition.ts';
import type { Key } from '../keys.ts';
import { foldCode } from '../normalise.ts';
import type { IndexedParameter, IndexSettings } from '../parameter.ts';
import type { IndexSink } from '../rows.ts';
import { splitValue, unescapeValue } from '../values.ts';

const exactTypes: ReadonlySet<string> = new Set(['code', 'id']);
const withoutSystem: ReadonlySet<string> = new Set(['boolean', 'uri', 'ContactPoint']);

/** @returns whether all values of a parameter of those types are codes or ids, which are compared with case */
export const isExact = (types: ReadonlySet<string>): boolean => [...types].every((type) => exactTypes.has(type));

const codeText = (parameter: IndexedParameter, code: string): string => (parameter.isExact ? code : foldCode(code));

const codeInSystem = (parameter: IndexedParameter, system: string, code: string, { definitions }: IndexSettings): string =>
  definitions.isCaseSensitive(system) ? code : codeText(parameter, code);

export function indexToken(parameter: IndexedParameter, values: readonly TypedValue[], sink: IndexSink, settings: IndexSettings): void {
  for (const typed of values) indexOne(parameter, typed, sink, settings);
}

function indexOne(parameter: IndexedParameter, { type, value, valueSet }: TypedValue, sink: IndexSink, settings: IndexSettings): void {
  if (isObject(value)) {
    switch (type) {
      case 'CodeableConcept': {
        const { coding } = value;
        if (Array.isArray(coding)) for (const one of coding) if (isObject(one)) addPair(parameter, one['system'], one['code'], sink, settings);
        return;
      }
      case 'Identifier': return addPair(parameter, value['system'], value['value'], sink, settings);
      case 'ContactPoint': return addPair(parameter, undefined, value['value'], sink, settings);
      default: return addPair(parameter, value['system'], (value as JsonObject)['code'], sink, settings);
    }
  }
  const code = primitiveText(value);
  if (code === undefined) return;
  const system = type === 'code' && valueSet !== undefined ? systemOf(code, valueSet, settings) : undefined;
  addPair(parameter, system, code, sink, settings);
}

const primitiveText = (value: JsonValue): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'boolean' || typeof value === 'number' ? String(value) : value instanceof JsonNumber ? value.text : undefined;

/** The system of a code element follows from its required binding. */
function systemOf(code: string, valueSet: string, { definitions }: IndexSettings): string | undefined {
  for (const [system, codes] of definitions.valueSet(valueSet) ?? []) if (codes.includes(code)) return system;
  return undefined;
}

function addPair(parameter: IndexedParameter, system: JsonValue | undefined, code: JsonValue | undefined, sink: IndexSink, settings: IndexSettings): void {
  const { hash } = settings;
  const hasSystem = typeof system === 'string' && system !== '';
  if (hasSystem) sink.key(hash(parameter.code, 'system', system));
  if (typeof code !== 'string' || code === '') return;
  sink.key(hash(parameter.code, 'code', codeText(parameter, code)));
  if (hasSystem) sink.key(hash(parameter.code, 'system|code', system, codeInSystem(parameter, system, code, settings)));
  else sink.key(hash(parameter.code, '|code', codeText(parameter, code)));
}

/**
 * @param value one alternative of the parameter: `system|code`, `code`, `|code` or `system|`
 * @returns the key that resources which match hold
 * @throws FhirError 400 naming parameter and value
 */
export function tokenKey(parameter: IndexedParameter, value: string, settings: IndexSettings): Key {
  const { hash } = settings;
  const name = parameter.code;
  const [first = '', second, third] = splitValue(name, value, '|').map(unescapeValue);
  if (third !== undefined) throw badValue(`"${name}" is "${value}", which has more than one "|"`);
  if (second === undefined) return hash(name, 'code', codeText(parameter, first));
  if ([...parameter.types].every((type) => withoutSystem.has(type))) {
    throw badValue(`"${name}" is "${value}"; its elements have no system, so that "|" has no meaning`);
  }
  if (first === '' && second === '') throw badValue(`"${name}" is "|", which names neither system nor code`);
  if (second === '') return hash(name, 'system', first);
  if (first === '') return hash(name, '|code', codeText(parameter, second));
  return hash(name, 'system|code', first, codeInSystem(parameter, first, second, settings));
}

/** @param modifier `not` or none; `values` are the alternatives */
export function matchToken(parameter: IndexedParameter, modifier: string | undefined, values: readonly string[], settings: IndexSettings): Condition {
  const any: Condition = { kind: 'keys', any: values.map((value) => tokenKey(parameter, value, settings)) };
  return modifier === 'not' ? { kind: 'not', condition: any } : any;
}
