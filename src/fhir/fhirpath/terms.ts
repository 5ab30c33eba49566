/** Whether two search expressions mean the same on a type, whatever their spelling. R4: searchparameter.html#expression. */
import type { Definitions } from '../definitions.ts';
import { parseExpression, type Node } from './parse.ts';
import { specialises } from './statics.ts';

/**
 * @returns whether both are unions of the same terms, as far as these are about the type
 * @throws ExpressionError
 */
export function sameTerms(a: string, b: string, type: string, definitions: Definitions): boolean {
  const [one, other] = [termsOf(a, type, definitions), termsOf(b, type, definitions)];
  return one.size === other.size && [...one].every((term) => other.has(term));
}

function termsOf(expression: string, type: string, definitions: Definitions): Set<string> {
  const terms = union(parseExpression(expression)).filter((term) => {
    const { root } = rootOf(term, definitions);
    return root === undefined || specialises(type, root, definitions);
  });
  return new Set(terms.map((term) => JSON.stringify(normal(term, definitions))));
}

const union = (node: Node): Node[] => (node.kind === 'binary' && node.operator === '|' ? [...union(node.left), ...union(node.right)] : [node]);

/** The name of a type that a path begins with. */
function rootOf(node: Node, definitions: Definitions): { root?: string } {
  switch (node.kind) {
    case 'name': return definitions.type(node.name) === undefined ? {} : { root: node.name };
    case 'member': case 'index': case 'type': return rootOf(node.of, definitions);
    case 'call': return node.of === undefined ? {} : rootOf(node.of, definitions);
    default: return {};
  }
}

/** `name` is `Patient.name`, `as(X)` is `ofType(X)` is `as X`. */
function normal(node: Node, definitions: Definitions, isStart = true): unknown {
  const inner = (child: Node): unknown => normal(child, definitions, isStart);
  switch (node.kind) {
    case 'name': return !isStart ? node : definitions.type(node.name) === undefined ? { kind: 'member', of: 'root', name: node.name } : 'root';
    case 'member': case 'index': return { ...node, of: inner(node.of) };
    case 'type': return { kind: 'type', operator: node.operator, of: inner(node.of), type: node.type };
    case 'binary': return { ...node, left: inner(node.left), right: inner(node.right) };
    case 'call': {
      const [argument] = node.args;
      if (node.of !== undefined && (node.name === 'as' || node.name === 'ofType') && argument?.kind === 'name') return { kind: 'type', operator: 'as', of: inner(node.of), type: argument.name };
      return { ...node, of: node.of === undefined ? undefined : inner(node.of), args: node.args.map((one) => normal(one, definitions, false)) };
    }
    default: return node;
  }
}
