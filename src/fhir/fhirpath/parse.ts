/**
 * Parses the part of FHIRPath that search expressions and patches use. FHIRPath N1 (hl7.org/fhirpath), R4: fhirpath.html, searchparameter.html.
 */

export type Node =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'member'; readonly of: Node; readonly name: string }
  | { readonly kind: 'call'; readonly of: Node | undefined; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'index'; readonly of: Node; readonly index: number }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Node; readonly right: Node }
  | { readonly kind: 'type'; readonly operator: 'is' | 'as'; readonly of: Node; readonly type: string };

export type Operator = '|' | '=' | '!=' | 'and' | 'or';

/** An expression that this server cannot compile, with the reason. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'variable' | 'symbol' | 'end';
  readonly text: string;
  readonly at: number;
}

const tokenForm = /\s*(?:(?<name>[A-Za-z_][A-Za-z0-9_]*|\$this|`[^`]+`)|'(?<string>(?:[^'\\]|\\.)*)'|(?<number>\d+(?:\.\d+)?)|%(?<variable>[A-Za-z]+)|(?<symbol>!=|[.()[\]|=,]))/y;

function tokens(expression: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < expression.trimEnd().length) {
    tokenForm.lastIndex = at;
    const match = tokenForm.exec(expression);
    if (match === null) throw new ExpressionError(`"${expression.slice(at, at + 20)}" at ${at} is not understood`);
    const [kind, text] = Object.entries(match.groups!).find(([, value]) => value !== undefined) as [Token['kind'], string];
    found.push({ kind, text: kind === 'name' ? text.replaceAll('`', '') : kind === 'string' ? text.replace(/\\(.)/g, '$1') : text, at });
    at = tokenForm.lastIndex;
  }
  found.push({ kind: 'end', text: '', at });
  return found;
}

/** Loosest first (FHIRPath N1, operator precedence). */
const precedence: Readonly<Record<string, number>> = { or: 1, and: 2, '=': 4, '!=': 4, '|': 6, is: 7, as: 7 };

/** @throws ExpressionError */
export function parseExpression(expression: string): Node {
  const all = tokens(expression);
  let next = 0;
  const peek = (): Token => all[next]!;
  const take = (): Token => all[next++]!;
  const unexpected = (token: Token): ExpressionError =>
    new ExpressionError(token.kind === 'end' ? 'the expression ends too early' : `"${token.text}" at ${token.at} is not expected`);
  const expect = (text: string): void => {
    const token = take();
    if (token.kind !== 'symbol' || token.text !== text) throw unexpected(token);
  };
  const isSymbol = (text: string): boolean => peek().kind === 'symbol' && peek().text === text;

  const binary = (least: number): Node => {
    let left = postfix(primary());
    for (;;) {
      const { text, kind } = peek();
      const level = kind === 'name' || kind === 'symbol' ? precedence[text] : undefined;
      if (level === undefined || level < least) return left;
      take();
      if (text === 'is' || text === 'as') left = { kind: 'type', operator: text, of: left, type: typeName() };
      else left = { kind: 'binary', operator: text as Operator, left, right: binary(level + 1) };
    }
  };
  const typeName = (): string => {
    const first = take();
    if (first.kind !== 'name') throw unexpected(first);
    if (!isSymbol('.')) return first.text;
    take();
    const second = take();
    if (second.kind !== 'name') throw unexpected(second);
    return second.text;
  };
  const primary = (): Node => {
    const token = take();
    switch (token.kind) {
      case 'string': return { kind: 'literal', value: token.text };
      case 'number': return { kind: 'literal', value: Number(token.text) };
      case 'variable': return { kind: 'variable', name: token.text };
      case 'name':
        if (token.text === 'true' || token.text === 'false') return { kind: 'literal', value: token.text === 'true' };
        return isSymbol('(') ? { kind: 'call', of: undefined, name: token.text, args: args() } : { kind: 'name', name: token.text };
      case 'symbol':
        if (token.text === '(') {
          const inner = binary(0);
          expect(')');
          return inner;
        }
        throw unexpected(token);
      case 'end': throw unexpected(token);
    }
  };
  const args = (): Node[] => {
    expect('(');
    const found: Node[] = [];
    while (!isSymbol(')')) {
      found.push(binary(0));
      if (isSymbol(',')) take();
    }
    take();
    return found;
  };
  const postfix = (start: Node): Node => {
    let node = start;
    for (;;) {
      if (isSymbol('.')) {
        take();
        const name = take();
        if (name.kind !== 'name') throw unexpected(name);
        node = isSymbol('(') ? { kind: 'call', of: node, name: name.text, args: args() } : { kind: 'member', of: node, name: name.text };
      } else if (isSymbol('[')) {
        take();
        const index = take();
        if (index.kind !== 'number') throw unexpected(index);
        expect(']');
        node = { kind: 'index', of: node, index: Number(index.text) };
      } else return node;
    }
  };

  const node = binary(0);
  if (peek().kind !== 'end') throw unexpected(peek());
  return node;
}
