/** Results put together for the report: the repetitions of a case, by target. */
import type { CaseResult, Results } from './results.ts';
import { spreadOf, type Spread } from './format.ts';

export interface Group {
  readonly workload: string;
  readonly name: string;
  readonly profile: string;
  readonly data: string;
  /** In the order in which they were measured. */
  readonly byTarget: ReadonlyMap<string, readonly CaseResult[]>;
}

export function groupsOf({ cases }: Results): Group[] {
  const groups = new Map<string, { workload: string; name: string; profile: string; data: string; byTarget: Map<string, CaseResult[]> }>();
  for (const one of cases) {
    const { workload, name, profile, data, target } = one;
    const key = [workload, name, profile, data].join('\u001F');
    const group = groups.get(key) ?? { workload, name, profile, data, byTarget: new Map<string, CaseResult[]>() };
    groups.set(key, group);
    group.byTarget.set(target, [...(group.byTarget.get(target) ?? []), one]);
  }
  return [...groups.values()];
}

/** @returns a figure over the repetitions of a target, undefined where none has it */
export const figure = (group: Group, target: string, name: string): Spread | undefined =>
  spreadOf((group.byTarget.get(target) ?? []).flatMap(({ figures }) => (figures[name] === undefined ? [] : [figures[name]])));
