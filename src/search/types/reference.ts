/** Search parameters of type reference. R4: search.html#reference. */
import type { TypedValue } from '../../fhir/fhirpath/compile.ts';
import { isObject, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';
import { badValue } from '../../fhir/outcome.ts';
import { isId } from '../../fhir/resource.ts';
import type { Condition } from '../condition.ts';
import type { Form } from '../forms.ts';
import { foldCode } from '../normalise.ts';
import type { IndexedParameter, IndexSettings } from '../parameter.ts';
import type { IndexSink } from '../rows.ts';
import { splitValue, unescapeValue } from '../values.ts';

/** Places among the contained that have a rid of their own; sql/001. */
export const containedLimit = 4096;

/**
 * Writes keys for each form of a reference, and a row where it is to a resource of this server or to one contained in the same
 * resource, unless another parameter has that.
 */
export function indexReference(parameter: IndexedParameter, values: readonly TypedValue[], sink: IndexSink, settings: IndexSettings, resource: JsonObject): void {
  for (const { value } of values) {
    for (const form of referenceForms(value, settings)) sink.key(settings.hash(parameter.code, ...form));
    if (parameter.referencesOf !== parameter.id) continue;
    const text = referenceText(value);
    const local = text === undefined ? undefined : settings.localTarget(text);
    if (local !== undefined) sink.reference(parameter.id, local);
    const place = text?.startsWith('#') === true && Array.isArray(resource['contained'])
      ? resource['contained'].findIndex((one) => isObject(one) && one['id'] === text.slice(1)) : -1;
    if (place >= 0 && place < containedLimit) sink.reference(parameter.id, { contained: place });
  }
}

/** A resource that stands where a reference might (the first of a document or message Bundle) is found by its own type and id. */
export const referenceText = (value: JsonValue): string | undefined => {
  if (!isObject(value)) return typeof value === 'string' ? value : undefined;
  const { reference, resourceType, id } = value;
  if (typeof resourceType === 'string' && typeof id === 'string') return `${resourceType}/${id}`;
  return typeof reference === 'string' ? reference : undefined;
};

/** @returns what a reference or canonical is found by */
export function referenceForms(value: JsonValue, settings: IndexSettings): Form[] {
  const forms: Form[] = [];
  const text = referenceText(value);
  if (text !== undefined && !text.startsWith('#')) {
    const local = settings.localTarget(text);
    if (local !== undefined) forms.push(['reference', `${local.type}/${local.id}`]);
    else {
      forms.push(['url', text]);
      const bar = text.indexOf('|');
      if (bar > 0) forms.push(['url', text.slice(0, bar)], ...versionForms(text.slice(0, bar), text.slice(bar + 1)));
    }
  }
  const identifier = isObject(value) ? value['identifier'] : undefined;
  if (isObject(identifier) && typeof identifier['value'] === 'string') forms.push(...identifierForms(identifier['system'], foldCode(identifier['value'])));
  return forms;
}

/** `|1.1` lies below itself and `|1` (search.html#canonical). */
const versionForms = (url: string, version: string): Form[] =>
  version.split('.').map((_, n, parts): Form => ['url below', url, parts.slice(0, n + 1).join('.')]);

function identifierForms(system: JsonValue | undefined, value: string): Form[] {
  const byCode: Form = ['identifier code', value];
  return typeof system === 'string' && system !== '' ? [byCode, ['identifier system|code', system, value], ['identifier system', system]] : [byCode, ['identifier |code', value]];
}

/**
 * @param modifier a resource type (`subject:Patient`), `identifier`, `above`, `below` or none
 * @param value one alternative of the parameter: `Patient/1`, `1`, or a URL; with its escapes
 * @throws FhirError 400 where it is none of them
 */
export function matchReference(parameter: IndexedParameter, modifier: string | undefined, value: string, settings: IndexSettings): Condition {
  const { hash } = settings;
  if (modifier === 'identifier') return { kind: 'keys', any: [hash(parameter.code, ...identifierForm(parameter.code, value))] };
  const text = unescapeValue(value);
  if (modifier === 'below' && /^[a-z][a-z0-9+.-]*:/i.test(text)) {
    const [url = '', version] = text.split('|');
    return { kind: 'keys', any: [version === undefined ? hash(parameter.code, 'url', url) : hash(parameter.code, 'url below', url, version)] };
  }
  return { kind: 'keys', any: queryForms(parameter, modifier, text, settings).map((form) => hash(parameter.code, ...form)) };
}

/** The forms that a value without a modifier of its own may stand for: a bare id several, by the types of the parameter. */
export function queryForms(parameter: IndexedParameter, type: string | undefined, value: string, settings: IndexSettings): Form[] {
  const { definitions } = settings;
  const { code } = parameter;
  const local = settings.localTarget(value);
  if (local !== undefined) {
    if (type !== undefined && type !== local.type) throw badValue(`"${code}:${type}" is "${value}", which is a ${local.type}`);
    return [['reference', `${local.type}/${local.id}`]];
  }
  if (isId(value)) {
    const targets = type !== undefined ? [type] : parameter.definition.target.length > 0 ? parameter.definition.target : definitions.resourceTypes;
    return targets.filter((name) => definitions.hasResourceType(name)).map((name): Form => ['reference', `${name}/${value}`]);
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(value)) return [['url', value]];
  throw badValue(`"${code}" is "${value}", which is no id, no Type/id and no URL`);
}

function identifierForm(name: string, value: string): Form {
  const [first = '', second, third] = splitValue(name, value, '|').map(unescapeValue);
  if (third !== undefined || (first === '' && (second ?? '') === '')) throw badValue(`"${name}:identifier" is "${value}", which is not system|value`);
  if (second === undefined) return ['identifier code', foldCode(first)];
  if (second === '') return ['identifier system', first];
  return first === '' ? ['identifier |code', foldCode(second)] : ['identifier system|code', first, foldCode(second)];
}
