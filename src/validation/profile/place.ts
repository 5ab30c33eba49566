/** Where a value stands in a resource, linked to what is around it, so that its expression is written only where an issue needs it. */
export interface Place {
  readonly parent: Place | undefined;
  /** The property in JSON: `name`, `valueQuantity`; for a resource its type. */
  readonly name: string;
  /** The element's name where the property is a choice's: `value`. */
  readonly choice: string | undefined;
  /** -1 where the element does not repeat. */
  readonly index: number;
  /** The type of the value; undefined for what stands in a list that is not typed. */
  readonly type: string | undefined;
  readonly value: unknown;
}

export const rootPlace = (type: string, value: unknown): Place => ({ parent: undefined, name: type, choice: undefined, index: -1, type, value });

/** @returns FHIRPath of the place: `Patient.name[0].family` */
export function expressionOf({ parent, name, choice, index }: Place): string {
  const own = index === -1 ? (choice ?? name) : `${choice ?? name}[${index}]`;
  return parent === undefined ? own : `${expressionOf(parent)}.${own}`;
}

/** @returns the path of the element within the resource that holds it, as definitions write it: `Observation.component.value[x]` */
export function elementPathOf({ parent, name, choice, type }: Place): string {
  const isResource = parent === undefined || (type !== undefined && (name === 'contained' || name === 'resource') && /^[A-Z]/.test(type));
  if (isResource) return type ?? name;
  return `${elementPathOf(parent)}.${choice === undefined ? name : `${choice}[x]`}`;
}
