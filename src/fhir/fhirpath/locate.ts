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

/**
 * What one patch asks for: a part of the tree that it has not changed is not parsed again for the next criterion.
 * @param type of the resource
 */
export function createLocate(type: string, definitions: Definitions): Locate {
  const root = rootOf(type, definitions);
  const values = new WeakMap<JsonNode, JsonValue>();
  const parsed = (node: JsonNode): JsonValue => {
    let value = values.get(node);
    if (value === undefined) {
      // Numbers are compared by value, so that their text is of no use here, but cheap to keep.
      value = parseJson({ bytes: textOf(node), canonicalNumbers: false });
      values.set(node, value);
    }
    return value;
  };
  return (path, resource) => {
    const start: Location = { steps: [], as: root, place: undefined, element: { value: resource } };

    /** At most the first so many: an index into a long list looks at no more of it. */
    const locate = (node: Node, limit = Number.POSITIVE_INFINITY): Location[] => {
      switch (node.kind) {
        case 'name':
          if (definitions.type(node.name) !== undefined) return specialises(type, node.name, definitions) ? [start] : [];
          return membersOf([start], node.name, definitions, limit);
        case 'variable':
          if (node.name === 'resource') return [start];
          break;
        case 'member': return membersOf(locate(node.of), node.name, definitions, limit);
        case 'index': return locate(node.of, node.index + 1).slice(node.index);
        case 'type':
          if (node.operator === 'as') return ofType(locate(node.of), node.type, definitions);
          break;
        case 'call': return call(node, node.of === undefined ? [start] : locate(node.of, node.name === 'first' ? 1 : undefined));
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
            return membersOf(of, 'extension', definitions)
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
      return of.filter(({ as, element: { value } }) => value !== undefined && criterionOf(as)(parsed(value), parsed(resource) as JsonObject));
    };
    return locate(path);
  };
}

/** The elements of a name in each element; what a primitive has besides its value stands in another object. */
function membersOf(locations: readonly Location[], name: string, definitions: Definitions, limit = Number.POSITIVE_INFINITY): Location[] {
  const found: Location[] = [];
  for (const { steps, as, element } of locations) {
    const object = objectOf(element, { isPrimitive: isPrimitiveType(as.type, definitions) });
    if (object === undefined) continue;
    const of = typeOf(as, object, definitions);
    for (const one of placesOf(of, name, definitions)) {
      const place = { ...one, of };
      const isPrimitive = isPrimitiveType(place.as.type, definitions);
      const { items, isArray } = elementsOf(object, place.key);
      for (let n = 0; n < items.length; n++) {
        if (found.length >= limit) return found;
        const item = items[n]!;
        if (isThere(item)) found.push({ steps: [...steps, { key: place.key, index: isArray ? n : undefined, isPrimitive }], as: place.as, place, element: item });
      }
    }
  }
  return found;
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
