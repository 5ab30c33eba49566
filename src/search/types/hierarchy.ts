/** `:above` and `:below` on references to types that are part of one another. R4: search.html#reference (location:below=42). */
import type { Definitions, SearchParameter } from '../../fhir/definitions.ts';
import { badValue } from '../../fhir/outcome.ts';
import { isId } from '../../fhir/resource.ts';
import type { Condition } from '../condition.ts';
import type { SearchIndex } from '../extract.ts';
import type { IndexedParameter } from '../parameter.ts';

/** Codes of the parameters that say what a resource is part of. */
const parentCodes = ['partof', 'part-of'];

/** @returns the parameter that makes a hierarchy of a type's resources; undefined where none does */
export const parentOf = (type: string, definitions: Definitions): SearchParameter | undefined =>
  parentCodes.map((code) => definitions.searchParameter(type, code)).find((parameter) => parameter?.target.includes(type) === true && parameter.posted === undefined);

/**
 * @param value one alternative, without escapes
 * @returns undefined where the modifier is another, or the value is a canonical
 * @throws FhirError 400 where the types that the parameter refers to are no hierarchy
 */
export function hierarchyCondition(parameter: IndexedParameter, modifier: string | undefined, value: string, index: SearchIndex): Condition | undefined {
  if (modifier !== 'above' && modifier !== 'below') return undefined;
  const { code, definition } = parameter;
  const local = index.localTarget(value);
  if (local === undefined && !isId(value)) {
    const isCanonical = parameter.types.has('canonical') || parameter.types.has('uri');
    if (modifier === 'below' && isCanonical && /^[a-z][a-z0-9+.-]*:/i.test(value)) return undefined;
    throw badValue(`"${code}:${modifier}" is "${value}", which is neither a resource of this server nor a canonical with a version`);
  }
  const types = local === undefined ? definition.target : [local.type];
  const conditions = types.flatMap((type): Condition[] => {
    // The rows are also those of a parameter that refers to more (unions.ts).
    if (parameter.referencesOf !== parameter.id && !definition.target.includes(type)) return [{ kind: 'any', conditions: [] }];
    const parent = parentOf(type, index.definitions);
    return parent === undefined ? [] : [{ kind: 'hierarchy', param: parameter.referencesOf, direction: modifier, parent: index.parameter(type, parent.code)!.referencesOf, type, id: local?.id ?? value }];
  });
  if (conditions.length === 0) throw badValue(`"${code}:${modifier}" is "${value}": ${types.slice(0, 5).join(', ')} is not part of another of its type`);
  return conditions.length === 1 ? conditions[0]! : { kind: 'any', conditions };
}
