/** fixed[x], pattern[x], minValue[x], maxValue[x] and maxLength. R4: elementdefinition.html#ElementDefinition.fixed_x_. */
import { choiceOf, type ElementDefinition } from '../snapshot/element.ts';
import { both, report, type Check } from './run.ts';

/** @returns whether two values are the same, key for key, item for item */
export function equals(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => equals(item, b[index]));
  const keys = Object.keys(a);
  return !Array.isArray(b) && keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equals((a as any)[key], (b as any)[key]));
}

/** @returns whether a value has all that a pattern has: each item of a list somewhere in the value's list */
export function matches(pattern: unknown, value: unknown): boolean {
  if (typeof pattern !== 'object' || pattern === null) return pattern === value;
  if (Array.isArray(pattern)) return Array.isArray(value) && pattern.every((item) => value.some((one) => matches(item, one)));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(pattern).every(([key, inner]) => Object.hasOwn(value, key) && matches(inner, (value as Record<string, unknown>)[key]));
}

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  return text === undefined ? 'nothing' : text.length > 200 ? `${text.slice(0, 200)}…` : text;
};

/** @param label names profile and element */
export function valueCheck(element: ElementDefinition, label: string): Check | undefined {
  const [fixed, pattern, least, most] = ['fixed', 'pattern', 'minValue', 'maxValue'].map((stem) => choiceOf(element, stem));
  const { maxLength } = element;
  return both(
    fixed && ((value, _, place, run) => {
      if (value !== undefined && !equals(fixed.value, value)) report(run, 'error', 'value', place, `${label}: the value is ${shown(value)} and must be ${shown(fixed.value)}`);
    }),
    pattern && ((value, _, place, run) => {
      if (value !== undefined && !matches(pattern.value, value)) report(run, 'error', 'value', place, `${label}: the value is ${shown(value)} and must have ${shown(pattern.value)}`);
    }),
    least && ((value, _, place, run) => {
      if (compare(value, least.value) === -1) report(run, 'error', 'value', place, `${label}: ${shown(value)} is less than ${shown(least.value)}`);
    }),
    most && ((value, _, place, run) => {
      if (compare(value, most.value) === 1) report(run, 'error', 'value', place, `${label}: ${shown(value)} is more than ${shown(most.value)}`);
    }),
    maxLength === undefined ? undefined : (value, _, place, run) => {
      if (typeof value === 'string' && [...value].length > maxLength) report(run, 'error', 'too-long', place, `${label}: the value has more than ${maxLength} characters`);
    },
  );
}

/** @returns undefined where the two cannot be compared: of different units, or dates of different precision */
function compare(value: unknown, bound: unknown): -1 | 0 | 1 | undefined {
  if (typeof value === 'number' && typeof bound === 'number') return order(value, bound);
  if (typeof value === 'string' && typeof bound === 'string') {
    if (value.length === bound.length && !value.includes('T')) return order(value, bound);
    const [a, b] = [Date.parse(value), Date.parse(bound)];
    return value.includes('T') && bound.includes('T') && !Number.isNaN(a) && !Number.isNaN(b) ? order(a, b) : order(value.slice(0, bound.length), bound.slice(0, value.length)) || undefined;
  }
  const [a, b] = [value, bound] as { value?: unknown; code?: unknown; system?: unknown }[];
  return a?.value !== undefined && a.code === b?.code && a.system === b?.system ? compare(a.value, b?.value) : undefined;
}

const order = <T extends number | string>(a: T, b: T): -1 | 0 | 1 => (a < b ? -1 : a > b ? 1 : 0);
