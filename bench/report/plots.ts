/** Which plots are made of the results: what a request costs, search by parameter, the sweeps, and the course of the steady mix. */
import { figure, groupsOf, type Group } from './groups.ts';
import type { Results } from './results.ts';
import { bars, lines, type Line } from './svg.ts';

export interface Plot {
  readonly workload: string;
  readonly file: string;
  readonly svg: string;
}

/** @returns the plots for which something was measured */
export function plots(results: Results): Plot[] {
  const groups = groupsOf(results);
  const of = (workload: string): Group[] => groups.filter((group) => group.workload === workload);
  return [
    ...costs(groups), ...alone(of('w3-alone')),
    ...['w5', 'w6', 'w6-loaded'].flatMap((workload) => sweep(workload, of(workload))), ...course(of('w11')), ...queries(of('w4'), 'w4'), ...queries(of('w7'), 'w7'), ...queries(of('w13'), 'w13'),
  ];
}

const targetsOf = (groups: readonly Group[]): string[] => [...new Set(groups.flatMap(({ byTarget }) => [...byTarget.keys()]))];

/** Processor time of a request by workload: the mixed case of each. */
function costs(groups: readonly Group[]): Plot[] {
  const shown = groups.filter(({ workload, name }) => ['w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7', 'w11'].includes(workload) && !name.startsWith('common'));
  const firsts = shown.filter((group, n) => shown.findIndex((other) => other.workload === group.workload) === n);
  const targets = targetsOf(firsts);
  const cost = (group: Group, target: string): number | undefined => {
    const parts = ['server cpu', 'database cpu'].map((name) => figure(group, target, name)?.median);
    return parts.some((part) => part === undefined) ? undefined : parts[0]! + parts[1]!;
  };
  const data = firsts.map((group) => ({ label: `${group.workload.toUpperCase()} ${group.name}`, values: targets.map((target) => cost(group, target)) })).filter(({ values }) => values.some((value) => value !== undefined));
  return data.length === 0 ? [] : [{ workload: 'load', file: 'cost.svg', svg: bars('CPU seconds of server and database per 1,000 requests (logarithmic)', targets, data, { isLogarithmic: true }) }];
}

function alone(groups: readonly Group[]): Plot[] {
  const shown = groups.filter(({ name }) => name.endsWith(' alone, 1 clients'));
  const targets = targetsOf(shown);
  const data = shown.map((group) => ({ label: group.name.replace(' alone, 1 clients', ''), values: targets.map((target) => figure(group, target, 'p50')?.median) }));
  return data.length === 0 ? [] : [{ workload: 'w3-alone', file: 'w3-alone.svg', svg: bars('Search by one parameter, one client: median ms', targets, data) }];
}

function sweep(workload: string, groups: readonly Group[]): Plot[] {
  const series = targetsOf(groups).map((target): Line => ({
    name: target, points: groups.flatMap((group) => {
      const [clients, rate] = ['clients', 'rate'].map((name) => figure(group, target, name)?.median);
      return clients === undefined || rate === undefined ? [] : [[clients, rate] as const];
    }).toSorted(([a], [b]) => a - b),
  })).filter(({ points }) => points.length > 1);
  return series.length === 0 ? [] : [{ workload, file: `${workload}-sweep.svg`, svg: lines(`${workload.toUpperCase()}: requests per second by clients`, ['clients', 'requests/s'], series, { isLogarithmic: true }) }];
}

function course(groups: readonly Group[]): Plot[] {
  const series = groups.flatMap(({ byTarget }) => [...byTarget].flatMap(([target, all]) => {
    const tenths = all.findLast((one) => (one.course?.length ?? 0) > 0)?.course;
    return tenths === undefined ? [] : (['p50', 'p99'] as const).map((name): Line => ({ name: `${target} ${name}`, points: tenths.map((tenth, n) => [n + 1, tenth[name]] as const) }));
  }));
  return series.length === 0 ? [] : [{ workload: 'w11', file: 'w11-course.svg', svg: lines('W11: latency over the time of the run, in tenths', ['tenth', 'ms'], series) }];
}

/** The queries of a mix by their largest latency or median. */
function queries(groups: readonly Group[], workload: string): Plot[] {
  const group = groups.find(({ byTarget }) => [...byTarget.values()].flat().some(({ labels = {} }) => Object.keys(labels).length > 2));
  if (group === undefined) return [];
  const targets = [...group.byTarget.keys()];
  const name = workload === 'w13' ? 'max' : 'p50';
  const last = (target: string): Readonly<Record<string, { p50?: number; max?: number }>> => group.byTarget.get(target)!.at(-1)!.labels ?? {};
  const labels = [...new Set(targets.flatMap((target) => Object.keys(last(target))))];
  return [{ workload, file: `${workload}-queries.svg`, svg: bars(`${workload.toUpperCase()}, ${group.name}: ${name === 'max' ? 'largest' : 'median'} ms`, targets, labels.map((label) => ({ label, values: targets.map((target) => last(target)[label]?.[name]) }))) }];
}
