/**
 * Invariants that stand on nearly every element or look through a whole resource, written out: FHIRPath takes 7 to 25 µs for each
 * evaluation. By their expressions, so that one that is changed is not mistaken for it. R4: element.html, domainresource.html.
 */
import { isObject, type JsonObject } from '../../../fhir/json/value.ts';
import { containedIn } from '../references.ts';
import type { Run } from '../run.ts';

/** undefined: it is left to FHIRPath. */
type Holds = (value: unknown, run: Run) => boolean | undefined;

const on = (holds: (value: JsonObject, run: Run) => boolean | undefined): Holds => (value, run) => !isObject(value) || holds(value, run);

const objectsIn = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

const areDistinct = (values: readonly unknown[]): boolean => new Set(values).size === values.length;

/** @returns all values of a property, however deep */
function valuesOf(value: unknown, name: string, found: unknown[] = []): unknown[] {
  if (typeof value !== 'object' || value === null) return found;
  if (isObject(value) && value[name] !== undefined) found.push(value[name]);
  for (const inner of Object.values(value)) valuesOf(inner, name, found);
  return found;
}

const codesBelow = (concepts: unknown): unknown[] =>
  objectsIn(concepts).flatMap(({ code, concept }) => [...(code === undefined ? [] : [code]), ...codesBelow(concept)]);

const contained = (resource: JsonObject): JsonObject[] => (Array.isArray(resource['contained']) ? resource['contained'].filter(isObject) : []);

/** @returns the texts in a value that may name what is contained */
function localTexts(value: unknown, found: Set<string> = new Set()): Set<string> {
  if (typeof value === 'string') {
    if (value.startsWith('#')) found.add(value);
  } else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) localTexts(inner, found);
  return found;
}

function isReferredTo(resource: JsonObject): boolean {
  const inside = contained(resource);
  if (inside.length === 0) return true;
  const texts = localTexts(resource);
  return inside.every((one) => typeof one['id'] !== 'string' || texts.has(`#${one['id']}`) || localTexts(one).has('#'));
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
    on(isReferredTo)],
  // dom-6, which is not meant of what is contained: that should have no narrative (references.html#contained).
  ['text.`div`.exists()', on(({ text }, { resource, root }) => resource !== root || (isObject(text) && text['div'] !== undefined))],
  // ref-1
  ["reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))", on(({ reference }, run) =>
    typeof reference !== 'string' || !reference.startsWith('#') || reference === '#' || containedIn(run.root, run).has(reference.slice(1)))],
  // que-7: Boolean is FHIRPath's type in the expression and FHIR's boolean in what it means.
  ["operator = 'exists' implies (answer is Boolean)", on((value) => value['operator'] !== 'exists' || typeof value['answerBoolean'] === 'boolean')],
  // per-1
  ['start.hasValue().not() or end.hasValue().not() or (start <= end)', on(({ start, end }) =>
    typeof start !== 'string' || typeof end !== 'string' || isNotAfter(start, end))],
  // obs-6, on Observation and its components
  ['dataAbsentReason.empty() or value.empty()', on((value) => !has(value, 'dataAbsentReason') || !hasChoice(value, 'value'))],
  // obs-7
  ['value.empty() or component.code.where(coding.intersect(%resource.code.coding).exists()).empty()', on((value) =>
    (value['component'] === undefined || !hasChoice(value, 'value') ? true : undefined))],
  // que-2, csd-1, bdl-7: long lists, for which isDistinct() takes the square of their length.
  ['descendants().linkId.isDistinct()', on((questionnaire) => areDistinct(valuesOf(questionnaire, 'linkId')))],
  ['concept.code.combine($this.descendants().concept.code).isDistinct()', on(({ concept }) => areDistinct(codesBelow(concept)))],
  ["(type = 'history') or entry.where(fullUrl.exists()).select(fullUrl&resource.meta.versionId).isDistinct()", on(({ type, entry }) =>
    type === 'history' || areDistinct(objectsIn(entry).filter(({ fullUrl }) => typeof fullUrl === 'string').map(({ fullUrl, resource }) =>
      `${String(fullUrl)}${isObject(resource) && isObject(resource['meta']) ? String(resource['meta']['versionId'] ?? '') : ''}`)))],
  // cpt-2, att-1, qty-3
  ['value.empty() or system.exists()', on((value) => !has(value, 'value') || has(value, 'system'))],
  ['data.empty() or contentType.exists()', on((value) => !has(value, 'data') || has(value, 'contentType'))],
  ['code.empty() or system.exists()', on((value) => !has(value, 'code') || has(value, 'system'))],
]);

const has = (value: JsonObject, name: string): boolean => value[name] !== undefined || value[`_${name}`] !== undefined;

const hasChoice = (value: JsonObject, stem: string): boolean =>
  Object.keys(value).some((key) => key.startsWith(stem, key.startsWith('_') ? 1 : 0) && /^[A-Z]/.test(key.slice(key.startsWith('_') ? stem.length + 1 : stem.length)));

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/;
const day = /^\d{4}(?:-\d{2}(?:-\d{2})?)?$/;

/** @returns undefined where the two are not of one precision, which FHIRPath has rules for */
function isNotAfter(start: string, end: string): boolean | undefined {
  if (instant.test(start) && instant.test(end)) return Date.parse(start) <= Date.parse(end);
  return start.length === end.length && day.test(start) && day.test(end) ? start <= end : undefined;
}
