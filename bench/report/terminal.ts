/** The results as a terminal shows them: a line a case and server, without the parts of the mixes. */
import { number, spreadOf } from './format.ts';
import { figure, groupsOf } from './groups.ts';
import { goals, peersOf } from './ratios.ts';
import type { Results } from './results.ts';

const columns = [['rate', 'ok/s'], ['p50', 'p50 ms'], ['p99', 'p99 ms'], ['max', 'max ms'], ['errors', 'errors'], ['server cpu', 'CPU s/1,000 server'], ['database cpu', 'database']] as const;
const nameWidth = 60;

export function terminalTable(results: Results): string {
  const rows = groupsOf(results).filter(({ name }) => !name.includes(' alone, ')).flatMap((group) => [...group.byTarget.keys()].map((target) => [
    group.workload, group.name.slice(0, nameWidth), target, ...columns.map(([name]) => {
      const found = figure(group, target, name);
      return found === undefined ? '' : number(found.median);
    }), more(group.byTarget.get(target)!),
  ]));
  const table = [['', 'case', 'server', ...columns.map(([, title]) => title), ''], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) => row.map((cell, column) => (column < 3 ? cell.padEnd(widths[column]!) : column === row.length - 1 ? cell : cell.padStart(widths[column]!))).join('  ').trimEnd());
  const peers = peersOf(results);
  const judged = new Map((peers.length === 0 ? [''] : peers).flatMap((peer) => goals(results, peer)).map((goal) => [goal.name, goal]));
  return [...lines, '', ...[...judged.values()].map(({ name, goal, value, isMet }) => `${isMet === true ? 'met    ' : 'not met'}  ${name}: ${number(value!)}, goal ${goal}`)].join('\n');
}

/** What is no column: of loads, checks and floors. */
const shown: ReadonlySet<string> = new Set(['resources/s', 'bytes per resource', 'seen twice', 'missed', 'last pages / first pages', 'identifiers there twice', 'updates lost or done twice', 'refused %', 'p50 ratio', 'p99 ratio', 'queries', 'wrong', 'over 250 ms']);

function more(cases: Results['cases']): string {
  const names = [...new Set(cases.flatMap(({ figures }) => Object.keys(figures)))].filter((name) => shown.has(name));
  return names.map((name) => `${name} ${number(spreadOf(cases.flatMap(({ figures }) => figures[name] ?? []))!.median)}`).join(', ');
}
