/** The literal references of a resource: what stands in Reference.reference. R4: references.html#literal. */
import { isObject, type JsonObject, type JsonValue } from './json/value.ts';

/** Members named `reference` that are uris and no references: everywhere else R4 has only Reference.reference under that name. */
const isUri = (container: JsonObject, key: string | undefined): boolean => container['resourceType'] !== undefined || key === 'education';

/**
 * Visits every literal reference of the resource itself. Resources inside of it have references of their own: those of a Bundle and of
 * Parameters belong to them, those of `contained` are visited by `visitContained`.
 * @param visit gets the text, and the steps that lead to it from the resource: keys, and places in arrays
 */
export function visitReferences(resource: JsonObject, visit: (text: string, steps: readonly (string | number)[]) => void): void {
  const steps: (string | number)[] = [];
  const within = (value: JsonValue, key: string | undefined): void => {
    if (Array.isArray(value)) {
      for (let n = 0; n < value.length; n++) {
        steps.push(n);
        within(value[n]!, key);
        steps.pop();
      }
    } else if (isObject(value)) {
      if (steps.length > 0 && typeof value['resourceType'] === 'string') return;
      for (const name in value) {
        const member = value[name]!;
        if (typeof member === 'object') {
          steps.push(name);
          within(member, name);
          steps.pop();
        } else if (name === 'reference' && typeof member === 'string' && !isUri(value, key)) visit(member, steps);
      }
    }
  };
  within(resource, undefined);
}

/** As {@link visitReferences}, and those of the contained resources. */
export function visitAllReferences(resource: JsonObject, visit: (text: string, steps: readonly (string | number)[]) => void): void {
  visitReferences(resource, visit);
  const { contained } = resource;
  if (!Array.isArray(contained)) return;
  contained.forEach((one, n) => {
    if (isObject(one)) visitReferences(one, (text, steps) => visit(text, ['contained', n, ...steps]));
  });
}

/** @returns the FHIRPath of an element: `Patient.generalPractitioner[0]` */
export const expressionOf = (resource: string, steps: readonly (string | number)[]): string =>
  steps.reduce<string>((path, step) => (typeof step === 'number' ? `${path}[${step}]` : `${path}.${step}`), resource);
