/** A part of a transaction that can fail by itself. */
import { isRetryable } from './errors.ts';
import type { Transaction } from './pool.ts';

/**
 * Runs as a part of the transaction: where it throws, what it did is undone, and the transaction can go on.
 * @throws what `run` throws. A failure to serialise is the whole transaction's, which must be let through to be run again
 */
export async function savepoint<T>(tx: Transaction, run: () => Promise<T>): Promise<T> {
  await tx.query({ text: 'savepoint part' });
  try {
    const result = await run();
    await tx.query({ text: 'release savepoint part' });
    return result;
  } catch (error) {
    if (!isRetryable(error)) await tx.query({ text: 'rollback to savepoint part' });
    throw error;
  }
}
