/**
 * Bounds on expressions that come from outside: what they cost on a resource is then at most some hundred times its size. R4's own longest
 * has 224 steps.
 */
import { ExpressionError, parseExpression, type Node } from '../fhir/fhirpath/parse.ts';

const mostCharacters = 4_000;
const mostSteps = 400;
const deepest = 20;

/** @throws ExpressionError where the expression is longer or deeper than it may be, or looks at the whole resource for each of its elements */
export function checkCost(expression: string): void {
  if (expression.length > mostCharacters) throw new ExpressionError(`it has more than ${mostCharacters} characters`);
  // Before it is parsed: the parser goes as deep as the parentheses.
  let depth = 0;
  for (const character of expression) {
    if (character === '(' || character === '[') depth++;
    else if (character === ')' || character === ']') depth--;
    if (depth > deepest) throw new ExpressionError(`it has more than ${deepest} parentheses inside of each other`);
  }
  const steps = countSteps(parseExpression(expression), false);
  if (steps > mostSteps) throw new ExpressionError(`it has more than ${mostSteps} steps`);
}

function countSteps(node: Node, isInside: boolean): number {
  switch (node.kind) {
    case 'variable':
      if (isInside) throw new ExpressionError(`%${node.name} inside of parentheses would be evaluated for each element`);
      return 1;
    case 'member': case 'index': case 'type': return 1 + countSteps(node.of, isInside);
    case 'binary': return 1 + countSteps(node.left, isInside) + countSteps(node.right, isInside);
    case 'call': return 1 + (node.of === undefined ? 0 : countSteps(node.of, isInside)) + node.args.reduce((sum, one) => sum + countSteps(one, true), 0);
    default: return 1;
  }
}
