/** The results in Markdown. */
import { number, spread, spreadOf } from './format.ts';
import { figure, groupsOf, type Group } from './groups.ts';
import { goals, peersOf } from './ratios.ts';
import type { Results } from './results.ts';

/** Figures of a measurement in their order, with what stands above them. */
const columns: readonly (readonly [figure: string, title: string])[] = [
  ['rate', 'ok/s'], ['p50', 'p50 ms'], ['p95', 'p95 ms'], ['p99', 'p99 ms'], ['max', 'max ms'], ['errors', 'errors'], ['server cpu', 'CPU s/1,000 server'], ['database cpu', 'CPU s/1,000 database'],
];
/** Said by the columns, or of no use in a table. */
const told: ReadonlySet<string> = new Set([...columns.map(([name]) => name), 'clients', 'seconds', 'ok', 'generator']);

const titles: Readonly<Record<string, string>> = {
  load: 'Load of the data', floor: 'Floors', w0: 'Preflight', w1: 'CRUD: Health Samurai', 'w1-create': 'Creates of one resource', w2: 'Import: Health Samurai', w3: 'Search: Health Samurai', 'w3-alone': 'Search: Health Samurai, each parameter alone', w4: 'Search: mock.health', w5: 'Read by id', w6: 'Transactions of two entries, on an empty database',
  'w6-async': 'Transactions of two entries, synchronous_commit off', 'w6-loaded': 'Transactions of two entries, on the loaded data', w7: 'Clinical mix', w8: 'Page walk with concurrent inserts', w9: 'Totals by selectivity', w10: 'Contention', w11: 'Steady mix of reads and writes', w13: 'Pathological queries',
};
const order = Object.keys(titles);

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

/** @returns a table of a workload: a line a case and target */
function workloadTable(groups: readonly Group[]): string[] {
  const used = columns.filter(([name]) => groups.some((group) => [...group.byTarget.keys()].some((target) => figure(group, target, name) !== undefined)));
  const lines = groups.flatMap((group) => [...group.byTarget].map(([target, results]) => {
    const names = [...new Set(results.flatMap(({ figures }) => Object.keys(figures)))].filter((name) => !told.has(name));
    const more = names.map((name) => `${name === 'rss' ? 'RSS MiB' : name} ${name === 'rss' ? number(figure(group, target, name)!.median / 2 ** 20) : spread(figure(group, target, name))}`).join('; ');
    return row([group.name, target, String(results.length), ...used.map(([name]) => spread(figure(group, target, name))), more]);
  }));
  const header = ['case', 'server', 'n', ...used.map(([, title]) => title), 'more'];
  return [row(header), row(header.map(() => '---')), ...lines];
}

/** Labels of one kind alone are the case itself. */
const fewLabels = 2;

/** @returns tables of the parts of a case: a verb and type, a query; the worst of the repetitions, median of their medians */
function labelTables(groups: readonly Group[]): string[] {
  return groups.filter(({ name }) => !name.includes(' alone')).flatMap((group) => {
    const targets = [...group.byTarget.keys()];
    const labels = [...new Set([...group.byTarget.values()].flat().flatMap((one) => Object.keys(one.labels ?? {})))];
    if (labels.length < fewLabels) return [];
    const of = (target: string, label: string, name: 'p50' | 'p99' | 'max'): string =>
      spread(spreadOf((group.byTarget.get(target) ?? []).flatMap(({ labels: all }) => (all?.[label]?.[name] === undefined ? [] : [all[label][name]]))));
    const header = [group.name, ...targets.flatMap((target) => ['p50', 'p99', 'max'].map((name) => `${targets.length > 1 ? `${target} ` : ''}${name} ms`))];
    const lines = labels.map((label) => row([label, ...targets.flatMap((target) => (['p50', 'p99', 'max'] as const).map((name) => of(target, label, name)))]));
    return ['<details><summary>By request</summary>', '', row(header), row(header.map(() => '---')), ...lines, '', '</details>', ''];
  });
}

/** @returns what of a workload needs words: what was left out, found wrong, or went over a bound */
const remarksOf = (groups: readonly Group[]): string[] =>
  groups.flatMap(({ byTarget }) => [...byTarget].flatMap(([target, results]) => [...new Set(results.flatMap(({ remarks = [], errorKinds = {} }) => [...remarks, ...Object.entries(errorKinds).map(([kind, count]) => `${kind} (${count} times)`)]))].map((remark) => `- ${target}: ${remark}`)));

/** @returns the goals against every peer that was measured, and against the floors */
function goalTable(results: Results): string[] {
  const peers = peersOf(results);
  const found = new Map((peers.length === 0 ? [''] : peers).flatMap((peer) => goals(results, peer)).map((goal) => [goal.name, goal]));
  if (found.size === 0) return [];
  const measured = [...found.values()];
  const lines = measured.map(({ name, goal, value, isMet }) => row([name, goal, number(value!), isMet === true ? 'yes' : 'no']));
  const unmet = measured.every(({ isMet }) => isMet === true) ? [] : ['Where one is not met, DECISIONS.md, "Against HAPI", says where the time goes and what would be next.', ''];
  return ['## Goals', '', row(['figure', 'goal', 'measured', 'met']), row(['---', '---', '---', '---']), ...lines, '', ...unmet];
}

/** @param plots names of SVG files by workload */
export function markdown(results: Results, plots: ReadonlyMap<string, readonly string[]> = new Map()): string {
  const groups = groupsOf(results);
  const lines = ['# Results', '', `Machine: ${results.machine}. Made by \`npm run bench\`; medians of the repetitions, with their range; percentiles only of enough samples. Load generator, servers and Postgres share the machine.`, '', ...Object.entries(results.targets).map(([name, description]) => `- **${name}**: ${description}`), ''];
  lines.push(...goalTable(results));
  const sections = new Map<string, Group[]>();
  for (const group of groups) {
    const key = `${group.workload}\u001F${group.profile}\u001F${group.data}`;
    sections.set(key, [...(sections.get(key) ?? []), group]);
  }
  const sorted = [...sections.values()].toSorted(([a], [b]) => order.indexOf(a!.workload) - order.indexOf(b!.workload));
  for (const section of sorted) {
    const [{ workload, profile, data }] = section as [Group];
    const dates = section.flatMap(({ byTarget }) => [...byTarget.values()].flat()).map(({ at }) => at.slice(0, 10)).toSorted();
    lines.push(`## ${titles[workload] ?? workload}`, '', `${workload.toUpperCase()}, profile ${profile}, data ${data}, ${[...new Set([dates[0], dates.at(-1)])].join(' to ')}`, '');
    for (const plot of plots.get(workload) ?? []) lines.push(`![${titles[workload] ?? workload}](${plot})`, '');
    lines.push(...workloadTable(section), '', ...labelTables(section), ...remarksOf(section), '');
  }
  return `${lines.join('\n').replaceAll(/\n{3,}/g, '\n\n').trimEnd()}\n`;
}
