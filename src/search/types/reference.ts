/** Search parameters of type reference. R4: search.html#reference. */
import type { TypedValue } from '../../fhir/fhirpath/compile.ts';
import { isObject } from '../../fhir/json/value.ts';
import { badValue } from '../../fhir/outcome.ts';
import { isId } from '../../fhir/resource.ts';
import { parseReference } from '../../fhir/reference.ts';
import type { Condition } from '../condition.ts';
import type { IndexedParameter, IndexSettings } from '../parameter.ts';
import type { IndexSink } from '../rows.ts';

/**
 * Writes a key and a row for each reference to a resource of this server; a key alone for any other URL, where a canonical counts
 * with and without its version.
 */
export function indexReference(parameter: IndexedParameter, values: readonly TypedValue[], sink: IndexSink, settings: IndexSettings): void {
  const { hash } = settings;
  for (const { value } of values) {
    const text = isObject(value) ? value['reference'] : value;
    if (typeof text !== 'string' || text.startsWith('#')) continue;
    const local = localTarget(text, settings);
    if (local !== undefined) {
      sink.key(hash(parameter.code, 'reference', `${local.type}/${local.id}`));
      sink.reference(parameter.id, local.type, local.id);
      continue;
    }
    sink.key(hash(parameter.code, 'url', text));
    const bar = text.indexOf('|');
    if (bar > 0) sink.key(hash(parameter.code, 'url', text.slice(0, bar)));
  }
}

/** @returns type and id where the reference is to a resource of this server */
export function localTarget(text: string, { definitions, ownBases }: IndexSettings): { type: string; id: string } | undefined {
  const literal = parseReference(text);
  if (literal === undefined || !definitions.hasResourceType(literal.type)) return undefined;
  if (literal.base !== undefined && !ownBases.includes(literal.base)) return undefined;
  return literal;
}

/**
 * @param modifier a resource type (`subject:Patient`) or none
 * @param value one alternative of the parameter: `Patient/1`, `1`, or a URL
 * @throws FhirError 400 where it is none of them
 */
export function matchReference(parameter: IndexedParameter, modifier: string | undefined, value: string, settings: IndexSettings): Condition {
  const { hash, definitions } = settings;
  const { code } = parameter;
  const local = localTarget(value, settings);
  if (local !== undefined) {
    if (modifier !== undefined && modifier !== local.type) throw badValue(`"${code}:${modifier}" is "${value}", which is a ${local.type}`);
    return { kind: 'keys', any: [hash(code, 'reference', `${local.type}/${local.id}`)] };
  }
  if (isId(value)) {
    const targets = modifier !== undefined ? [modifier] : parameter.definition.target.length > 0 ? parameter.definition.target : definitions.resourceTypes;
    return { kind: 'keys', any: targets.filter((type) => definitions.hasResourceType(type)).map((type) => hash(code, 'reference', `${type}/${value}`)) };
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(value)) return { kind: 'keys', any: [hash(code, 'url', value)] };
  throw badValue(`"${code}" is "${value}", which is no id, no Type/id and no URL`);
}
