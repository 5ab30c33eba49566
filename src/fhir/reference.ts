/** What a Reference says of its target. R4: references.html#literal. */
import { isObject, type JsonObject, type JsonValue } from './json/value.ts';

/** A reference to a resource by type and id; `base` is there when it is absolute. */
export interface LiteralReference {
  readonly type: string;
  readonly id: string;
  readonly base?: string;
  readonly version?: string;
}

const literalForm = /^(?:(https?:\/\/.+?|\.\.?)\/)?([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?(?:#.*)?$/;

/** @returns the parts of a relative or absolute reference to a RESTful resource; undefined for anything else */
export function parseReference(text: string): LiteralReference | undefined {
  const match = literalForm.exec(text);
  if (match === null) return undefined;
  const [, base, type, id, version] = match;
  return { type: type!, id: id!, ...(base !== undefined && { base }), ...(version !== undefined && { version }) };
}

/**
 * The type of a Reference's target as far as the reference itself tells.
 * @param container the resource that the reference stands in, for `#id`
 */
export function referencedType(reference: JsonValue, container: JsonObject): string | undefined {
  if (!isObject(reference)) return undefined;
  const { reference: text, type } = reference;
  if (typeof text === 'string') {
    if (text.startsWith('#')) return containedType(text.slice(1), container);
    const literal = parseReference(text);
    if (literal !== undefined) return literal.type;
    const conditional = /^([A-Z][A-Za-z]+)\?/.exec(text);
    if (conditional !== null) return conditional[1];
  }
  return typeof type === 'string' ? type.slice(type.lastIndexOf('/') + 1) : undefined;
}

function containedType(id: string, container: JsonObject): string | undefined {
  if (id === '') return String(container['resourceType']);
  const { contained } = container;
  if (!Array.isArray(contained)) return undefined;
  const found = contained.find((resource) => isObject(resource) && resource['id'] === id);
  return isObject(found) && typeof found['resourceType'] === 'string' ? found['resourceType'] : undefined;
}
