/**
 * Compiles search expressions to closures over parsed resources. R4: searchparameter.html#expression, fhirpath.html.
 *
 * Element types are known from the definitions when an expression is compiled, so that a step is a look-up of one key (or of a
 * choice's few keys), and each value comes out with its FHIR type.
 */
import { choiceName, elementsAt, type Definitions, type ElementDefinition, type Elements } from '../definitions.ts';
import { isObject, JsonNumber, type JsonObject, type JsonValue } from '../json/value.ts';
import { referencedType } from '../reference.ts';
import { ExpressionError, parseExpression, type Node } from './parse.ts';

/** A value with its FHIR type. */
export interface TypedValue {
  /** A FHIR type: `CodeableConcept`, `dateTime`, `Patient`; `BackboneElement` for elements without a type of their own. */
  readonly type: string;
  readonly value: JsonValue;
  /** ValueSet of the required binding of the element. */
  readonly valueSet: string | undefined;
  /** What the members of a backbone element are. */
  readonly elements: Elements | undefined;
}

/** Gives the values of an expression, in document order. */
export type Extractor = (resource: JsonObject) => TypedValue[];

/** Like {@link Extractor}, from one element of the resource: components of a composite. */
export type ElementExtractor = (element: TypedValue, resource: JsonObject) => TypedValue[];

type Step = (input: readonly TypedValue[], resource: TypedValue) => TypedValue[];

/** What a value can be at a point of an expression: known when it is compiled. */
type Static = Omit<TypedValue, 'value'>;

interface Compiled {
  readonly statics: readonly Static[];
  readonly run: Step;
}

/**
 * @param type the resource type whose parts of the expression are wanted
 * @throws ExpressionError where the expression cannot be compiled
 */
export function compileExpression(expression: string, type: string, definitions: Definitions): Extractor {
  const root: Static = { type, valueSet: undefined, elements: definitions.type(type)?.elements };
  const { run } = compile(parseExpression(expression), [root], root, definitions, true);
  return (resource) => {
    const start: TypedValue = { ...root, value: resource };
    return run([start], start);
  };
}

/**
 * @param statics what the elements can be that it is evaluated on
 * @throws ExpressionError where the expression cannot be compiled
 */
export function compileElementExpression(expression: string, type: string, statics: readonly Static[], definitions: Definitions): ElementExtractor {
  const root: Static = { type, valueSet: undefined, elements: definitions.type(type)?.elements };
  const { run } = compile(parseExpression(expression), statics, root, definitions, false);
  return (element, resource) => run([element], { ...root, value: resource });
}

/** What an expression's values can be: for the components of a composite. */
export function staticTypes(expression: string, type: string, definitions: Definitions): readonly Omit<TypedValue, 'value'>[] {
  const root: Static = { type, valueSet: undefined, elements: definitions.type(type)?.elements };
  return compile(parseExpression(expression), [root], root, definitions, true).statics;
}

const boolean: Static = { type: 'boolean', valueSet: undefined, elements: undefined };
const truth = (value: boolean): TypedValue[] => [{ ...boolean, value }];
const isTrue = (values: readonly TypedValue[]): boolean => values.length === 1 && values[0]!.value === true;

function compile(node: Node, input: readonly Static[], root: Static, definitions: Definitions, isStart: boolean): Compiled {
  const inner = (child: Node): Compiled => compile(child, input, root, definitions, isStart);
  switch (node.kind) {
    case 'literal':
      return { statics: [{ ...boolean, type: 'System' }], run: () => [{ ...boolean, type: 'System', value: node.value }] };
    case 'variable':
      if (node.name !== 'resource') throw new ExpressionError(`%${node.name} is not known`);
      return { statics: [root], run: (_values, resource) => [resource] };
    case 'name':
      // A path starts with the name of a type: the resource's own, one that it specialises, or another base of the parameter.
      if (isStart && definitions.type(node.name) !== undefined) {
        return specialises(root.type, node.name, definitions) ? { statics: input, run: (values) => [...values] } : { statics: [], run: () => [] };
      }
      return member({ statics: input, run: (values) => [...values] }, node.name, definitions);
    case 'member':
      return member(inner(node.of), node.name, definitions);
    case 'index': {
      const of = inner(node.of);
      return { statics: of.statics, run: (values, resource) => of.run(values, resource).slice(node.index, node.index + 1) };
    }
    case 'type':
      return byType(inner(node.of), node.operator, node.type, definitions);
    case 'binary':
      return operate(node.operator, inner(node.left), inner(node.right));
    case 'call':
      return call(node, node.of === undefined ? { statics: input, run: (values) => [...values] } : inner(node.of), root, definitions);
  }
}

function specialises(type: string, base: string, definitions: Definitions): boolean {
  for (let name: string | undefined = type; name !== undefined; name = definitions.type(name)?.base) {
    if (name === base) return true;
  }
  return false;
}

function member(of: Compiled, name: string, definitions: Definitions): Compiled {
  const steps = new Map<Static, { key: string; as: Static }[]>();
  const statics: Static[] = [];
  const places: { key: string; as: Static; of: Static }[] = [];
  for (const from of of.statics) {
    const found = keysOf(from, name, definitions);
    steps.set(from, found);
    for (const place of found) places.push({ ...place, of: from });
    statics.push(...found.map(({ as }) => as));
  }
  // Nearly always one type with one key: no look-up by type at run time.
  const only = of.statics.length === 1 ? places : undefined;
  return {
    statics,
    run(values, resource) {
      const result: TypedValue[] = [];
      for (const value of of.run(values, resource)) {
        if (!isObject(value.value)) continue;
        const object = value.value;
        for (const place of only ?? places) {
          if (only === undefined && (place.of.type !== value.type || place.of.elements !== value.elements)) continue;
          const child = Object.hasOwn(object, place.key) ? object[place.key] : undefined;
          if (child === undefined || child === null) continue;
          if (Array.isArray(child)) {
            for (const element of child) if (element !== null) result.push(typed(place.as, element));
          } else result.push(typed(place.as, child));
        }
      }
      return result;
    },
  };
}

const typed = ({ type, valueSet, elements }: Static, value: JsonValue): TypedValue => ({ type, value, valueSet, elements });

function keysOf(from: Static, name: string, definitions: Definitions): { key: string; as: Static }[] {
  const elements = from.elements ?? definitions.type(from.type)?.elements;
  const element = elements?.get(name);
  if (element !== undefined) return [{ key: name, as: staticOf(element, element.types[0]?.code ?? '', definitions) }];
  const choice = elements?.get(`${name}[x]`);
  if (choice !== undefined) return choice.types.map(({ code }) => ({ key: choiceName(`${name}[x]`, code), as: staticOf(choice, code, definitions) }));
  // `valueX` behind an extension is meant as value.ofType(X), and stands so in packages that are in use.
  for (const [choiceKey, definition] of elements ?? []) {
    if (!choiceKey.endsWith('[x]')) continue;
    const type = definition.types.find(({ code }) => choiceName(choiceKey, code) === name);
    if (type !== undefined) return [{ key: name, as: staticOf(definition, type.code, definitions) }];
  }
  return [];
}

function staticOf(element: ElementDefinition, code: string, definitions: Definitions): Static {
  const elements = element.sameAs === undefined ? element.elements : elementsAt(definitions, element.sameAs);
  return { type: code === '' ? 'BackboneElement' : code, valueSet: element.requiredValueSet, elements };
}

/** `as`, `is` and ofType: type names are compared without case, since expressions in use say DateTime. */
function byType(of: Compiled, operator: 'is' | 'as', name: string, definitions: Definitions): Compiled {
  const wanted = name.toLowerCase();
  const fits = (value: TypedValue): boolean => {
    if (value.type.toLowerCase() === wanted) return true;
    const type = value.type === 'Resource' && isObject(value.value) ? String(value.value['resourceType']) : value.type;
    return specialises(type, name, definitions);
  };
  if (operator === 'is') {
    return {
      statics: [boolean],
      run: (values, resource) => {
        const [first] = of.run(values, resource);
        return first === undefined ? [] : truth(fits(first));
      },
    };
  }
  return {
    statics: of.statics.filter(({ type }) => type.toLowerCase() === wanted || type === 'Resource' || specialises(type, name, definitions)),
    run: (values, resource) => of.run(values, resource).filter(fits),
  };
}

function operate(operator: '|' | '=' | '!=' | 'and' | 'or', left: Compiled, right: Compiled): Compiled {
  switch (operator) {
    case '|':
      if (left.statics.length === 0) return right;
      if (right.statics.length === 0) return left;
      return { statics: [...left.statics, ...right.statics], run: (values, resource) => [...left.run(values, resource), ...right.run(values, resource)] };
    case 'and':
      return { statics: [boolean], run: (values, resource) => truth(isTrue(left.run(values, resource)) && isTrue(right.run(values, resource))) };
    case 'or':
      return { statics: [boolean], run: (values, resource) => truth(isTrue(left.run(values, resource)) || isTrue(right.run(values, resource))) };
    case '=':
    case '!=':
      return {
        statics: [boolean],
        run(values, resource) {
          const [a, b] = [left.run(values, resource), right.run(values, resource)];
          if (a.length === 0 || b.length === 0) return [];
          const equal = a.length === b.length && a.every((value, n) => plain(value.value) === plain(b[n]!.value));
          return truth(equal === (operator === '='));
        },
      };
  }
}

const plain = (value: JsonValue): unknown => (value instanceof JsonNumber ? Number(value.text) : value);

function call({ name, args }: Node & { kind: 'call' }, of: Compiled, root: Static, definitions: Definitions): Compiled {
  const [argument] = args;
  switch (name) {
    case 'where': {
      if (argument === undefined) break;
      const criterion = compile(argument, of.statics, root, definitions, false);
      return { statics: of.statics, run: (values, resource) => of.run(values, resource).filter((value) => isTrue(criterion.run([value], resource))) };
    }
    case 'exists':
      if (argument !== undefined) break;
      return { statics: [boolean], run: (values, resource) => truth(of.run(values, resource).length > 0) };
    case 'first':
      return { statics: of.statics, run: (values, resource) => of.run(values, resource).slice(0, 1) };
    case 'ofType':
    case 'as':
      if (argument?.kind === 'name') return byType(of, 'as', argument.name, definitions);
      if (argument?.kind === 'member') return byType(of, 'as', argument.name, definitions);
      break;
    case 'is':
      if (argument?.kind === 'name') return byType(of, 'is', argument.name, definitions);
      break;
    case 'extension': {
      if (argument?.kind !== 'literal') break;
      const extensions = member(of, 'extension', definitions);
      return {
        statics: extensions.statics,
        run: (values, resource) => extensions.run(values, resource).filter(({ value }) => isObject(value) && value['url'] === argument.value),
      };
    }
    case 'resolve':
      // Nothing is fetched: all that expressions ask of the result is its type, which the reference names.
      return {
        statics: [{ type: 'Resource', valueSet: undefined, elements: undefined }],
        run: (values, resource) => of.run(values, resource).flatMap(({ value }) => {
          const type = referencedType(value, resource.value as JsonObject);
          return type === undefined ? [] : [{ type: 'Resource', valueSet: undefined, elements: undefined, value: { resourceType: type } }];
        }),
      };
  }
  throw new ExpressionError(`${name}(${args.length === 0 ? '' : '…'}) is not supported in search expressions`);
}
