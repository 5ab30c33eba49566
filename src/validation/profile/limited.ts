/**
 * A validator whose runs end: an invariant may hold a regular expression that backtracks, or a FHIRPath that grows with the square of a list,
 * and clients may store invariants. Node stops a script of another context, and all that it calls, after a time. Such a call takes 58 µs on
 * Node 20, as long as the validation of a small resource, so that small ones are only limited where clients have defined something.
 */
import { createContext, Script } from 'node:vm';
import { issue } from '../../fhir/outcome.ts';
import type { ProfileValidator } from './validator.ts';

/** Milliseconds for any resource, and for each of its values, which takes 1 µs as a rule. */
const always = 1_000;
const each = 0.02;

/** So many times as long where an operator has chosen all definitions: a busy machine must not refuse what R4 alone asks of a long Bundle. */
const trusted = 10;

/** Values of a resource that is limited whoever has made its profiles: 40 KB, about. */
const many = 2_000;

/**
 * @param create makes the validator; also anew where one was stopped in the middle of something
 * @param ofClients whether profiles are among those that it knows which clients have made
 */
export function createLimited(create: () => ProfileValidator, ofClients: boolean): ProfileValidator {
  const box = { validator: create() };
  const limited = limiter();
  return {
    validate: (resource, profiles) => {
      if (!ofClients && countValues(resource, many) < many) return box.validator.validate(resource, profiles);
      const limit = Math.round((always + each * countValues(resource)) * (ofClients ? 1 : trusted));
      const found = limited(() => box.validator.validate(resource, profiles), limit);
      if (found !== undefined) return found;
      box.validator = create();
      const type = String(resource['resourceType']);
      return [issue('error', 'too-costly', `${type}: what its profiles ask takes more than ${limit} ms, and has not been checked`, { expression: type })];
    },
    compile: (url) => box.validator.compile(url),
    canUse: (url) => box.validator.canUse(url),
  };
}

function limiter(): <T>(run: () => T, limit: number) => T | undefined {
  const called: { run: (() => unknown) | undefined } = { run: undefined };
  const context = createContext({ called });
  const script = new Script('called.run()');
  return <T>(run: () => T, limit: number): T | undefined => {
    called.run = run;
    try {
      return script.runInContext(context, { timeout: limit }) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      return undefined;
    } finally {
      called.run = undefined;
    }
  };
}

/** @param most where counting ends */
function countValues(value: unknown, most = Number.POSITIVE_INFINITY): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 1;
  for (const inner of Array.isArray(value) ? value : Object.values(value)) {
    if (count >= most) break;
    count += countValues(inner, most - count);
  }
  return count;
}
