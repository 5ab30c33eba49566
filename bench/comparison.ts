/**
 * Targets in turns: data are loaded once for each and kept as a template database; every stage of every repetition runs on a copy,
 * one server up at a time, A B A B. What the results hold already is left out, so that a comparison can be taken in parts.
 */
import { join } from 'node:path';
import { harvest, noHarvest } from './data/harvest.ts';
import type { Data } from './data/files.ts';
import { loadTemplate } from './data/template.ts';
import { doneKey, type CaseResult } from './report/results.ts';
import { createSession } from './session.ts';
import type { Postgres } from './target/postgres.ts';
import type { Target } from './target/target.ts';
import type { Profile, Workload } from './workloads/workload.ts';

export interface Comparison {
  readonly targets: readonly Target[];
  readonly workloads: readonly Workload[];
  /** Under the servers; undefined where the one target runs elsewhere. */
  readonly postgres: Postgres | undefined;
  readonly data: Data;
  readonly profile: Profile;
  /** The profile as a part of keys. */
  readonly profileKey: string;
  /** A folder for logs. */
  readonly work: string;
  readonly isDone: (key: string) => boolean;
  /** Names of queries that a target's preflight found wrong. */
  readonly excluded: (target: string) => ReadonlySet<string>;
  readonly keep: (result: CaseResult) => void;
  readonly finish: (key: string) => void;
  readonly say: (text: string) => void;
}

/** What shares a server and a database: all that only reads, all that writes to loaded data, and each that begins empty. */
export function stagesOf(workloads: readonly Workload[]): Workload[][] {
  const of = (stage: Workload['stage']): Workload[] => workloads.filter((workload) => workload.stage === stage);
  // The preflight, which begins empty, comes first: it says what is not to be timed.
  const empty = of('empty').map((workload) => [workload]);
  return [...empty.filter(([workload]) => workload!.id === 'w0'), of('read'), of('write'), ...empty.filter(([workload]) => workload!.id !== 'w0')].filter((stage) => stage.length > 0);
}

/** @throws Error where a server does not start or serve; what was measured before is kept */
export async function compare(comparison: Comparison): Promise<void> {
  const { targets, workloads, profile } = comparison;
  for (let repetition = 1; repetition <= profile.repetitions; repetition++) {
    for (const stage of stagesOf(workloads)) {
      for (const target of targets) {
        const left = stage.filter(({ id }) => !comparison.isDone(keyOf(comparison, target, id, repetition)));
        if (left.length > 0) await runStage(comparison, target, left, repetition);
      }
    }
  }
}

const keyOf = ({ profileKey, data }: Comparison, { name }: Target, workload: string, repetition: number): string =>
  doneKey({ target: name, workload, repetition, profile: profileKey, data: data.name });

async function runStage(comparison: Comparison, target: Target, workloads: readonly Workload[], repetition: number): Promise<void> {
  const { postgres, data, profile, profileKey, work, keep, say } = comparison;
  const isEmpty = workloads[0]!.stage === 'empty';
  const database = `bench_${target.name}_run`;
  if (postgres !== undefined) {
    const template = isEmpty ? undefined : await loadTemplate(postgres, target, data, { work, say, keep: (figures) => keep({ target: target.name, workload: 'load', name: 'all files', repetition: 1, profile: profileKey, data: data.name, at: now(), figures }) });
    await postgres.create(database, template);
    for (const { database: settings = {} } of workloads) await postgres.set(database, settings);
    await postgres.settle(database);
  }
  const url = postgres?.url(database);
  const serving = await target.start(url ?? '', join(work, `${target.name}.log`));
  const warm = { isWarm: false };
  try {
    const values = isEmpty && postgres !== undefined ? noHarvest : await harvest(serving.base);
    for (const workload of workloads) {
      say(`${target.name}, ${workload.id} ${workload.title}, repetition ${repetition}`);
      const session = createSession({
        base: serving.base, server: serving.pid, postgres: postgres?.pid, database: url, profile, harvest: values, excluded: comparison.excluded(target.name), files: data.files, warmUp: target.warmUp,
        keep: (result) => {
          keep({ ...result, target: target.name, workload: workload.id, repetition, profile: profileKey, data: data.name, at: now() });
          say(`  ${result.name}: ${line(result.figures)}`);
        },
      }, warm);
      await workload.run(session);
      comparison.finish(keyOf(comparison, target, workload.id, repetition));
    }
  } finally {
    await serving.stop();
    await postgres?.drop(database);
  }
}

const now = (): string => new Date().toISOString();

const shown = ['rate', 'p50', 'p99', 'max', 'errors', 'server cpu', 'database cpu'];

/** @returns the figures for a terminal; those of a measurement are the same few */
function line(figures: Readonly<Record<string, number>>): string {
  const names = figures['rate'] === undefined ? Object.keys(figures) : [...shown, ...Object.keys(figures).slice(Object.keys(figures).indexOf('rss') + 1)];
  return names.flatMap((name) => (figures[name] === undefined ? [] : [`${name} ${Number(figures[name].toPrecision(4))}`])).join(', ');
}
