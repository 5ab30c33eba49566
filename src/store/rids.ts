/**
 * What a server knows of rids without asking the database: those of identities that it has met, and new ones that it took from the sequence ahead of
 * their use. A rid stays its identity's whatever becomes of the resource (erase.ts), so that what is known stays right, whoever writes.
 *
 * All of it is forgotten when a connection is opened: the database behind it may be another one, as when a standby takes over.
 */
import type { Lane } from '../db/pool.ts';

export interface Rids {
  /** @returns the rid of an identity whose row is known to be there. To be called, as `take`, with a connection of the lane at hand, and used on that one */
  of(key: string): bigint | undefined;
  /** @returns as many as asked that no row has; undefined where there are not enough at hand */
  take(count: number): bigint[] | undefined;
  /**
   * That a resource got one straight from the sequence: those at hand that come before it are of no more use, since resources made one after another stand in that order.
   * @param rid the last one, where there are several
   */
  passed(rid: bigint): void;
  /** How many connections there were when it was last looked. */
  opened(): number;
  /**
   * @param rows that are committed: rids by the keys of their identities
   * @param opened as it was when they were looked up
   */
  learn(rows: Iterable<readonly [key: string, rid: bigint]>, opened: number): void;
}

/** Identities that are known at most, about: those that were met or asked for last. */
const most = 2 ** 15;
/** rids that are taken at once, and how few are left when more are asked for. */
const [block, low] = [512, 256];
/**
 * Milliseconds for which they are of use, and at which resources must follow one another for any to be taken: resources stand in the order of their rids,
 * which is to be that of their creation, but for what two servers create in the same second.
 */
const [lifetime, often] = [1_000, 100];

/** @param lane on whose connections they are used */
export function createRids(lane: Pick<Lane, 'query' | 'opened'>): Rids {
  let [young, old] = [new Map<string, bigint>(), new Map<string, bigint>()];
  let free: { readonly rids: bigint[]; readonly since: number } = { rids: [], since: 0 };
  let isRefilling = false;
  /** None was at hand when some were wanted often. More are taken only once those who had to ask the database have theirs: before, they would be passed. */
  let isShort = false;
  let last = 0n;
  let [opened, lastTaken] = [0, -Infinity];

  const look = (): void => {
    if (lane.opened() === opened) return;
    opened = lane.opened();
    [young, old, free, last] = [new Map(), new Map(), { rids: [], since: 0 }, 0n];
  };
  const add = (key: string, rid: bigint): void => {
    young.set(key, rid);
    if (young.size < most / 2) return;
    [young, old] = [new Map(), young];
  };
  const refill = async (): Promise<void> => {
    if (isRefilling) return;
    isRefilling = true;
    const [asked, since] = [lane.opened(), performance.now()];
    try {
      const rows = await lane.query<{ rid: string }>({ name: 'take_rids', text: "select nextval('resource_rid_seq') as rid from generate_series(1, $1)", values: [block] });
      look();
      if (asked === opened) free = { rids: rows.map(({ rid }) => BigInt(rid)).filter((rid) => rid > last), since };
    } catch {
      // Whoever needs them asks the database itself, and is told what is wrong with it.
    } finally {
      isRefilling = false;
    }
  };

  return {
    of(key) {
      look();
      const known = young.get(key);
      if (known !== undefined) return known;
      const before = old.get(key);
      if (before !== undefined) add(key, before);
      return before;
    },
    take(count) {
      look();
      const now = performance.now();
      const isOften = now - lastTaken < often;
      lastTaken = now;
      if (now - free.since > lifetime) free = { rids: [], since: 0 };
      const isEnough = free.rids.length >= count;
      isShort = isOften && !isEnough && count <= block;
      if (isOften && isEnough && free.rids.length - count < low) void refill();
      return isEnough ? free.rids.splice(0, count) : undefined;
    },
    passed(rid) {
      if (rid > last) last = rid;
      if (free.rids.length > 0 && free.rids[0]! < last) free = { ...free, rids: free.rids.filter((one) => one > last) };
      if (isShort) void refill();
      isShort = false;
    },
    opened: () => opened,
    learn(rows, at) {
      if (at !== lane.opened()) return;
      for (const [key, rid] of rows) add(key, rid);
    },
  };
}
