/** When care took place, as `$everything` bounds it. R4: patient-operation-everything.html. */
import type { Condition } from './condition.ts';
import type { SearchIndex } from './extract.ts';
import { parseCriteria } from './parse.ts';

/** When it happened, else when it was to happen, else when it was written down. */
const codes = [
  'onset-date', 'date', 'effective-time', 'effective', 'occurrence', 'event-date', 'whenhandedover', 'whenprepared', 'collected', 'started', 'start-date', 'sent', 'when',
  'identified', 'datetime', 'datewritten', 'period', 'issued', 'authored', 'authored-on', 'authoredon', 'created', 'recorded', 'recorded-date',
] as const;

/**
 * @param start a date or dateTime; with `end` alone, everything before it
 * @returns that the first of a resource's dates of care that it has lies in the period. One without any, such as a Patient or a Coverage, is part of
 *   every period. Undefined where that holds for all resources of the type.
 */
export function careDateWithin(type: string, start: string | undefined, end: string | undefined, index: SearchIndex, now: Date): Condition | undefined {
  const dates = codes.filter((code) => {
    const definition = index.parameter(type, code)?.definition;
    return definition?.type === 'date' && definition.posted === undefined;
  });
  if (dates.length === 0 || (start === undefined && end === undefined)) return undefined;
  const parse = (parameters: readonly (readonly [string, string])[]): Condition => ({ kind: 'all', conditions: parseCriteria(type, parameters, index, 'strict', now).conditions });
  const bounds = [...(start === undefined ? [] : [`ge${start}`]), ...(end === undefined ? [] : [`le${end}`])];
  const without = (n: number) => dates.slice(0, n).map((code) => [`${code}:missing`, 'true'] as const);
  return {
    kind: 'any',
    conditions: [...dates.map((code, n) => parse([...without(n), ...bounds.map((bound) => [code, bound] as const)])), parse(without(dates.length))],
  };
}
