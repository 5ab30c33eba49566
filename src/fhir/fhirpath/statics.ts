/** What is known of an expression's values from the definitions alone: types, and the keys that they have in JSON. R4: json.html, formats.html#choice. */
import { choiceName, elementsAt, type Definitions, type ElementDefinition, type Elements } from '../definitions.ts';

/** What a value can be at a point of an expression: known when it is compiled. */
export interface Static {
  /** A FHIR type: `CodeableConcept`, `dateTime`, `Patient`; `BackboneElement` for elements without a type of their own. */
  readonly type: string;
  /** ValueSet of the required binding of the element. */
  readonly valueSet: string | undefined;
  /** What the members of a backbone element are. */
  readonly elements: Elements | undefined;
}

/** A key that an element can have in JSON; a choice has one for each of its types. */
export interface Place {
  readonly key: string;
  readonly as: Static;
  readonly isArray: boolean;
  /** The name of the choice: `value[x]`. */
  readonly choice?: string;
}

export const rootOf = (type: string, definitions: Definitions): Static => ({ type, valueSet: undefined, elements: definitions.type(type)?.elements });

export function specialises(type: string, base: string, definitions: Definitions): boolean {
  for (let name: string | undefined = type; name !== undefined; name = definitions.type(name)?.base) {
    if (name === base) return true;
  }
  return false;
}

/** @returns where the elements of a name are in an object of the type; none where it has no such element */
export function placesOf(from: Static, name: string, definitions: Definitions): Place[] {
  const elements = from.elements ?? definitions.type(from.type)?.elements;
  const element = elements?.get(name);
  if (element !== undefined) return [{ key: name, as: staticOf(element, element.types[0]?.code ?? '', definitions), isArray: element.isArray }];
  const choice = `${name}[x]`;
  const definition = elements?.get(choice);
  if (definition !== undefined) return definition.types.map(({ code }) => placeOf(choice, code, definition, definitions));
  // `valueX` behind an extension is meant as value.ofType(X), and stands so in packages that are in use.
  for (const [key, candidate] of elements ?? []) {
    if (!key.endsWith('[x]')) continue;
    const type = candidate.types.find(({ code }) => choiceName(key, code) === name);
    if (type !== undefined) return [placeOf(key, type.code, candidate, definitions)];
  }
  return [];
}

const placeOf = (choice: string, code: string, element: ElementDefinition, definitions: Definitions): Place =>
  ({ key: choiceName(choice, code), as: staticOf(element, code, definitions), isArray: element.isArray, choice });

function staticOf(element: ElementDefinition, code: string, definitions: Definitions): Static {
  const elements = element.sameAs === undefined ? element.elements : elementsAt(definitions, element.sameAs);
  return { type: code === '' ? 'BackboneElement' : code, valueSet: element.requiredValueSet, elements };
}
