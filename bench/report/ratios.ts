/** Figures that mean something on any machine: ours as a share of a floor, or as a multiple of a peer's, of the same run. */
import { floorNames } from '../floor/floors.ts';
import { median } from '../load/percentile.ts';
import type { Results } from './results.ts';

export interface Ratio {
  readonly name: string;
  /** Undefined where one of both was not measured. */
  readonly value: number | undefined;
}

/** @returns the median over all repetitions of a figure of the first case whose name begins so, of the profile and data measured last */
export function figureOf({ cases }: Results, target: string, workload: string, name: string, figure: string | ((figures: Readonly<Record<string, number>>) => number | undefined)): number | undefined {
  const all = cases.filter((one) => one.target === target && one.workload === workload && one.name.startsWith(name));
  const newest = all.at(-1);
  const found = all.filter(({ profile, data }) => profile === newest?.profile && data === newest.data);
  const read = typeof figure === 'string' ? (figures: Readonly<Record<string, number>>) => figures[figure] : figure;
  return median(found.filter((one) => one.name === found[0]!.name).flatMap(({ figures }) => read(figures) ?? []));
}

/** Processor seconds of server and database together. */
const cpu = (figures: Readonly<Record<string, number>>): number | undefined =>
  figures['database cpu'] === undefined ? undefined : (figures['server cpu'] ?? 0) + figures['database cpu'];

const over = (a: number | undefined, b: number | undefined): number | undefined => (a === undefined || b === undefined || b === 0 ? undefined : a / b);

/** What a floor spends in processor time, as a share of what ours spends for the like: 1 is no more than the floor. */
export const floorRatios = (results: Results): Ratio[] => {
  const of = (target: string, workload: string, name: string): number | undefined => figureOf(results, target, workload, name, cpu);
  const select = of('floor', 'floor', `${floorNames.select}, 16`);
  return [
    { name: 'read', value: over(select, of('verbatim', 'w5', '16 ')) },
    { name: 'search', value: over(select, of('verbatim', 'w3', 'mixed')) },
    { name: 'CRUD', value: over(of('floor', 'floor', `${floorNames.insert}, 16`), of('verbatim', 'w1', '')) },
    { name: 'load', value: over(of('floor', 'floor', floorNames.copy), of('verbatim', 'load', '')) },
  ];
};

export interface Goal extends Ratio {
  readonly goal: string;
  readonly isMet: boolean | undefined;
}

/** What this server means to be, against a peer and against the floors. */
export function goals(results: Results, peer: string): Goal[] {
  const peerRatio = (workload: string, name: string, figure: string): number | undefined => over(figureOf(results, 'verbatim', workload, name, figure), figureOf(results, peer, workload, name, figure));
  const least = (name: string, value: number | undefined, bound: number): Goal => ({ name, value, goal: `≥ ${bound}`, isMet: value === undefined ? undefined : value >= bound });
  const most = (name: string, value: number | undefined, bound: number): Goal => ({ name, value, goal: `≤ ${bound}`, isMet: value === undefined ? undefined : value <= bound });
  const rate = (target: string, workload: string, name: string): number | undefined => figureOf(results, target, workload, name, 'rate');
  return [
    least(`CRUD: requests/s ÷ ${peer}`, peerRatio('w1', '', 'rate'), 4),
    least(`search: requests/s ÷ ${peer}`, peerRatio('w3', 'mixed', 'rate'), 10),
    most(`search: p99 ÷ ${peer}`, peerRatio('w3', 'mixed', 'p99'), 0.05),
    least(`import: Bundles/s ÷ ${peer}`, peerRatio('w2', '4 ', 'rate'), 12),
    most(`disk: bytes per resource ÷ ${peer}`, peerRatio('load', '', 'bytes per resource'), 0.3),
    most(`disk, jsonb virtual: bytes per resource ÷ ${peer}`, over(figureOf(results, 'verbatim_virtual', 'load', '', 'bytes per resource'), figureOf(results, peer, 'load', '', 'bytes per resource')), 0.25),
    least('reads: requests/s ÷ Fastify and one prepared select', over(rate('verbatim', 'w5', '16 '), rate('floor', 'floor', `${floorNames.select}, 16`)), 0.7),
    least('creates: requests/s ÷ Fastify and one prepared insert', over(rate('verbatim', 'w1-create', '16 '), rate('floor', 'floor', `${floorNames.insert}, 16`)), 0.4),
    least('load: resources/s ÷ COPY', over(figureOf(results, 'verbatim', 'load', '', 'resources/s'), figureOf(results, 'floor', 'floor', floorNames.copy, 'resources/s')), 0.35),
    most('pathological queries: slowest ms', figureOf(results, 'verbatim', 'w13', 'one at a time', 'max'), 250),
    most('search, first pages: p50 on the grown data ÷ on the loaded', growth(results), 1.5),
    most('steady mix: p99 at the end ÷ at the beginning', figureOf(results, 'verbatim', 'w11', '16 clients, last', 'p99 ratio'), 1.05),
  ].filter(({ value }) => value !== undefined);
}

/** @returns the median over the parameters of how the latency of a page grows with the data, one client */
function growth({ cases }: Results): number | undefined {
  const alone = cases.filter(({ target, workload, name }) => target === 'verbatim' && workload === 'w3-alone' && name.endsWith(', 1 clients'));
  const grown = alone.findLast(({ data }) => data.includes('_grown_'));
  if (grown === undefined) return undefined;
  const p50 = (name: string, data: string): number | undefined => median(alone.filter((one) => one.name === name && one.data === data && one.profile === grown.profile).flatMap(({ figures }) => figures['p50'] ?? []));
  return median([...new Set(alone.map(({ name }) => name))].flatMap((name) => over(p50(name, grown.data), p50(name, grown.data.replace(/_grown_\d+$/, ''))) ?? []));
}

/** @returns the targets that are neither this server nor the floor */
export const peersOf = ({ targets }: Results): string[] => Object.keys(targets).filter((name) => !name.startsWith('verbatim') && name !== 'floor');
