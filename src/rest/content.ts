/** The resource in a request's body: parsed, checked against the path, ready to store. R4: http.html#create, #update. */
import type { Context } from '../context.ts';
import type { CompactJson } from '../fhir/json/scan.ts';
import { isObject, parseJson, type JsonObject } from '../fhir/json/value.ts';
import { businessRule, invalid, required, structure } from '../fhir/outcome.ts';
import type { Content } from '../store/write.ts';
import { requireValid } from './validation.ts';

/**
 * @param type the type that the path names
 * @param expression the resource's own path for outcomes: `Patient`, or `Bundle.entry[3].resource`
 * @returns the resource's text and value
 * @throws FhirError 400: no resource, another type, or not of R4's structure; 422: a resource cut down by _summary or _elements, or refused by a profile
 */
export function contentFrom(compact: CompactJson, type: string, context: Context, expression: string): Content {
  const resource = resourceOf(compact, context, expression);
  if (resource['resourceType'] !== type) {
    throw invalid(`The resource is a "${String(resource['resourceType'])}", the path says "${type}"`, { expression: `${expression}.resourceType` });
  }
  refuseSubsetted(resource, expression);
  requireValid(resource, compact.bytes, context, expression);
  return { text: compact.bytes, resource };
}

/** @returns the parsed resource; throws FhirError 400 when it is none of R4's */
export function resourceOf(compact: CompactJson, context: Context, expression: string): JsonObject {
  const resource = parseJson(compact);
  if (!isObject(resource)) throw structure('A resource is a JSON object', { expression });
  const type = resource['resourceType'];
  if (type === undefined) throw required('The resource has no resourceType', { expression });
  if (typeof type !== 'string' || !context.definitions.hasResourceType(type)) {
    throw invalid(`"${String(type).slice(0, 80)}" is not a resource type of R4`, { expression: `${expression}.resourceType` });
  }
  const { meta } = resource;
  if (meta !== undefined && !isObject(meta)) throw structure('meta is not an object', { expression: `${expression}.meta` });
  return resource;
}

/** A resource that was read cut down would lose what was left out (search.html#summary). */
function refuseSubsetted(resource: JsonObject, expression: string): void {
  const tags = isObject(resource['meta']) ? resource['meta']['tag'] : undefined;
  if (!Array.isArray(tags)) return;
  if (tags.some((tag) => isObject(tag) && tag['code'] === 'SUBSETTED')) {
    throw businessRule('The resource is tagged SUBSETTED: it was read with _summary or _elements, and is not whole', { expression: `${expression}.meta.tag` });
  }
}

/**
 * The id rules of an update (http.html#update).
 * @throws FhirError 400 when the body's id is missing or is not the path's
 */
export function requireSameId({ resource }: Content, id: string, expression: string): void {
  const own = resource['id'];
  if (own === undefined) throw required(`The resource has no id, the path says "${id}"`, { expression });
  if (own !== id) throw invalid(`The resource's id is "${String(own).slice(0, 80)}", the path says "${id}"`, { expression: `${expression}.id` });
}
