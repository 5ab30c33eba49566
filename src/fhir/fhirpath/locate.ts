/**
 * Where the elements are that an expression gives: FHIRPath on a resource's tree. R4: fhirpatch.html, fhirpath.html.
 *
 * Steps are taken here, since they must say where they lead; what stands in where(…) only decides, and is compiled as in search
 * expressions.
 */
import type { Definitions } from '../definitions.ts';
import { elementsOf, isThere, objectOf, type ElementNode, type ElementStep } from '../json/element.ts';
import { asObject, asString, memberOf, textOf, type JsonNode, type ObjectNode } from '../json/tree.ts';
import { parseJson, type JsonObject, type JsonValue } from '../json/value.ts';
import { compileCriterion } from './compile.ts';
import { ExpressionError, type Node } from './parse.ts';
import { placesOf, rootOf, specialises, type Place, type Static } from './statics.ts';

/** An element of a resource. */
export interface Location {
  /** From the resource to the element; none for the resource itself. */
  readonly steps: readonly ElementStep[];
  readonly as: Static;
  /** What the element is in the one that it stands in; undefined for the resource itself. */
  readonly place: (Place & { readonly of: Static }) | undefined;
  readonly element: ElementNode;
}

/** @returns the locations of an expression's elements, in document order; throws ExpressionError for what is no path */
export type Locate = (path: Node, resource: ObjectNode) => Location[];

/** @param type of the resource */
export function createLocate(type: string, definitions: Definitions): Locate {
  const root = rootOf(type, definitions);
  return (path, resource) => {
    const start: Location = { steps: [], as: root, place: undefined, element: { value: resource } };
    let known: JsonObject | undefined;
    const whole = (): JsonObject => (known ??= parsed(resource) as JsonObject);

    const locate = (node: Node, isStart: boolean): Location[] => {
      switch (node.kind) {
        case 'name':
          if (isStart && definitions.type(node.name) !== undefined) return specialises(type, node.name, definitions) ? [start] : [];
          return membersOf(start, node.name, definitions);
        case 'variable':
          if (node.name === 'resource') return [start];
          break;
        case 'member': return locate(node.of, isStart).flatMap((location) => membersOf(location, node.name, definitions));
        case 'index': return locate(node.of, isStart).slice(node.index, node.index + 1);
        case 'type':
          if (node.operator === 'as') return ofType(locate(node.of, isStart), node.type, definitions);
          break;
        case 'call': return call(node, node.of === undefined ? [start] : locate(node.of, isStart));
        case 'literal':
        case 'binary':
      }
      throw new ExpressionError('it is not the path of an element');
    };

    const call = ({ name, args }: Node & { kind: 'call' }, of: readonly Location[]): Location[] => {
      const [argument, more] = args;
      if (argument === undefined) {
        switch (name) {
          case 'first': return of.slice(0, 1);
          case 'last': return of.slice(-1);
        }
      } else if (more === undefined) {
        switch (name) {
          case 'where': return where(of, argument);
          case 'ofType': case 'as':
            if (argument.kind === 'name' || argument.kind === 'member') return ofType(of, argument.name, definitions);
            break;
          case 'extension':
            if (argument.kind !== 'literal') break;
            return of.flatMap((location) => membersOf(location, 'extension', definitions))
              .filter(({ element }) => asString(element.value && memberOf(element.value, 'url')) === argument.value);
        }
      }
      throw new ExpressionError(`${name}(${args.length === 0 ? '' : '…'}) is not supported in patches`);
    };

    const where = (of: readonly Location[], argument: Node): Location[] => {
      const compiled = new Map<Static, ReturnType<typeof compileCriterion>>();
      const criterionOf = (as: Static): ReturnType<typeof compileCriterion> => {
        const criterion = compiled.get(as) ?? compileCriterion(argument, as, root, definitions);
        compiled.set(as, criterion);
        return criterion;
      };
      return of.filter(({ as, element: { value } }) => value !== undefined && criterionOf(as)(parsed(value), whole()));
    };
    return locate(path, true);
  };
}

/** Numbers are compared by value, so that their text is of no use here, but cheap to keep. */
const parsed = (node: JsonNode): JsonValue => parseJson({ bytes: textOf(node), canonicalNumbers: false });

/** The elements of a name in one element; what a primitive has besides its value stands in another object. */
function membersOf({ steps, as, element }: Location, name: string, definitions: Definitions): Location[] {
  const isPrimitive = isPrimitiveType(as.type, definitions);
  const object = objectOf(element, { isPrimitive });
  if (object === undefined) return [];
  const of = typeOf(as, object, definitions);
  return placesOf(of, name, definitions).flatMap((place): Location[] => {
    const { items, isArray } = elementsOf(object, place.key);
    const isLeaf = isPrimitiveType(place.as.type, definitions);
    return items.flatMap((item, n) => (isThere(item)
      ? [{ steps: [...steps, { key: place.key, index: isArray ? n : undefined, isPrimitive: isLeaf }], as: place.as, place: { ...place, of }, element: item }]
      : []));
  });
}

/** The type of id in datatypes is a system type of FHIRPath. */
export const isPrimitiveType = (type: string, definitions: Definitions): boolean => type.startsWith('System.') || definitions.type(type)?.kind === 'primitive-type';

/** A resource inside of another one says its type itself; a primitive's other object holds what every element has. */
export function typeOf(as: Static, object: ObjectNode | undefined, definitions: Definitions): Static {
  if (as.type === 'Resource') return rootOf(asString(object && memberOf(object, 'resourceType')) ?? 'Resource', definitions);
  return isPrimitiveType(as.type, definitions) ? rootOf('Element', definitions) : as;
}

/** Type names are compared without case, as in search expressions. */
const ofType = (of: readonly Location[], name: string, definitions: Definitions): Location[] =>
  of.filter(({ as, element }) => {
    const { type } = as.type === 'Resource' ? typeOf(as, element.value && asObject(element.value), definitions) : as;
    return type.toLowerCase() === name.toLowerCase() || specialises(type, name, definitions);
  });
