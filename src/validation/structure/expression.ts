/** From a place in the JSON to the FHIRPath of the element there. R4: fhirpath.html, operationoutcome.html. */
import { choiceName, type Definitions, type Elements, elementsAt } from '../../fhir/definitions.ts';
import { isObject, type JsonValue } from '../../fhir/json/value.ts';

/**
 * @param pointer JSON Pointer (RFC 6901) within the resource: `/name/0/_given/1`
 * @param root expression of the resource: `Patient`, `Bundle.entry[3].resource`
 * @returns `Patient.name[0].given[1]`; `value` for `valueQuantity`
 */
export function expressionAt(pointer: string, resource: JsonValue, root: string, definitions: Definitions): string {
  let expression = root;
  let value: JsonValue | undefined = resource;
  let elements: Elements | undefined = elementsOf(resource, definitions);
  const steps = pointer === '' ? [] : pointer.slice(1).split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  for (const step of steps) {
    if (Array.isArray(value)) {
      expression += `[${step}]`;
      value = value[Number(step)];
    } else {
      const found = elements === undefined ? undefined : elementNamed(elements, step.replace(/^_(?=[A-Za-z])/, ''), definitions);
      expression += `.${found?.name ?? step.replace(/^_(?=[A-Za-z])/, '')}`;
      elements = found?.elements;
      value = isObject(value) ? value[step] : undefined;
    }
    // A resource within the resource has the elements of its own type.
    if (isObject(value) && typeof value['resourceType'] === 'string') elements = elementsOf(value, definitions);
  }
  return expression;
}

function elementsOf(resource: JsonValue, definitions: Definitions): Elements | undefined {
  return isObject(resource) && typeof resource['resourceType'] === 'string' ? definitions.type(resource['resourceType'])?.elements : undefined;
}

function elementNamed(elements: Elements, key: string, definitions: Definitions): { name: string; elements: Elements | undefined } | undefined {
  const inside = (code: string | undefined): Elements | undefined => (code === undefined ? undefined : definitions.type(code)?.elements);
  const own = elements.get(key);
  if (own !== undefined) return { name: key, elements: own.elements ?? (own.sameAs === undefined ? inside(own.types[0]?.code) : elementsAt(definitions, own.sameAs)) };
  for (const [name, { types }] of elements) {
    if (!name.endsWith('[x]') || !key.startsWith(name.slice(0, -3))) continue;
    const type = types.find(({ code }) => choiceName(name, code) === key);
    if (type !== undefined) return { name: name.slice(0, -3), elements: inside(type.code) };
  }
  return undefined;
}
