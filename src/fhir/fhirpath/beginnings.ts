/** What a search expression begins with: where a resource has none of that, the expression has no value and need not be evaluated. */
import type { Definitions } from '../definitions.ts';
import { parseExpression, type Node } from './parse.ts';
import { placesOf, rootOf, specialises } from './statics.ts';

/** Functions that give nothing on nothing. */
const strict: ReadonlySet<string> = new Set(['where', 'first', 'ofType', 'as', 'resolve', 'extension']);

type Beginning = readonly string[] | 'resource' | 'unknown';

/**
 * @param type the resource type that it is evaluated on
 * @returns keys of the resource, without one of which the expression has no value there; undefined where it may have one without any
 */
export function beginningsOf(expression: string, type: string, definitions: Definitions): readonly string[] | undefined {
  const root = rootOf(type, definitions);
  const keysOf = (name: string): readonly string[] => placesOf(root, name, definitions).map(({ key }) => key);
  const behind = (of: Beginning, name: string): Beginning => (of === 'resource' ? keysOf(name) : of);
  const beginning = (node: Node): Beginning => {
    switch (node.kind) {
      case 'name':
        if (node.name === '$this') return 'resource';
        if (definitions.type(node.name) === undefined) return keysOf(node.name);
        return specialises(type, node.name, definitions) ? 'resource' : [];
      case 'member':
        return behind(beginning(node.of), node.name);
      case 'index':
        return beginning(node.of);
      case 'type':
        return node.operator === 'as' ? beginning(node.of) : 'unknown';
      case 'call': {
        if (node.of === undefined || !strict.has(node.name)) return 'unknown';
        const of = beginning(node.of);
        return node.name === 'extension' ? behind(of, 'extension') : of;
      }
      case 'binary': {
        if (node.operator !== '|') return 'unknown';
        const [left, right] = [beginning(node.left), beginning(node.right)];
        return typeof left === 'string' || typeof right === 'string' ? 'unknown' : [...new Set([...left, ...right])];
      }
      case 'literal': case 'variable':
        return 'unknown';
    }
  };
  const found = beginning(parseExpression(expression));
  return typeof found === 'string' ? undefined : found;
}
