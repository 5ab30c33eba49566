/** FHIRPath Patch: operations on elements that expressions select, all or none. R4: fhirpatch.html. */
import type { Definitions } from '../definitions.ts';
import { createLocate, typeOf, isPrimitiveType, type Locate, type Location } from '../fhirpath/locate.ts';
import { ExpressionError, parseExpression, type Node } from '../fhirpath/parse.ts';
import { placesOf } from '../fhirpath/statics.ts';
import { changeObject, elementsOf, objectOf, withElements, type ElementNode, type ElementNodes } from '../json/element.ts';
import { asObject, keyToken, objectNode, type JsonNode, type ObjectNode } from '../json/tree.ts';
import { FhirError, badValue, unprocessable } from '../outcome.ts';
import { integerOf, readOperations, textOfPart, type Operation } from './parameters.ts';
import { limitOperations, type Patch } from './patch.ts';
import { elementFor, placeFor } from './value.ts';

/** What operations need to know. */
interface Setting {
  readonly locate: Locate;
  readonly definitions: Definitions;
}

type Change = (resource: ObjectNode) => ObjectNode;

/**
 * @param parameters a Parameters resource; values in it keep their text
 * @param type of the resource to be patched
 * @param expression where the patch stands: `Parameters`, or `Bundle.entry[3].resource`
 * @throws FhirError 400 naming the parameter that is no operation, 422 for too many
 */
export function readFhirPathPatch(parameters: JsonNode, type: string, definitions: Definitions, expression: string): Patch {
  const setting: Setting = { locate: createLocate(type, definitions), definitions };
  const operations = readOperations(parameters, expression);
  limitOperations(operations.length, expression);
  const changes = operations.map((operation, n) => named(operation, n, changeOf(operation, parsedPath(operation), setting)));
  return (resource) => {
    const object = asObject(resource);
    return object === undefined ? resource : changes.reduce((root, change) => change(root), object);
  };
}

/** Far above any path in use, far below what would exhaust the parser's stack. */
const longestPath = 1_000;

function parsedPath({ path, expression }: Operation): Node {
  if (path.length > longestPath) throw badValue(`The path has ${path.length} characters, and may have ${longestPath}`, { expression });
  try {
    return parseExpression(path);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw badValue(`The path "${path.slice(0, 200)}" cannot be read: ${error.message}`, { expression });
  }
}

/** Adds the operation to what is thrown while it is carried out. */
const named = ({ type, path, expression }: Operation, n: number, change: Change): Change => (resource) => {
  const named = `Operation ${n} (${type} ${path.slice(0, 200)})`;
  try {
    return change(resource);
  } catch (error) {
    if (error instanceof ExpressionError) throw badValue(`${named}: ${error.message}`, { expression });
    if (!(error instanceof FhirError)) throw error;
    throw new FhirError(error.status, error.issues.map((issue) => ({ ...issue, diagnostics: `${named}: ${issue.diagnostics}`, expression: [expression] })));
  }
};

function changeOf(operation: Operation, path: Node, setting: Setting): Change {
  switch (operation.type) {
    case 'add': return add(operation, path, setting);
    case 'insert': return insert(operation, path, setting);
    case 'delete': return remove(path, setting);
    case 'replace': return replace(operation, path, setting);
    case 'move': return move(operation, path, setting);
  }
}

/** @throws FhirError 422 where not exactly one element is selected */
function single(path: Node, resource: ObjectNode, { locate }: Setting): Location {
  const [first, second] = locate(path, resource);
  if (first === undefined) throw unprocessable('the path selects nothing');
  if (second !== undefined) throw unprocessable('the path selects more than one element');
  return first;
}

/** A new element of a name: behind those that are there in a list, else only where there is none yet. */
function add(operation: Operation, path: Node, setting: Setting): Change {
  const { definitions } = setting;
  const [name, value] = [textOfPart(operation.part('name')), operation.part('value')];
  return (resource) => {
    const location = single(path, resource, setting);
    const object = objectOf(location.element, { isPrimitive: isPrimitiveType(location.as.type, definitions) });
    const as = typeOf(location.as, object, definitions);
    const place = placeFor(as, name, value, definitions);
    const element = elementFor(value, place, definitions);
    return changeObject(resource, location.steps, (parent) => {
      const { items } = elementsOf(parent, place.key);
      const others = place.choice === undefined ? [] : placesOf(as, place.choice.slice(0, -3), definitions).flatMap(({ key }) => elementsOf(parent, key).items);
      if (!place.isArray && items.length + others.length > 0) throw unprocessable(`"${name}" is there already, and is no list`);
      return withElements(parent, place.key, { items: [...items, element], isArray: place.isArray });
    });
  };
}

/** The element that a list is of, and the list's key: the list itself may be empty. */
function listAt(path: Node, resource: ObjectNode, setting: Setting): { location: Location; name: string } {
  const name = path.kind === 'member' || path.kind === 'name' ? path.name : undefined;
  if (name === undefined) throw unprocessable('the path is not that of a list');
  const of: Node = path.kind === 'member' ? path.of : { kind: 'variable', name: 'resource' };
  return { location: single(of, resource, setting), name };
}

function changeList(resource: ObjectNode, { location, name }: ReturnType<typeof listAt>, setting: Setting, change: (items: ElementNodes['items']) => ElementNode[]): ObjectNode {
  const { definitions } = setting;
  const object = objectOf(location.element, { isPrimitive: isPrimitiveType(location.as.type, definitions) });
  const [place] = placesOf(typeOf(location.as, object, definitions), name, definitions);
  if (place?.isArray !== true) throw unprocessable(`"${name}" is no list`);
  return changeObject(resource, location.steps, (parent) =>
    withElements(parent, place.key, { isArray: true, items: change(elementsOf(parent, place.key).items) }));
}

function insert(operation: Operation, path: Node, setting: Setting): Change {
  const index = integerOf(operation.part('index'));
  const value = operation.part('value');
  return (resource) => {
    const list = listAt(path, resource, setting);
    const as = typeOf(list.location.as, list.location.element.value && asObject(list.location.element.value), setting.definitions);
    const element = elementFor(value, placeFor(as, list.name, value, setting.definitions), setting.definitions);
    return changeList(resource, list, setting, (items) => {
      requirePlace('index', index, items.length);
      return items.toSpliced(index, 0, element);
    });
  };
}

function move(operation: Operation, path: Node, setting: Setting): Change {
  const [source, destination] = [integerOf(operation.part('source')), integerOf(operation.part('destination'))];
  return (resource) => changeList(resource, listAt(path, resource, setting), setting, (items) => {
    requirePlace('source', source, items.length - 1);
    requirePlace('destination', destination, items.length - 1);
    return items.toSpliced(source, 1).toSpliced(destination, 0, items[source]!);
  });
}

function requirePlace(name: string, index: number, last: number): void {
  if (index > last) throw unprocessable(`"${name}" is ${index}, and the list goes up to ${last}`);
}

/** What is not there need not be deleted (fhirpatch.html). */
const remove = (path: Node, setting: Setting): Change => (resource) => {
  if (setting.locate(path, resource).length === 0) return resource;
  const { steps, place } = single(path, resource, setting);
  if (place === undefined) throw unprocessable('the whole resource cannot be deleted');
  return changeObject(resource, steps.slice(0, -1), (parent) => {
    const { items, isArray } = elementsOf(parent, place.key);
    return withElements(parent, place.key, { isArray, items: items.toSpliced(steps.at(-1)!.index ?? 0, 1) });
  });
};

/** The element as a whole, its id and extensions too; a choice may become one of another type, in its place. */
function replace(operation: Operation, path: Node, setting: Setting): Change {
  const value = operation.part('value');
  return (resource) => {
    const { steps, place } = single(path, resource, setting);
    if (place === undefined) throw unprocessable('the whole resource cannot be replaced');
    const target = placeFor(place.of, place.choice?.slice(0, -3) ?? place.key, value, setting.definitions);
    const element = elementFor(value, target, setting.definitions);
    return changeObject(resource, steps.slice(0, -1), (parent) => {
      const object = target.key === place.key ? parent : renamed(parent, place.key, target.key);
      const { items, isArray } = elementsOf(object, target.key);
      return withElements(object, target.key, { isArray, items: items.with(steps.at(-1)!.index ?? 0, element) });
    });
  };
}

/** The same with another key for an element, which keeps its place. */
function renamed(object: ObjectNode, from: string, to: string): ObjectNode {
  const keys = new Map([[from, to], [`_${from}`, `_${to}`]]);
  return objectNode(object.members.map((member) => {
    const key = keys.get(member.key);
    return key === undefined ? member : { ...member, key, token: keyToken(key) };
  }));
}
