/**
 * Compiles search expressions to closures over parsed resources. R4: searchparameter.html#expression, fhirpath.html.
 *
 * Element types are known from the definitions when an expression is compiled, so that a step is a look-up of one key (or of a
 * choice's few keys), and each value comes out with its FHIR type. Every step is compiled knowing the step that follows it and hands
 * each value straight on: no list is made between them. (Lists between the steps took three times as long.)
 */
import type { Definitions } from '../definitions.ts';
import { isObject, JsonNumber, type JsonObject, type JsonValue } from '../json/value.ts';
import { referencedType } from '../reference.ts';
import { ExpressionError, parseExpression, type Node } from './parse.ts';
import { placesOf, rootOf, specialises, type Place, type Static } from './statics.ts';

/** A value with its FHIR type. */
export interface TypedValue extends Static {
  readonly value: JsonValue;
}

/** Gives the values of an expression, in document order. */
export type Extractor = (resource: JsonObject) => TypedValue[];

/** Like {@link Extractor}, from one element of the resource: components of a composite. */
export type ElementExtractor = (element: TypedValue, resource: JsonObject) => TypedValue[];

/** Takes one value at a point of an expression; what comes out at the end is added to `out`. */
type Step = (value: JsonValue, as: Static, resource: JsonObject, out: TypedValue[]) => void;

interface Compiled {
  readonly statics: readonly Static[];
  /** @returns the step that begins the expression, given the one that takes its values */
  to(next: Step): Step;
}

/** Gives the values that an expression has on one input. */
type Evaluate = (value: JsonValue, as: Static, resource: JsonObject) => TypedValue[];

const collect: Step = (value, { type, valueSet, elements }, _resource, out) => void out.push({ type, value, valueSet, elements });

function evaluation({ to }: Compiled): Evaluate {
  const run = to(collect);
  return (value, as, resource) => {
    const out: TypedValue[] = [];
    run(value, as, resource, out);
    return out;
  };
}

/**
 * @param type the resource type whose parts of the expression are wanted
 * @throws ExpressionError where the expression cannot be compiled
 */
export function compileExpression(expression: string, type: string, definitions: Definitions): Extractor {
  const root = rootOf(type, definitions);
  const run = evaluation(compile(parseExpression(expression), [root], root, definitions, true));
  return (resource) => run(resource, root, resource);
}

/**
 * @param statics what the elements can be that it is evaluated on
 * @throws ExpressionError where the expression cannot be compiled
 */
export function compileElementExpression(expression: string, type: string, statics: readonly Static[], definitions: Definitions): ElementExtractor {
  const run = evaluation(compile(parseExpression(expression), statics, rootOf(type, definitions), definitions, false));
  return (element, resource) => run(element.value, element, resource);
}

/**
 * @param as what the element is that it is evaluated on
 * @returns whether an element of the resource meets it
 * @throws ExpressionError where the criterion cannot be compiled
 */
export function compileCriterion(criterion: Node, as: Static, root: Static, definitions: Definitions): (value: JsonValue, resource: JsonObject) => boolean {
  const run = evaluation(compile(criterion, [as], root, definitions, false));
  return (value, resource) => isTrue(run(value, as, resource));
}

/** What an expression's values can be: for the components of a composite. */
export function staticTypes(expression: string, type: string, definitions: Definitions): readonly Omit<TypedValue, 'value'>[] {
  const root = rootOf(type, definitions);
  return compile(parseExpression(expression), [root], root, definitions, true).statics;
}

const boolean: Static = { type: 'boolean', valueSet: undefined, elements: undefined };
const system: Static = { ...boolean, type: 'System' };
const isTrue = (values: readonly TypedValue[]): boolean => values.length === 1 && values[0]!.value === true;

/** The input itself. */
const self = (statics: readonly Static[]): Compiled => ({ statics, to: (next) => next });
const nothing: Compiled = { statics: [], to: () => () => {} };
/** One value that does not follow from the input's own members. */
const single = (as: Static, evaluate: (value: JsonValue, as: Static, resource: JsonObject) => JsonValue | undefined): Compiled => ({
  statics: [as],
  to: (next) => (value, from, resource, out) => {
    const result = evaluate(value, from, resource);
    if (result !== undefined) next(result, as, resource, out);
  },
});
/** Those values that a test lets through. */
const filter = (of: Compiled, statics: readonly Static[], test: (value: JsonValue, as: Static, resource: JsonObject) => boolean): Compiled => ({
  statics,
  to: (next) => of.to((value, as, resource, out) => {
    if (test(value, as, resource)) next(value, as, resource, out);
  }),
});

function compile(node: Node, input: readonly Static[], root: Static, definitions: Definitions, isStart: boolean): Compiled {
  const inner = (child: Node): Compiled => compile(child, input, root, definitions, isStart);
  switch (node.kind) {
    case 'literal':
      return single(system, () => node.value);
    case 'variable':
      if (node.name !== 'resource') throw new ExpressionError(`%${node.name} is not known`);
      return single(root, (_value, _as, resource) => resource);
    case 'name':
      if (node.name === '$this') return self(input);
      // A path starts with the name of a type: the resource's own, one that it specialises, or another base of the parameter.
      if (isStart && definitions.type(node.name) !== undefined) return specialises(root.type, node.name, definitions) ? self(input) : nothing;
      return member(self(input), node.name, definitions);
    case 'member':
      return member(inner(node.of), node.name, definitions);
    case 'index':
      return nth(inner(node.of), node.index);
    case 'type':
      return byType(inner(node.of), node.operator, node.type, definitions);
    case 'binary':
      return operate(node.operator, inner(node.left), inner(node.right));
    case 'call':
      return call(node, node.of === undefined ? self(input) : inner(node.of), root, definitions);
  }
}

function nth(of: Compiled, index: number): Compiled {
  const all = evaluation(of);
  return {
    statics: of.statics,
    to: (next) => (value, as, resource, out) => {
      const found = all(value, as, resource)[index];
      if (found !== undefined) next(found.value, found, resource, out);
    },
  };
}

/** Those that differ in one of the parts: a choice within a choice would else come to the square of its types. */
function distinct(statics: readonly Static[], partsOf: (one: Static) => readonly unknown[]): Static[] {
  const found: Static[] = [];
  for (const one of statics) {
    const parts = partsOf(one);
    if (!found.some((other) => partsOf(other).every((part, n) => part === parts[n]))) found.push(one);
  }
  return found;
}

const distinctStatics = (statics: readonly Static[]): Static[] => distinct(statics, ({ type, elements, valueSet }) => [type, elements, valueSet]);

type PlaceOf = Pick<Place, 'key' | 'as'> & { readonly of: Static };

function member(of: Compiled, name: string, definitions: Definitions): Compiled {
  const froms = distinct(of.statics, ({ type, elements }) => [type, elements]);
  const places = froms.flatMap((from) => placesOf(from, name, definitions).map(({ key, as }): PlaceOf => ({ key, as, of: from })));
  const isOneType = froms.length === 1;
  return {
    statics: distinctStatics(places.map(({ as }) => as)),
    to(next) {
      const take = (object: JsonObject, { key, as }: PlaceOf, resource: JsonObject, out: TypedValue[]): void => {
        const child = Object.hasOwn(object, key) ? object[key] : undefined;
        if (child === undefined || child === null) return;
        if (!Array.isArray(child)) next(child, as, resource, out);
        else for (const element of child) if (element !== null) next(element, as, resource, out);
      };
      const [first] = places;
      // Nearly always one type with one key: nothing to be looked up by type.
      if (isOneType && places.length === 1) {
        return of.to((value, _as, resource, out) => {
          if (isObject(value)) take(value, first!, resource, out);
        });
      }
      return of.to((value, as, resource, out) => {
        if (!isObject(value)) return;
        for (const place of places) {
          if (isOneType || (place.of.type === as.type && place.of.elements === as.elements)) take(value, place, resource, out);
        }
      });
    },
  };
}

/** `as`, `is` and ofType: type names are compared without case, since expressions in use say DateTime. */
function byType(of: Compiled, operator: 'is' | 'as', name: string, definitions: Definitions): Compiled {
  const wanted = name.toLowerCase();
  const isWanted = (type: string): boolean => type.toLowerCase() === wanted || specialises(type, name, definitions);
  // What each of the possible types comes to is known now; only a Resource says its type itself.
  const known = new Map(of.statics.map(({ type }) => [type, isWanted(type)]));
  const fits = (value: JsonValue, { type }: Static): boolean =>
    type === 'Resource' && isObject(value) ? isWanted(String(value['resourceType'])) : known.get(type) ?? isWanted(type);
  if (operator === 'as') return filter(of, of.statics.filter(({ type }) => type === 'Resource' || isWanted(type)), fits);
  const all = evaluation(of);
  return single(boolean, (value, as, resource) => {
    const [first] = all(value, as, resource);
    return first === undefined ? undefined : fits(first.value, first);
  });
}

function operate(operator: '|' | '=' | '!=' | 'and' | 'or', left: Compiled, right: Compiled): Compiled {
  if (operator === '|') {
    return {
      statics: distinctStatics([...left.statics, ...right.statics]),
      to(next) {
        if (left.statics.length === 0) return right.to(next);
        if (right.statics.length === 0) return left.to(next);
        const [first, second] = [left.to(next), right.to(next)];
        return (value, as, resource, out) => {
          first(value, as, resource, out);
          second(value, as, resource, out);
        };
      },
    };
  }
  const [one, other] = [evaluation(left), evaluation(right)];
  switch (operator) {
    case 'and':
      return single(boolean, (value, as, resource) => isTrue(one(value, as, resource)) && isTrue(other(value, as, resource)));
    case 'or':
      return single(boolean, (value, as, resource) => isTrue(one(value, as, resource)) || isTrue(other(value, as, resource)));
    default:
      return single(boolean, (value, as, resource) => {
        const [a, b] = [one(value, as, resource), other(value, as, resource)];
        if (a.length === 0 || b.length === 0) return undefined;
        const equal = a.length === b.length && a.every((found, n) => plain(found.value) === plain(b[n]!.value));
        return equal === (operator === '=');
      });
  }
}

const plain = (value: JsonValue): unknown => (value instanceof JsonNumber ? Number(value.text) : value);

function call({ name, args }: Node & { kind: 'call' }, of: Compiled, root: Static, definitions: Definitions): Compiled {
  const [argument] = args;
  switch (name) {
    case 'where': {
      if (argument === undefined) break;
      const criterion = evaluation(compile(argument, of.statics, root, definitions, false));
      return filter(of, of.statics, (value, as, resource) => isTrue(criterion(value, as, resource)));
    }
    case 'exists': {
      if (argument !== undefined) break;
      const all = evaluation(of);
      return single(boolean, (value, as, resource) => all(value, as, resource).length > 0);
    }
    case 'first':
      return nth(of, 0);
    case 'ofType':
    case 'as':
      if (argument?.kind === 'name' || argument?.kind === 'member') return byType(of, 'as', argument.name, definitions);
      break;
    case 'is':
      if (argument?.kind === 'name') return byType(of, 'is', argument.name, definitions);
      break;
    case 'extension': {
      if (argument?.kind !== 'literal') break;
      const extensions = member(of, 'extension', definitions);
      return filter(extensions, extensions.statics, (value) => isObject(value) && value['url'] === argument.value);
    }
    case 'resolve':
      return resolved(of);
  }
  throw new ExpressionError(`${name}(${args.length === 0 ? '' : '…'}) is not supported in search expressions`);
}

const anyResource: Static = { type: 'Resource', valueSet: undefined, elements: undefined };

/** Nothing is fetched: all that expressions ask of the result is its type, which the reference names. */
const resolved = (of: Compiled): Compiled => ({
  statics: [anyResource],
  to: (next) => of.to((value, _as, resource, out) => {
    const type = referencedType(value, resource);
    if (type !== undefined) next({ resourceType: type }, anyResource, resource, out);
  }),
});
