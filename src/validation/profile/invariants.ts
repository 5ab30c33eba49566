/**
 * Invariants, by HL7's fhirpath.js with R4's model, each compiled once; those that stand on nearly every element are written out.
 * R4: conformance-rules.html#constraints, fhirpath.html.
 */
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import type { Concepts } from '../../terminology/concepts.ts';
import { bestPracticeUrl } from '../snapshot/base.ts';
import type { Constraint } from '../snapshot/element.ts';
import { isBound } from './bindings.ts';
import { written } from './invariants/written.ts';
import { resolveReference } from './references.ts';
import { note, report, type Check, type Run } from './run.ts';

export interface Invariants {
  /**
   * @param base path or type of what the invariant stands on, so that FHIRPath knows the types
   * @returns undefined where the invariant has no expression, or asks for what is validated elsewhere
   * @throws Error where the expression does not compile
   */
  readonly check: (constraint: Constraint, base: string, label: string) => Check | undefined;
}

type Evaluate = (value: unknown, run: Run) => boolean | undefined;

/** @param ofR4 `key expression` of the invariants that R4's types have, which profiles inherit */
export function createInvariants(concepts: Concepts, ofR4: () => ReadonlySet<string>): Invariants {
  const compiled = new Map<string, Evaluate>();
  const evaluated = (expression: string, base: string): Evaluate => {
    const key = `${base} ${expression}`;
    const known = compiled.get(key) ?? compile(expression, base, concepts);
    compiled.set(key, known);
    return known;
  };
  return {
    check: ({ key, severity, human, expression, extension = [] }, base, label) => {
      if (expression === undefined || expression === 'htmlChecks()') return undefined;
      const [byHand, byPath] = [written.get(expression), evaluated(expression, base)];
      const holds: Evaluate = byHand === undefined ? byPath : (value, run) => byHand(value, run) ?? byPath(value, run);
      const isGoodPractice = extension.some(({ url, valueBoolean }) => url === bestPracticeUrl && valueBoolean === true);
      const level = severity === 'warning' || isGoodPractice ? 'warning' : 'error';
      const rule = `invariant ${key}`;
      const isOfR4 = ofR4().has(`${key} ${expression}`);
      const meaning = typeof human === 'string' && human !== '' ? human : expression;
      return (value, _, place, run) => {
        if (value === undefined) return;
        const is = holds(value, run);
        if (is === false) report(run, level, 'invariant', place, `${label}: ${isGoodPractice ? 'good practice ' : ''}${key} does not hold: ${meaning}`, rule, isOfR4);
        else if (is === undefined) note(run, place, rule, `${label}: whether ${key} holds cannot be told: ${meaning}`);
      };
    },
  };
}

/** What the functions that FHIRPath calls back for know of the run under way. Evaluation is synchronous. */
interface Current {
  run: Run | undefined;
}

function compile(expression: string, base: string, concepts: Concepts): Evaluate {
  const current: Current = { run: undefined };
  const evaluate = fhirpath.compile({ base, expression }, r4, {
    traceFn: () => {},
    userInvocationTable: {
      htmlChecks: { fn: () => [true], arity: { 0: [] } },
      resolve: { fn: (inputs: unknown[]) => inputs.flatMap((input) => resolved(input as ResourceNode, current.run!)), arity: { 0: [] }, internalStructures: true },
      memberOf: {
        fn: (inputs: unknown[], valueSet: string) => inputs.flatMap((input) => {
          const is = isBound(plain(input), valueSet, concepts);
          return typeof is === 'boolean' ? [is] : [];
        }),
        arity: { 1: ['String'] },
      },
    },
  });
  return (value, run) => {
    current.run = run;
    try {
      const result = evaluate(value as object, { resource: run.resource, rootResource: run.root }) as unknown[];
      // Nothing is neither true nor false: dates of different precision cannot be compared.
      return result.length === 0 || result[0] !== false;
    } catch {
      return undefined;
    }
  };
}

const plain = (node: unknown): unknown => (typeof node === 'object' && node !== null && 'data' in node ? (node as { data: unknown }).data : node);

/** fhirpath.js's value with its type: so that what a reference leads to has the type of a resource. */
interface ResourceNode {
  readonly data: unknown;
  readonly ctx: unknown;
  readonly constructor: { readonly makeResNode: (ctx: unknown, data: unknown, parent: null, path: string, extra: null, type: string) => unknown };
}

function resolved(input: ResourceNode, run: Run): unknown[] {
  const value = plain(input);
  const reference = typeof value === 'string' ? value : (value as { reference?: unknown } | null)?.reference;
  const found = typeof reference === 'string' ? resolveReference(reference, run) : undefined;
  const type = String(found?.['resourceType']);
  return found === undefined ? [] : [input.constructor.makeResNode(input.ctx, found, null, type, null, type)];
}
