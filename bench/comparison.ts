/**
 * Targets in turns: data are loaded once for each and kept as a template database; every stage of every repetition runs on a copy,
 * one server up at a time, A B A B. What the results hold already is left out, so that a comparison can be taken in parts.
 */
import { join } from 'node:path';
import { harvest, noHarvest, type Harvest } from './data/harvest.ts';
import type { Data } from './data/files.ts';
import { emptyTemplate, loadTemplate } from './data/template.ts';
import { floorNames, floorTarget, measureCopy, measureFloors } from './floor/floors.ts';
import { doneKey, type CaseResult } from './report/results.ts';
import { createSession } from './session.ts';
import type { Postgres } from './target/postgres.ts';
import type { Serving, Target } from './target/target.ts';
import type { Profile, Session, Workload } from './workloads/workload.ts';

export interface Comparison {
  readonly targets: readonly Target[];
  readonly workloads: readonly Workload[];
  /** On whose data the floors are measured; undefined leaves them out. */
  readonly floors: Target | undefined;
  /** Under the servers; undefined where the one target runs elsewhere. */
  readonly postgres: Postgres | undefined;
  readonly data: Data;
  readonly profile: Profile;
  /** The profile as a part of keys. */
  readonly profileKey: string;
  /** Whether data are loaded anew, where a loaded database is there. */
  readonly isReloaded: boolean;
  /** A folder for logs. */
  readonly work: string;
  readonly isDone: (key: string) => boolean;
  /** Names of queries that the preflight of any target found wrong. */
  readonly excluded: () => ReadonlySet<string>;
  /** Told what a server says it is, when it is up. */
  readonly describe: (target: Target, software: string) => void;
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
  const { targets, workloads, profile, postgres, floors } = comparison;
  const templates = createTemplates(comparison);
  for (let repetition = 1; repetition <= profile.repetitions; repetition++) {
    for (const stage of stagesOf(workloads)) {
      for (const target of targets) {
        const left = stage.filter(({ id, isOnce }) => !(isOnce === true && repetition > 1) && !comparison.isDone(keyOf(comparison, target.name, id, repetition)));
        if (left.length > 0) await runStage(comparison, templates, target, left, repetition);
      }
    }
    if (floors !== undefined && postgres !== undefined && !comparison.isDone(keyOf(comparison, 'floor', 'floor', repetition))) await runFloors(comparison, postgres, templates, floors, repetition);
  }
}

const keyOf = ({ profileKey, data }: Comparison, target: string, workload: string, repetition: number): string => doneKey({ target, workload, repetition, profile: profileKey, data: data.name });

interface Templates {
  loaded(target: Target): Promise<string>;
  empty(target: Target): Promise<string>;
}

function createTemplates({ postgres, data, work, say, isReloaded, keep, profileKey }: Comparison): Templates {
  const loaded = new Map<string, string>();
  return {
    async loaded(target) {
      const known = loaded.get(target.name) ?? await loadTemplate(postgres!, target, data, {
        work, say, isReloaded, keep: (figures) => keep({ target: target.name, workload: 'load', name: 'all files', repetition: 1, profile: profileKey, data: data.name, at: now(), figures }),
      });
      loaded.set(target.name, known);
      return known;
    },
    empty: (target) => emptyTemplate(postgres!, target, work),
  };
}

const now = (): string => new Date().toISOString();

/** Runs what is to be done on a copy of a template, with the server on it, and stops and drops both. */
async function onCopy(comparison: Comparison, target: Target, template: string | undefined, settings: Readonly<Record<string, string>>, run: (serving: Serving, database: string | undefined) => Promise<void>): Promise<void> {
  const { postgres, work } = comparison;
  const database = `bench_${target.name}_run`;
  if (postgres !== undefined) {
    await postgres.create(database, template);
    await postgres.set(database, settings);
    await postgres.settle(database);
  }
  const url = postgres?.url(database);
  const serving = await target.start(url ?? '', join(work, `${target.name}.log`));
  try {
    comparison.describe(target, target === floorTarget ? '' : await softwareOf(serving.base));
    await run(serving, url);
  } finally {
    await serving.stop();
    await postgres?.drop(database);
  }
}

/** @returns name and version by the CapabilityStatement */
async function softwareOf(base: URL): Promise<string> {
  const response = await fetch(`${base.href}/metadata`, { headers: { accept: 'application/fhir+json' } });
  const { software } = (await response.json()) as { software?: { name?: string; version?: string } };
  return [software?.name, software?.version].filter((part) => part !== undefined).join(' ');
}

async function runStage(comparison: Comparison, templates: Templates, target: Target, workloads: readonly Workload[], repetition: number): Promise<void> {
  const isEmpty = workloads[0]!.stage === 'empty';
  const template = comparison.postgres === undefined ? undefined : await (isEmpty ? templates.empty(target) : templates.loaded(target));
  const settings = Object.assign({}, ...workloads.map(({ database }) => database ?? {})) as Record<string, string>;
  await onCopy(comparison, target, template, settings, async (serving, database) => {
    const values = isEmpty && comparison.postgres !== undefined ? noHarvest : await harvest(serving.base);
    const warm = { isWarm: false };
    for (const { id, title, run } of workloads) {
      comparison.say(`${target.name}, ${id} ${title}, repetition ${repetition}`);
      await run(sessionOf(comparison, target, { serving, database, harvest: values, workload: id, repetition }, warm));
      comparison.finish(keyOf(comparison, target.name, id, repetition));
    }
  });
}

async function runFloors(comparison: Comparison, postgres: Postgres, templates: Templates, ours: Target, repetition: number): Promise<void> {
  comparison.say(`floors, repetition ${repetition}`);
  const template = await templates.loaded(ours);
  let values: Harvest = noHarvest;
  await onCopy(comparison, ours, template, {}, async ({ base }) => void (values = await harvest(base)));
  await onCopy(comparison, floorTarget, template, {}, async (serving, database) => {
    const session = sessionOf(comparison, floorTarget, { serving, database, harvest: values, workload: 'floor', repetition }, { isWarm: false });
    await measureFloors(session);
    const figures = await measureCopy(postgres, template);
    if (figures !== undefined) session.note(floorNames.copy, figures);
  });
  comparison.finish(keyOf(comparison, 'floor', 'floor', repetition));
}

interface Place {
  readonly serving: Serving;
  readonly database: string | undefined;
  readonly harvest: Harvest;
  readonly workload: string;
  readonly repetition: number;
}

function sessionOf(comparison: Comparison, target: Target, { serving, database, harvest: values, workload, repetition }: Place, warm: { isWarm: boolean }): Session {
  const { postgres, profile, profileKey, data, keep, say } = comparison;
  return createSession({
    base: serving.base, server: serving.pid, postgres: postgres?.pid, database, profile, harvest: values, excluded: comparison.excluded(), files: data.files, warmUp: target.warmUp,
    keep: (result) => {
      keep({ ...result, target: target.name, workload, repetition, profile: profileKey, data: data.name, at: now() });
      say(`  ${result.name}: ${line(result.figures)}`);
    },
  }, warm);
}

const shown = ['rate', 'p50', 'p99', 'max', 'errors', 'server cpu', 'database cpu'];

/** @returns the figures for a terminal; those of a measurement are the same few */
function line(figures: Readonly<Record<string, number>>): string {
  const names = figures['rate'] === undefined ? Object.keys(figures) : [...shown, ...Object.keys(figures).slice(Object.keys(figures).findLastIndex((name) => name === 'rss' || name === 'generator') + 1)];
  return names.flatMap((name) => (figures[name] === undefined ? [] : [`${name} ${Number(figures[name].toPrecision(4))}`])).join(', ');
}
