/** The patch in a request's body: which language it is in, read and ready to be carried out. R4: http.html#patch. */
import type { Context } from '../context.ts';
import type { CompactJson } from '../fhir/json/scan.ts';
import { asArray, asObject, asString, memberOf, nodeOf, type JsonNode } from '../fhir/json/tree.ts';
import { structure } from '../fhir/outcome.ts';
import { readFhirPathPatch } from '../fhir/patch/fhirpath-patch.ts';
import { readJsonPatch } from '../fhir/patch/json-patch.ts';
import { mergePatch } from '../fhir/patch/merge-patch.ts';
import type { Patch } from '../fhir/patch/patch.ts';
import { patchBodies, type PatchLanguage } from './media-types.ts';
import type { Place } from './place.ts';

/**
 * @param mediaType one of {@link patchBodies}; on a generic one an array is a JSON Patch, Parameters are a FHIRPath Patch, and any other
 *   object is a merge patch
 * @param type of the resource that is patched
 * @throws FhirError 400 where the body is no patch of that language
 */
export function patchOf(compact: CompactJson, mediaType: string, type: string, context: Context, place: Place): Patch {
  const node = nodeOf(compact.bytes);
  const expression = place.entry === undefined ? undefined : place.body;
  const language = patchBodies.get(mediaType) ?? 'any';
  switch (language === 'any' ? languageOf(node) : language) {
    case 'json-patch': return readJsonPatch(node, type, expression);
    case 'merge-patch':
      if (asObject(node) === undefined) throw structure('A merge patch of a resource is an object', { expression: place.body });
      return (resource) => mergePatch(resource, node);
    default:
      if (asString(memberOf(node, 'resourceType')) !== 'Parameters') {
        throw structure(`A patch of type "${mediaType}" is a Parameters resource; a JSON Patch is of type "application/json-patch+json"`, { expression: place.body });
      }
      return readFhirPathPatch(node, type, context.definitions, expression ?? 'Parameters');
  }
}

function languageOf(node: JsonNode): PatchLanguage {
  if (asArray(node) !== undefined) return 'json-patch';
  return asString(memberOf(node, 'resourceType')) === 'Parameters' ? 'fhirpath-patch' : 'merge-patch';
}
