/** What can go wrong with Postgres that is no defect, in types that the rooms above can tell apart. */

/** SQLSTATE of an error of Postgres; undefined for anything else that was thrown (`EPIPE`). */
export const sqlState = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;

/** The database cannot be reached, is starting or stopping, or gives no connection in time. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
}

/** A statement was cancelled because its time was up. */
export class StatementTimeout extends Error {
  override readonly name = 'StatementTimeout';
}

/** A transaction was refused again and again: it kept meeting others. */
export class ContentionExhausted extends Error {
  override readonly name = 'ContentionExhausted';
}

/** Classes 08 (connection), 28 (authorization), 53 (resources), 57P (shutdown), a database that is none, and what sockets throw. */
const unreachable = /^(?:08...|28...|3D000|53...|57P0[1-5])$/;
const socketErrors = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH', 'ENOENT']);

/** @returns the error in this room's types where it is one of them, else itself */
export function translated(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  const isLost = /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/.test(error.message);
  if (unreachable.test(code) || socketErrors.has(code) || isLost) return new DatabaseUnavailable(error.message, { cause: error });
  if (code === '57014') return new StatementTimeout(error.message, { cause: error });
  return error;
}

/** Serialisation failure and deadlock: the transaction may be run again. */
export const isRetryable = (error: unknown): boolean => {
  const code = sqlState(error);
  return code === '40001' || code === '40P01';
};
