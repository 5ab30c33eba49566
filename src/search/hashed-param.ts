/** Parameters of composites: the rows of what stands behind a code are under a parameter of their own, made of both. See types/composite.ts. */
import type { Form } from './forms.ts';
import type { KeyHash } from './keys.ts';

/** Below all others: -(2^24 + 30 bits). */
const bound = -(2 ** 24);

export const hashedParam = (hash: KeyHash, code: string, form: Form): number => bound - Number(BigInt.asUintN(30, hash('composite', code, ...form)));

/** @returns whether rows of the parameter are those of one code, as good as always */
export const isHashedParam = (param: number): boolean => param <= bound;
