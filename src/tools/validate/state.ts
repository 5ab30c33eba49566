/** How far a validation of what is stored has come, and what it has found: kept in a file after each page, so that it can go on. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Of one rule at one element of one profile. */
export interface Finding {
  count: number;
  /** The first resource, as `Type/id`. */
  example: string;
  diagnostics: string;
}

export interface State {
  /** Server, packages, types and profiles: another command does not go on from here. */
  readonly what: string;
  /** Types that are done. */
  readonly done: string[];
  /** The page to go on with. */
  next: { readonly type: string; readonly url: string } | undefined;
  resources: number;
  refused: number;
  /** By profile, or type where a resource claims none. */
  readonly profiles: Record<string, { resources: number; refused: number }>;
  /** By severity; then by code, profile and element. */
  readonly findings: Record<Severity, Record<string, Finding>>;
}

/** What is refused, what the answer warns of, and what cannot be told from what is loaded. */
export const severities = ['error', 'warning', 'information'] as const;
export type Severity = (typeof severities)[number];

export const newState = (what: string): State => ({ what, done: [], next: undefined, resources: 0, refused: 0, profiles: {}, findings: { error: {}, warning: {}, information: {} } });

/** @throws Error where the file is of another command */
export function readState(file: string, what: string): State {
  if (!existsSync(file)) return newState(what);
  const state = JSON.parse(readFileSync(file, 'utf8')) as State;
  if (state.what !== what) throw new Error(`${file} is of another validation (${state.what}); name another file by --state, or delete it`);
  return { ...state, next: state.next };
}

export function saveState(file: string, state: State): void {
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
}
