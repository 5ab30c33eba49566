/** How far a validation of what is stored has come, and what it has found: kept in a file after each page, so that it can go on. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { impactFrom, type Impact } from '../../validation/impact.ts';

export interface State extends Impact {
  /** Server, packages, types and profiles: another command does not go on from here. */
  readonly what: string;
  /** Types that are done. */
  readonly done: string[];
  /** The page to go on with. */
  next: { readonly type: string; readonly url: string } | undefined;
}

export const newState = (what: string): State => ({ what, done: [], next: undefined, ...impactFrom() });

/** @throws Error where the file is of another command */
export function readState(file: string, what: string): State {
  if (!existsSync(file)) return newState(what);
  const state = JSON.parse(readFileSync(file, 'utf8')) as State;
  if (state.what !== what) throw new Error(`${file} is of another validation (${state.what}); name another file by --state, or delete it`);
  return { what, done: state.done, next: state.next, ...impactFrom(state) };
}

export function saveState(file: string, state: State): void {
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
}
