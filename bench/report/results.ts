/** The results as a file: cases as they were measured, merged with those of earlier parts, so that a comparison can be taken in parts. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Latency } from '../load/percentile.ts';

/** What a case is measured under: two with the same key are the same measurement. */
export interface CaseKey {
  readonly target: string;
  readonly workload: string;
  /** Within the workload: the clients, the query. */
  readonly name: string;
  readonly repetition: number;
  /** The profile, and what the command line changed of it. */
  readonly profile: string;
  readonly data: string;
}

export interface CaseResult extends CaseKey {
  readonly at: string;
  readonly figures: Readonly<Record<string, number>>;
  readonly labels?: Readonly<Record<string, { readonly ok: number } & Latency>>;
  readonly course?: readonly { readonly p50: number; readonly p99: number }[];
  readonly errorKinds?: Readonly<Record<string, number>>;
  readonly remarks?: readonly string[];
}

export interface Results {
  /** What it was measured on; several, where parts were taken on different ones, separated by semicolons. */
  readonly machine: string;
  /** Product, version and settings by target. */
  readonly targets: Readonly<Record<string, string>>;
  readonly cases: readonly CaseResult[];
  /** Keys of workloads that were carried to their end. */
  readonly done: readonly string[];
}

export const noResults: Results = { machine: '', targets: {}, cases: [], done: [] };

export const caseKey = ({ target, workload, name, repetition, profile, data }: CaseKey): string => [target, workload, name, repetition, profile, data].join('\u001F');

export const doneKey = ({ target, workload, repetition, profile, data }: Omit<CaseKey, 'name'>): string => [target, workload, repetition, profile, data].join('\u001F');

/** @returns both, the newer where both have a case or a target */
export function merge(older: Results, newer: Results): Results {
  const cases = new Map([...older.cases, ...newer.cases].map((one) => [caseKey(one), one]));
  return {
    machine: [...new Set([older.machine, newer.machine].flatMap((machines) => machines.split('; ')))].filter((machine) => machine !== '').join('; '), targets: { ...older.targets, ...newer.targets }, cases: [...cases.values()],
    done: [...new Set([...older.done, ...newer.done])],
  };
}

export const readResults = (path: string): Results => (existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : noResults);

/** Whole or not at all: a run may be cut at any moment. */
export function writeResults(path: string, results: Results): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(results, undefined, 1)}\n`);
  renameSync(`${path}.new`, path);
}
