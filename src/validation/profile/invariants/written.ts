/**
 * Invariants that stand on nearly every element or look through a whole resource, written out: FHIRPath takes 7 to 25 µs for each
 * evaluation. By their expressions, so that one that is changed is not mistaken for it. R4: element.html, domainresource.html.
 */
import { isObject, type JsonObject } from '../../../fhir/json/value.ts';
import type { Run } from '../run.ts';

type Holds = (value: unknown, run: Run) => boolean;

const on = (holds: (value: JsonObject, run: Run) => boolean): Holds => (value, run) => !isObject(value) || holds(value, run);

const contained = (resource: JsonObject): JsonObject[] => (Array.isArray(resource['contained']) ? resource['contained'].filter(isObject) : []);

/** @returns whether a text is somewhere in a value */
function holdsText(value: unknown, text: string): boolean {
  if (typeof value === 'string') return value === text;
  if (Array.isArray(value)) return value.some((item) => holdsText(item, text));
  return isObject(value) && Object.values(value).some((inner) => holdsText(inner, text));
}

export const written: ReadonlyMap<string, Holds> = new Map<string, Holds>([
  // ele-1
  ['hasValue() or (children().count() > id.count())', (value) => !isObject(value) || Object.keys(value).some((key) => key !== 'id')],
  // ext-1
  ['extension.exists() != value.exists()', on((extension) => {
    const keys = Object.keys(extension);
    return keys.includes('extension') !== keys.some((key) => key.startsWith('value') || key.startsWith('_value'));
  })],
  // dom-2, dom-4, dom-5
  ['contained.contained.empty()', on((resource) => contained(resource).every((one) => one['contained'] === undefined))],
  ['contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()', on((resource) => contained(resource).every(({ meta }) =>
    !isObject(meta) || (meta['versionId'] === undefined && meta['lastUpdated'] === undefined)))],
  ['contained.meta.security.empty()', on((resource) => contained(resource).every(({ meta }) => !isObject(meta) || meta['security'] === undefined))],
  // dom-3: what is contained is referred to, or refers to what contains it.
  ["contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().as(canonical) | %resource.descendants().as(uri) | %resource.descendants().as(url))) or descendants().where(reference = '#').exists() or descendants().where(as(canonical) = '#').exists() or descendants().where(as(canonical) = '#').exists()).not()).trace('unmatched', id).empty()",
    on((resource) => contained(resource).every((one) => typeof one['id'] !== 'string' || holdsText(resource, `#${one['id']}`) || holdsText(one, '#')))],
  // dom-6, which is not meant of what is contained: that should have no narrative (references.html#contained).
  ['text.`div`.exists()', on(({ text }, { resource, root }) => resource !== root || (isObject(text) && text['div'] !== undefined))],
  // ref-1
  ["reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))", on(({ reference }, { root }) =>
    typeof reference !== 'string' || !reference.startsWith('#') || reference === '#' || contained(root).some(({ id }) => id === reference.slice(1)))],
  // que-7: Boolean is FHIRPath's type in the expression and FHIR's boolean in what it means.
  ["operator = 'exists' implies (answer is Boolean)", on((value) => value['operator'] !== 'exists' || typeof value['answerBoolean'] === 'boolean')],
  // cpt-2, att-1, qty-3
  ['value.empty() or system.exists()', on((value) => !has(value, 'value') || has(value, 'system'))],
  ['data.empty() or contentType.exists()', on((value) => !has(value, 'data') || has(value, 'contentType'))],
  ['code.empty() or system.exists()', on((value) => !has(value, 'code') || has(value, 'system'))],
]);

const has = (value: JsonObject, name: string): boolean => value[name] !== undefined || value[`_${name}`] !== undefined;
