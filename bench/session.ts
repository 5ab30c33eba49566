/** One server up, and workloads run against it: warm-up, measuring, and what the processes used meanwhile. */
import pg from 'pg';
import { createRandom } from '../src/tools/generate/random.ts';
import type { Harvest } from './data/harvest.ts';
import { runClients } from './load/clients.ts';
import { createRecorder } from './load/recorder.ts';
import type { CaseResult } from './report/results.ts';
import { usageOf } from './target/usage.ts';
import type { Profile, Session } from './workloads/workload.ts';

export interface SessionOptions {
  readonly base: URL;
  /** Process ids, where the processes are on this machine. */
  readonly server: number | undefined;
  readonly postgres: number | undefined;
  readonly database: string | undefined;
  readonly profile: Profile;
  readonly harvest: Harvest;
  readonly excluded: ReadonlySet<string>;
  readonly files: readonly string[];
  /** Seconds before the first measurement. */
  readonly warmUp: number;
  readonly keep: (result: Pick<CaseResult, 'name' | 'figures' | 'labels' | 'course' | 'errorKinds' | 'remarks'>) => void;
}

/** Values are drawn alike in every run. */
const seed = 'bench';

/** @returns a session of one workload; `warm` says whether the server has been asked anything yet */
export function createSession(options: SessionOptions, warm: { isWarm: boolean }): Session {
  const { base, profile, keep, database } = options;
  return {
    base, profile, harvest: options.harvest, excluded: options.excluded, files: options.files, database, random: createRandom(seed),
    async measure(name, extent, turn, more) {
      if (!warm.isWarm && extent.turns === undefined) {
        await runClients(base, { clients: extent.clients, seconds: options.warmUp }, createRecorder(), turn);
        warm.isWarm = true;
      }
      const recorder = createRecorder();
      const before = await meter(options);
      const elapsed = await runClients(base, extent, recorder, turn);
      const after = await meter(options);
      const recorded = recorder.result(elapsed);
      const used = difference(before, after, recorded.ok, elapsed / 1000);
      const figures = { clients: extent.clients, seconds: elapsed / 1000, ok: recorded.ok, errors: recorded.errors, rate: (recorded.ok / elapsed) * 1000, ...recorded.latency, ...used, ...(await more?.(elapsed / 1000)) };
      keep({ name, figures, labels: recorded.labels, course: recorded.course, errorKinds: recorded.errorKinds });
      return recorded;
    },
    note: (name, figures, remarks = []) => keep({ name, figures, remarks }),
  };
}

interface Reading {
  readonly server: number | undefined;
  readonly database: number | undefined;
  readonly generator: number;
  readonly rss: number | undefined;
  readonly wal: number | undefined;
  readonly buffers: number | undefined;
}

async function meter({ server, postgres, database }: SessionOptions): Promise<Reading> {
  const ofServer = server === undefined ? undefined : usageOf(server);
  const ofDatabase = postgres === undefined ? undefined : usageOf(postgres);
  const { user, system } = process.cpuUsage();
  const statistics = database === undefined ? undefined : await readStatistics(database);
  return { server: ofServer?.seconds, database: ofDatabase?.seconds, generator: (user + system) / 1e6, rss: ofServer?.rss, wal: statistics?.wal, buffers: statistics?.buffers };
}

async function readStatistics(connectionString: string): Promise<{ wal: number; buffers: number }> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows: [row] } = await client.query("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as wal, blks_hit + blks_read as buffers from pg_stat_database where datname = current_database()");
    return { wal: Number(row.wal), buffers: Number(row.buffers) };
  } finally {
    await client.end();
  }
}

/** Per thousand requests: what a request costs, whoever shares the machine. */
function difference(before: Reading, after: Reading, ok: number, seconds: number): Record<string, number> {
  const figures: Record<string, number> = {};
  const between = (name: Exclude<keyof Reading, 'rss'>, each: (value: number) => number, as: string): void => {
    if (before[name] !== undefined && after[name] !== undefined) figures[as] = each(after[name] - before[name]);
  };
  if (ok > 0) {
    const perThousand = (value: number): number => (value / ok) * 1000;
    between('server', perThousand, 'server cpu');
    between('database', perThousand, 'database cpu');
    between('wal', (value) => value / ok, 'wal');
    between('buffers', (value) => value / ok, 'buffers');
  }
  between('generator', (value) => value / seconds, 'generator');
  if (after.rss !== undefined) figures['rss'] = after.rss;
  return figures;
}
