/** What a workload is, and what it is given. Each has a file of its own; they are listed in workloads.ts. */
import type { Random } from '../../src/tools/generate/random.ts';
import type { Turn, Extent } from '../load/clients.ts';
import type { Recorded } from '../load/recorder.ts';
import type { Harvest } from '../data/harvest.ts';

export interface Workload {
  readonly id: string;
  readonly title: string;
  /**
   * `read`: changes nothing and shares a server with others; `write`: on a copy of the loaded data, which it changes; `empty`: on an
   * empty database of its own.
   */
  readonly stage: 'read' | 'write' | 'empty';
  /** Not repeated. */
  readonly isOnce?: boolean;
  /** Settings of its database. */
  readonly database?: Readonly<Record<string, string>>;
  run(session: Session): Promise<void>;
}

/** How long and how much: the profile, with what the command line says instead. */
export interface Profile {
  readonly name: 'quick' | 'full';
  readonly repetitions: number;
  /** Instead of the seconds and numbers of clients that a workload has by itself. */
  readonly seconds?: number;
  readonly clients?: readonly number[];
}

export interface Session {
  readonly base: URL;
  readonly profile: Profile;
  readonly harvest: Harvest;
  readonly random: Random;
  /** Queries, and names of shapes, that the preflight found wrong or refused on any of the servers: they are not timed. */
  readonly excluded: ReadonlySet<string>;
  /** URL of the database under the server; undefined where it runs elsewhere. */
  readonly database: string | undefined;
  /** Files of Bundles, the two that others refer to first. */
  readonly files: readonly string[];
  /** Runs clients and keeps the result as a case of the workload; @returns what was recorded */
  measure(name: string, extent: Extent, turn: Turn, more?: (seconds: number) => Promise<Readonly<Record<string, number>>>): Promise<Recorded>;
  /** Keeps a case that is no measurement of clients. */
  note(name: string, figures: Readonly<Record<string, number>>, remarks?: readonly string[]): void;
}

/** @returns the seconds asked for, else the profile's */
export const secondsOf = ({ profile }: Pick<Session, 'profile'>, quick: number, full: number): number => profile.seconds ?? (profile.name === 'quick' ? quick : full);

/** @returns the numbers of clients asked for, else the profile's */
export const clientsOf = ({ profile }: Pick<Session, 'profile'>, quick: readonly number[], full: readonly number[]): readonly number[] =>
  profile.clients ?? (profile.name === 'quick' ? quick : full);
