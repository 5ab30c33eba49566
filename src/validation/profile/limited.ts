/**
 * A validator whose runs end: an invariant may hold a regular expression that backtracks, or a FHIRPath that multiplies, and clients may
 * store invariants. Node stops a script of another context, and all that it calls, after a time (58 µs for each such call, measured on Node 20).
 */
import { createContext, Script } from 'node:vm';
import { issue } from '../../fhir/outcome.ts';
import type { ProfileValidator } from './validator.ts';

/** Milliseconds for any resource, and for each of its values: a run takes thousandths of that. */
const always = 1_000;
const each = 1;

/** @param create makes the validator; also anew where one was stopped in the middle of something */
export function createLimited(create: () => ProfileValidator): ProfileValidator {
  const box = { validator: create() };
  const limited = limiter();
  return {
    validate: (resource, profiles) => {
      const limit = always + each * countValues(resource);
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

const countValues = (value: unknown): number =>
  (typeof value !== 'object' || value === null ? 1 : Object.values(value).reduce<number>((sum, inner) => sum + countValues(inner), 1));
