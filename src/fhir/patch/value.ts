/** Values of a FHIRPath Patch as elements of the resource that they go into. R4: fhirpatch.html, json.html. */
import { choiceName, type Definitions } from '../definitions.ts';
import { isPrimitiveType, typeOf } from '../fhirpath/locate.ts';
import { placesOf, type Place, type Static } from '../fhirpath/statics.ts';
import { elementsOf, withElements, type ElementNode } from '../json/element.ts';
import { asObject, asString, emptyObject, isNumber, textOf, type JsonNode, type ObjectNode } from '../json/tree.ts';
import { badValue, structure } from '../outcome.ts';
import type { Part } from './parameters.ts';

/**
 * Finds the key of an element, which for a choice follows from the type of its value: `deceased` with a valueBoolean is
 * `deceasedBoolean`.
 * @param name as the patch has it: `deceased`, or `deceasedBoolean`
 * @throws FhirError 400 where there is no such element, or it cannot be of that type
 */
export function placeFor(of: Static, name: string, part: Part, definitions: Definitions): Place {
  const { valueKey, expression } = part;
  const places = placesOf(of, name, definitions);
  if (places.length === 0) throw badValue(`${of.type} has no element "${name.slice(0, 80)}"`, { expression });
  const [place, other] = places;
  if (place!.choice === undefined) return place!;
  if (valueKey === undefined && other === undefined) return place!;
  const fitting = places.find(({ as }) => choiceName('value[x]', as.type) === valueKey);
  if (fitting === undefined) {
    throw badValue(valueKey === undefined ? `"${name}" can be of several types: give it as a value[x]` : `"${name}" is never a ${valueKey.slice('value'.length)}`, { expression });
  }
  return fitting;
}

/**
 * @returns the part's value as an element of that place; its text is kept
 * @throws FhirError 400 where it is of another form
 */
export function elementFor(part: Part, place: Place, definitions: Definitions): ElementNode {
  const { name, parts, resource, value, expression } = part;
  if (resource !== undefined || place.as.type === 'Resource') {
    if (resource === undefined || place.as.type !== 'Resource') throw badValue(`"${name}" is ${resource === undefined ? 'no' : 'a'} resource, and "${place.key}" is ${resource === undefined ? 'one' : 'none'}`, { expression });
    return { value: resource };
  }
  const isPrimitive = isPrimitiveType(place.as.type, definitions);
  if (parts !== undefined) {
    if (isPrimitive) throw badValue(`"${place.key}" has no parts: it is a ${place.as.type}`, { expression });
    return { value: objectFrom(parts, typeOf(place.as, undefined, definitions), expression, definitions) };
  }
  const node = value!.value;
  if (node !== undefined && !fits(node, place.as.type, isPrimitive)) {
    throw badValue(`"${place.key}" is a ${place.as.type}, and the value is of another form`, { expression });
  }
  if (!isPrimitive && value!.more !== undefined) throw structure(`"_${place.key}" is not there: ${place.as.type} is no primitive`, { expression });
  return value!;
}

/** An element without a type of its own, or any other, given by its elements; several parts of a name are a list. */
function objectFrom(parts: readonly Part[], as: Static, expression: string, definitions: Definitions): ObjectNode {
  let object = emptyObject;
  for (const part of parts) {
    const place = placeFor(as, part.name, part, definitions);
    const element = elementFor(part, place, definitions);
    const there = elementsOf(object, place.key).items;
    if (!place.isArray && there.length > 0) throw structure(`"${part.name}" is given twice, and is no list`, { expression });
    object = withElements(object, place.key, { items: [...there, element], isArray: place.isArray });
  }
  return object;
}

const numeric: ReadonlySet<string> = new Set(['integer', 'positiveInt', 'unsignedInt', 'decimal']);

/** Whether JSON writes the type so (json.html#primitive). */
function fits(node: JsonNode, type: string, isPrimitive: boolean): boolean {
  if (!isPrimitive) return asObject(node) !== undefined;
  if (numeric.has(type)) return isNumber(node);
  if (type === 'boolean') return ['true', 'false'].includes(textOf(node).toString('latin1'));
  return asString(node) !== undefined;
}
