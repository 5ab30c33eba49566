/** Statements that are sent together, or as they are given where they are large. */
import type { Statement } from './pool.ts';
import { createPause } from './slices.ts';

/** Bytes of values, about: of statements that are sent together, and on their way to Postgres. */
const most = { together: 2 ** 17, onTheWay: 8 * 2 ** 20 };

type Send = (statements: readonly Statement[]) => Promise<object[][]>;

/**
 * @param begun what each message but the first waits for, so that none is carried out without a transaction
 * @param sent called when all have been sent, before they are waited for
 */
export async function pipeline(send: Send, statements: Iterable<Statement>, begun: () => Promise<unknown> | undefined, sent: () => void): Promise<object[][]> {
  const answers: Promise<object[][]>[] = [];
  const pause = createPause();
  let [some, bytes, onTheWay]: [Statement[], number, number] = [[], 0, 0];
  const go = (): void => {
    if (some.length === 0) return;
    const answer = send(some);
    // Thrown below; until then nobody waits for it.
    answer.catch(() => {});
    answers.push(answer);
    [some, bytes, onTheWay] = [[], 0, onTheWay + bytes];
  };
  for (const statement of statements) {
    some.push(statement);
    for (const value of statement.values ?? []) if (value instanceof Buffer) bytes += value.length;
    const due = pause();
    if (bytes > most.together || due !== undefined) {
      go();
      await begun();
    }
    if (onTheWay > most.onTheWay) {
      await answers.at(-1)!.catch(() => {});
      onTheWay = 0;
    }
    if (due !== undefined) await due;
  }
  go();
  sent();
  const results = await Promise.allSettled(answers);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.flatMap((result) => (result as PromiseFulfilledResult<object[][]>).value);
}
