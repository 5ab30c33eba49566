/**
 * Group commit: single writes of several clients that wait at the same time are committed in one transaction, whose statements and whose
 * flush they share. Whoever finds no group under way is written at once; nobody is waited for.
 *
 * It changes no outcome: none of the writes depends on another of its group, and where a group fails, by whatever is wrong with one of
 * them, each is written by itself as if there had been no group. Nor may one hold up the others: a group gives up soon where it has to
 * wait for a lock that another transaction holds.
 */
import { ContentionExhausted, DatabaseUnavailable, sqlState, StatementTimeout } from '../db/errors.ts';
import type { Lane } from '../db/pool.ts';
import type { Signal } from '../db/signal.ts';
import { DefinitionsChanged } from './definitions-lock.ts';
import { identityKey, largestShared } from './identities.ts';
import type { Rids } from './rids.ts';
import { commit, type Committed, type Write, type WriteIndex } from './write.ts';

export interface GroupCommit {
  /**
   * @param write that changes no definitions and depends on nothing but its own row
   * @returns what became of it, once it is committed
   * @throws what `commit` throws for it alone; the signal's reason
   */
  write(write: Write, index: WriteIndex, signal: Signal): Promise<Committed>;
}

/** Of one group. One is under way at a time, and the next begins when it is carried out and has only to be committed: with two they are smaller, and a write dearer (DECISIONS.md "Storage"). */
const most = { writes: 64, bytes: 2 ** 20 };
/** Milliseconds that a group waits for a lock. */
const lockTimeout = 50;

interface Waiting {
  readonly write: Write;
  readonly index: WriteIndex;
  readonly signal: Signal;
  /** Absent for one that nobody else can know of. */
  readonly key: string | undefined;
  /** What its signal calls while it waits. */
  readonly leave: () => void;
  resolve(committed: Committed): void;
  reject(reason: unknown): void;
}

/**
 * @param lane of writes
 * @param rids of that lane
 */
export function createGroupCommit(lane: Lane, rids: Rids): GroupCommit {
  let waiting: Waiting[] = [];
  /** Identities that are being written: the next writes to them would wait for a lock, and do so here. */
  const busy = new Set<string>();
  let underWay: readonly Waiting[] | undefined;
  /** Carried out, and to be committed. */
  const flushing = new Set<readonly Waiting[]>();
  /** What comes in one turn of the event loop goes together. */
  let isDue = false;

  const alone = ({ write, index, signal }: Waiting): Promise<Committed> =>
    lane.transaction({ signal }, (tx) => commit(tx, [write], index, { isLast: true, rids })).then(([committed]) => committed!);

  const release = ({ key }: Waiting): void => void (key !== undefined && busy.delete(key));

  const finish = async (one: Waiting): Promise<void> => {
    await alone(one).then(one.resolve, one.reject);
    release(one);
    begin();
  };

  /** The writes that go together next, in the order in which they came. */
  const take = (): Waiting[] => {
    const group: Waiting[] = [];
    const left: Waiting[] = [];
    let bytes = 0;
    for (const one of waiting) {
      const size = one.write.content?.text.length ?? 0;
      const fits = group.length < most.writes && bytes + size <= most.bytes && (group.length === 0 || group[0]!.index === one.index);
      if (!fits || (one.key !== undefined && busy.has(one.key))) {
        left.push(one);
        continue;
      }
      if (one.key !== undefined) busy.add(one.key);
      one.signal.removeEventListener('abort', one.leave);
      bytes += size;
      group.push(one);
    }
    waiting = left;
    return group;
  };

  const begin = (): void => {
    // Where Postgres does not get on with flushing, no more connections are taken for it.
    if (underWay !== undefined || flushing.size > 1) return;
    const group = take();
    if (group.length > 0) void run(group);
  };

  const run = async (group: readonly Waiting[]): Promise<void> => {
    underWay = group;
    const end = await together(group);
    if (underWay === group) underWay = undefined;
    flushing.delete(group);
    if (end === 'undone') for (const one of group) void finish(one);
    else group.forEach(release);
    // Where the database does not answer, all find that out at the same time.
    if (end === 'lost') for (const one of waiting.splice(0)) {
      one.signal.removeEventListener('abort', one.leave);
      void alone(one).then(one.resolve, one.reject);
    }
    begin();
  };

  /** @returns whether it is known what became of them; `undone`: nothing was written, and each is to be written by itself */
  const together = async (group: readonly Waiting[]): Promise<'done' | 'undone' | 'lost'> => {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    /** In this attempt the writes are carried out, and what is left is to commit them. */
    let isCarriedOut = false;
    for (const { signal } of group) signal.addEventListener('abort', abort, { once: true });
    try {
      const committed = await lane.transaction({ signal: controller.signal, lockTimeout }, async (tx) => {
        isCarriedOut = false;
        const done = await commit(tx, group.map(({ write }) => write), group[0]!.index, { isShared: group.length > 1, isLast: true, rids });
        isCarriedOut = true;
        if (underWay === group) underWay = undefined;
        flushing.add(group);
        begin();
        return done;
      });
      group.forEach((one, n) => one.resolve(committed[n]!));
      return 'done';
    } catch (error) {
      if (isCarriedOut ? isRolledBack(error) : isOfOne(error)) return 'undone';
      for (const one of group) one.reject(error);
      return error instanceof DatabaseUnavailable ? 'lost' : 'done';
    } finally {
      for (const { signal } of group) signal.removeEventListener('abort', abort);
    }
  };

  return {
    write: (write, index, signal) => new Promise((resolve, reject) => {
      const key = write.fresh === true ? undefined : identityKey(write.type, write.id);
      const leave = (): void => {
        waiting = waiting.filter((other) => other !== one);
        reject(signal.reason);
      };
      const one: Waiting = { write, index, signal, key, leave, resolve, reject };
      if ((write.content?.text.length ?? 0) > largestShared) {
        void alone(one).then(resolve, reject);
        return;
      }
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(one);
      if (isDue) return;
      isDue = true;
      setImmediate(() => {
        isDue = false;
        begin();
      });
    }),
  };
}

/** Of what was thrown before COMMIT was sent: whether it may be the fault of one write of several. */
const isOfOne = (error: unknown): boolean => !(error instanceof DatabaseUnavailable || error instanceof DefinitionsChanged);

/** Of what COMMIT was answered with: whether Postgres said that it has undone all. Whatever else is thrown leaves open whether the writes are there. */
const isRolledBack = (error: unknown): boolean =>
  error instanceof StatementTimeout || error instanceof ContentionExhausted || sqlState(error) !== undefined;
