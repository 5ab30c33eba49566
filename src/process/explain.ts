/** What a person at the terminal is told of a failure at start. */
import { ConfigMistakes, type Config } from '../config.ts';
import { EmbeddedFailure } from '../db/embedded/failure.ts';
import { MigrationFailure } from '../db/migrate.ts';
import { HooksFailure } from '../load-hooks.ts';
import { IndexFormatMismatch } from '../store/index-format.ts';
import { WorkerFailure } from './workers.ts';

const mendable = [ConfigMistakes, EmbeddedFailure, MigrationFailure, HooksFailure, IndexFormatMismatch, WorkerFailure];

/** @returns one line for what an operator can mend; the stack for a defect */
export function explain(error: unknown, config: Config | undefined): string {
  if (!(error instanceof Error)) return String(error);
  if (mendable.some((kind) => error instanceof kind)) return error.message;
  const { code = '', syscall = '' } = error as NodeJS.ErrnoException;
  // Workers listen by their primary, and are told that it could not bind.
  if (/^(?:listen|bind)$/.test(syscall)) {
    return code === 'EADDRINUSE' ? `Port ${config?.port} is in use: stop what listens there, or set PORT` : `Cannot listen on ${config?.host}:${config?.port}: ${error.message}`;
  }
  // Postgres's own refusals (password, database, version) and the network's.
  if (/^(?:28|3D|08|57|53)...$|^E[A-Z]+$/.test(code) && config?.databaseUrl !== undefined) {
    return `DATABASE_URL: ${error.message || code} (${new URL(config.databaseUrl).host})`;
  }
  return error.stack ?? error.message;
}
