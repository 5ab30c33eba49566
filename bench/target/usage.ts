/** What processes have used: processor time and memory of whole trees, from /proc. Absent where there is no /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** Of Linux, on every machine that Node runs on. */
const ticksPerSecond = 100;
const pageSize = 4096;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** Ticks, those of children that have ended and were waited for included. */
  readonly ticks: number;
}

export interface Usage {
  /** Processor seconds since the start. */
  readonly seconds: number;
  /** Bytes; memory that is shared, such as Postgres's buffers, is not counted. */
  readonly rss: number;
}

/** @returns the fields behind the name, which may hold spaces and parentheses */
export function parseStat(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (n: number): number => Number(fields[n - 3]);
  return { pid: Number.parseInt(text, 10), parent: number(4), ticks: number(14) + number(15) + number(16) + number(17) };
}

function allStats(): Stat[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      return [parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))];
    } catch {
      return []; // Ended meanwhile.
    }
  });
}

/** @returns the sum over a process and all below it; undefined where it is gone or there is no /proc */
export function usageOf(root: number): Usage | undefined {
  let stats: Stat[];
  try {
    stats = allStats();
  } catch {
    return undefined;
  }
  const children = groupByParent(stats);
  const own = stats.find(({ pid }) => pid === root);
  if (own === undefined) return undefined;
  let ticks = 0;
  let rss = 0;
  const queue = [own];
  for (let stat = queue.pop(); stat !== undefined; stat = queue.pop()) {
    ticks += stat.ticks;
    rss += privateBytes(stat.pid);
    queue.push(...(children.get(stat.pid) ?? []));
  }
  return { seconds: ticks / ticksPerSecond, rss };
}

function groupByParent(stats: readonly Stat[]): Map<number, Stat[]> {
  const groups = new Map<number, Stat[]>();
  for (const stat of stats) groups.set(stat.parent, [...(groups.get(stat.parent) ?? []), stat]);
  return groups;
}

/** Resident pages without those that are shared with other processes or files. */
function privateBytes(pid: number): number {
  try {
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ').map(Number);
    return (resident - shared) * pageSize;
  } catch {
    return 0;
  }
}
