/**
 * commit: the only code that changes a resource. R4: http.html#create, #update, #delete, #transaction.
 *
 * Whatever plans writes (an interaction, a transaction Bundle) hands them over together. Two round trips carry them out: one
 * locks and finds the identity rows and takes the stamp, one writes bodies, history and index with an array-bound statement a
 * table, however many the writes are. Where what is written depends on what is there, `hold` has locked it before, and the first of
 * the two is left with the identities that are new. What is new to everyone, and refers to nothing that is not known, takes one (write-new.ts).
 */
import type { Statement, Transaction } from '../db/pool.ts';
import { inSlices } from '../db/slices.ts';
import { applyStamp, stampPlan, unstamped } from '../fhir/json/splice.ts';
import type { JsonObject } from '../fhir/json/value.ts';
import { compactJson, type CompactJson } from '../fhir/json/scan.ts';
import { parseJson } from '../fhir/json/value.ts';
import type { SearchIndex } from '../search/extract.ts';
import type { IndexRows } from '../search/rows.ts';
import { bodyStatements, isTaken, type PlannedRow } from './bodies.ts';
import { definitionsLock, requireVersion } from './definitions-lock.ts';
import { identityKey, lockedOf, lockStatement, ridStatement, stampStatement, type Held, type Identity, type Locked, type LockedRow, type Stamp } from './identities.ts';
import { piecesOf } from './index-batch.ts';
import { change, changeStatements, createIndexChanges, settleShapes, type IndexChanges } from './index-changes.ts';
import type { Rids } from './rids.ts';
import { writeNew } from './write-new.ts';

/** A change to one resource, planned. */
export interface Write {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly type: string;
  readonly id: string;
  /** What to store; absent for DELETE. */
  readonly content?: Content;
  /** The id was just given by this server, so that no row can stand in its way. */
  readonly fresh?: boolean;
  /** The version as another server made it, newer than what is there: it keeps its number and time. */
  readonly kept?: { readonly version: number; readonly lastUpdated: Date };
  /** Called under the lock with what is there (undefined: nothing, or deleted); throws what a precondition demands. */
  readonly check?: (there: Locked | undefined) => void;
}

export interface Content {
  /** Compact JSON; its id and meta.versionId, meta.lastUpdated are replaced. */
  readonly text: Buffer;
  /** The same, parsed. */
  readonly resource: JsonObject;
  /** Of the index and of the write's identity, where they have been derived already. */
  readonly rows?: IndexRows;
}

/**
 * Derives the rows of the index where the resource has just been parsed, and keeps these, not the resource, which takes more memory than all else of a write: a
 * Bundle's would be held all at once. Who asks for it has it parsed again.
 */
export function withRows({ bytes, canonicalNumbers }: CompactJson, resource: JsonObject, { type, id }: Identity, index: WriteIndex): Content {
  return {
    text: bytes,
    rows: index.extract(type, identified(resource, id)),
    get resource() {
      return parseJson({ bytes, canonicalNumbers }) as JsonObject;
    },
  };
}

/** What became of a write. */
export interface Committed {
  readonly type: string;
  readonly id: string;
  /** Current version after the commit; 0 where a DELETE found nothing. */
  readonly version: number;
  readonly lastUpdated: Date;
  /** The resource did not exist before: 201. */
  readonly created: boolean;
  /** A new version was made. */
  readonly changed: boolean;
  /** The current text, or its UTF-8; undefined after DELETE. */
  readonly body: string | Buffer | undefined;
}

/** One of the writes of several clients would show in what becomes of the others. */
export class Apart extends Error {
  override readonly name = 'Apart';
}

export interface CommitOptions {
  /** What the transaction has locked already: every write's identity, unless it is fresh. */
  readonly held?: Held | undefined;
  /** They change the definitions, so that no other may write meanwhile. */
  readonly isAlone?: boolean;
  /** They are of several clients, and none may show in what becomes of another. */
  readonly isShared?: boolean;
  /** The transaction ends with them. */
  readonly isLast?: boolean;
  /** What is known of rids; what the transaction finds is learnt once it is committed. */
  readonly rids?: Rids;
}

/** Another transaction created one of the identities first; the transaction starts anew. */
export class IdentityTaken extends Error {
  /** Handled by the pool as a serialisation failure: roll back and run again. */
  readonly code = '40001';
}

/** Throws what was thrown; IdentityTaken where a row that was to be inserted is there. */
export function thrownAnew(error: unknown): never {
  throw isTaken(error) ? new IdentityTaken() : error;
}

/**
 * Carries out the writes in the transaction given.
 * @param writes at most one for each (type, id)
 * @returns what became of each, in their order
 * @throws whatever a write's `check` throws; IdentityTaken; Apart; DefinitionsChanged where the index is of other definitions than the database's
 */
export async function commit(tx: Transaction, writes: readonly Write[], index: WriteIndex, options: CommitOptions = {}): Promise<Committed[]> {
  if (writes.length === 0) return [];
  const { held, isAlone = false, isShared = false, isLast = false, rids } = options;
  const rows = await inSlices(writes, (write) => (write.content === undefined ? undefined : write.content.rows ?? index.extract(write.type, identified(write.content.resource, write.id))));
  const needed = neededBy(writes, rows, rids);
  if (isLast && !isAlone && held === undefined && needed.known.size === needed.all.size && writes.every(isNew)) return await commitNew(tx, writes, rows, index, needed, rids);
  if (held !== undefined && isAlone) await tx.query(definitionsLock(true));
  const found = await find(tx, writes, needed, index, options);
  const stamp = laterThanAll(found.now, found.locked.values());
  if (isShared && stamp.getTime() > found.now.getTime() + mostAhead) throw new Apart('A version that is there is of a time to come');

  const plan = createPlan(stamp, found.ridOf, index);
  const committed = await inSlices(writes, (write, n) => {
    const there = found.locked.get(identityKey(write.type, write.id));
    write.check?.(there !== undefined && there.body !== null ? there : undefined);
    return write.content === undefined ? remove(plan, write, there) : put(plan, write, write.content, rows[n]!, there);
  });
  for (const target of found.absent) plan.rows.push({ ...target, version: 0, method: null, body: undefined, isNew: true });

  const results = await tx.pipeline(statementsOf(plan), isLast).catch(thrownAnew);
  settleShapes(plan, results);
  if (rids !== undefined) tx.afterCommit(() => rids.learn([...needed.all].map(([key, { type, id }]) => [key, found.ridOf(type, id)]), needed.opened));
  return committed;
}

/** Nobody can know of it, and it depends on nothing that is there. */
const isNew = ({ method, fresh, content, kept, check }: Write): boolean => method === 'POST' && fresh === true && content !== undefined && kept === undefined && check === undefined;

async function commitNew(tx: Transaction, writes: readonly Write[], rows: readonly (IndexRows | undefined)[], index: WriteIndex, { known, opened }: Needed, rids: Rids | undefined): Promise<Committed[]> {
  const resources = writes.map(({ type, id, content }, n) => ({ type, id, rid: known.get(identityKey(type, id))!, text: content!.text, rows: rows[n]! }));
  const { at, bodies } = await writeNew(tx, resources, index, (type, id) => known.get(identityKey(type, id))!).catch(thrownAnew);
  if (rids !== undefined) tx.afterCommit(() => rids.learn(resources.map(({ type, id, rid }) => [identityKey(type, id), rid]), opened));
  return writes.map(({ type, id }, n) => ({ type, id, version: 1, lastUpdated: at, created: true, changed: true, body: bodies[n]! }));
}

function* statementsOf(plan: Plan): Generator<Statement> {
  yield* bodyStatements(plan.rows, plan.superseded, plan.stamp);
  yield* changeStatements(plan);
}

export type WriteIndex = Pick<SearchIndex, 'extract' | 'knownShapes' | 'version'>;

/** The resource as it will be stored: its id places it in its own compartment. */
const identified = (resource: JsonObject, id: string): JsonObject => (resource['id'] === id ? resource : { ...resource, id });

interface Found {
  readonly now: Date;
  readonly locked: ReadonlyMap<string, Locked>;
  readonly ridOf: (type: string, id: string) => bigint;
  /** Referenced resources that no row stands for yet. */
  readonly absent: readonly { type: string; id: string; rid: bigint }[];
}

/** The identities that writes concern. */
interface Needed {
  /** Those that will have a row. A deletion of what is not there makes none, and what others refer to by it is absent like any other. */
  readonly own: ReadonlyMap<string, Identity>;
  /** With those that are referred to. */
  readonly all: ReadonlyMap<string, Identity>;
  /** rids that need not be asked for. */
  readonly known: ReadonlyMap<string, bigint>;
  /** Connections opened by then (rids.ts). */
  readonly opened: number;
}

function neededBy(writes: readonly Write[], rows: readonly (IndexRows | undefined)[], rids: Rids | undefined): Needed {
  const own = new Map<string, Identity>();
  for (const write of writes) if (write.content !== undefined || write.kept !== undefined) own.set(identityKey(write.type, write.id), write);
  const all = new Map(own);
  for (const row of rows) {
    if (row === undefined) continue;
    for (const { references } of [row, ...row.contained.map((one) => one.rows)]) {
      for (const { target } of references) if (!('contained' in target)) all.set(identityKey(target.type, target.id), target);
    }
  }
  const known = new Map<string, bigint>();
  if (rids === undefined) return { own, all, known, opened: 0 };
  const fresh = writes.filter(isNew);
  const free = fresh.length === 0 ? [] : rids.take(fresh.length) ?? [];
  free.forEach((rid, n) => known.set(identityKey(fresh[n]!.type, fresh[n]!.id), rid));
  for (const key of all.keys()) {
    const rid = own.has(key) ? undefined : rids.of(key);
    if (rid !== undefined) known.set(key, rid);
  }
  return { own, all, known, opened: rids.opened() };
}

async function find(tx: Transaction, writes: readonly Write[], { own, all, known }: Needed, index: WriteIndex, { held, isAlone = false, isShared = false, rids }: CommitOptions): Promise<Found> {
  const lockable = held === undefined ? writes.filter((write) => write.fresh !== true) : [];
  const asked = [...all].filter(([key]) => held?.locked.has(key) !== true && !known.has(key));
  const statements: Statement[] = [];
  if (held === undefined) statements.push(definitionsLock(isAlone));
  if (lockable.length > 0) statements.push(lockStatement(lockable, isShared));
  if (asked.length > 0) statements.push(ridStatement(asked.map(([, identity]) => identity)));
  if (held === undefined) statements.push(stampStatement);
  const results = statements.length === 0 ? [] : await tx.pipeline(statements);
  if (held === undefined) results.shift();
  const lockedRows = lockable.length > 0 ? (results.shift() as LockedRow[]) : [];
  if (lockedRows.some(({ withheld }) => withheld === true)) throw new Apart('A version that is there is large');
  const locked = held?.locked ?? lockedOf(lockedRows);
  const ridRows = asked.length > 0 ? (results.shift() as { rid: string; found: boolean }[]) : [];
  const [stamp] = held === undefined ? (results.shift() as Stamp[]) : [];
  if (stamp !== undefined) requireVersion(index, stamp.version);
  const now = held?.now ?? stamp!.now;

  const ridByKey = new Map(known);
  for (const [key, { rid }] of locked) ridByKey.set(key, rid);
  const absent: { type: string; id: string; rid: bigint }[] = [];
  let taken: bigint | undefined;
  asked.forEach(([key, { type, id }], n) => {
    const rid = BigInt(ridRows[n]!.rid);
    ridByKey.set(key, rid);
    if (own.has(key)) {
      if (!ridRows[n]!.found && (taken === undefined || rid > taken)) taken = rid;
      // Created by another transaction between the two statements: run again, and lock it.
      if (ridRows[n]!.found && !locked.has(key)) throw new IdentityTaken();
    } else if (!ridRows[n]!.found) {
      absent.push({ type, id, rid });
    }
  });
  if (taken !== undefined) rids?.passed(taken);
  return { now, locked, absent, ridOf: (type, id) => ridByKey.get(identityKey(type, id))! };
}

/** Milliseconds by which a version may be ahead of the clock without being one of a time to come, as another server may have given it. */
const mostAhead = 1_000;

/** One stamp a transaction, strictly above that of every version it supersedes. */
function laterThanAll(now: Date, locked: Iterable<Locked>): Date {
  let time = now.getTime();
  for (const { version, lastUpdated } of locked) {
    if (version > 0 && lastUpdated.getTime() >= time) time = lastUpdated.getTime() + 1;
  }
  return new Date(time);
}

interface Plan extends IndexChanges {
  readonly stamp: Date;
  readonly ridOf: Found['ridOf'];
  readonly index: WriteIndex;
  readonly rows: PlannedRow[];
  /** rids whose present row goes into history. */
  readonly superseded: bigint[];
}

const createPlan = (stamp: Date, ridOf: Found['ridOf'], index: Plan['index']): Plan =>
  ({ ...createIndexChanges(index, ridOf), index, stamp, ridOf, rows: [], superseded: [] });

function put(plan: Plan, write: Write, content: Content, rows: IndexRows, there: Locked | undefined): Committed {
  const { type, id, method, kept } = write;
  const alive = there !== undefined && there.body !== null;
  if (kept === undefined && alive && sameContent(content.text, there.body)) {
    return { type, id, version: there.version, lastUpdated: there.lastUpdated, created: false, changed: false, body: there.body };
  }
  const rid = there?.rid ?? plan.ridOf(type, id);
  const { version, lastUpdated } = kept ?? { version: (there?.version ?? 0) + 1, lastUpdated: plan.stamp };
  const body = applyStamp(stampPlan(content.text), { id, versionId: String(version), lastUpdated: lastUpdated.toISOString() });
  if (there !== undefined && there.version > 0) plan.superseded.push(rid);
  plan.rows.push({ rid, type, id, version, method, body, isNew: there === undefined, ...(kept && { lastUpdated }) });
  change(plan, alive ? piecesOf(type, rid, rowsOf(plan, type, there.body)) : [], piecesOf(type, rid, rows));
  return { type, id, version, lastUpdated, created: !alive, changed: true, body };
}

const rowsOf = ({ index }: Plan, type: string, body: string): IndexRows => index.extract(type, parseJson(compactJson(Buffer.from(body))) as JsonObject);

/** A deletion makes a version only where there is something to delete (http.html#delete). */
function remove(plan: Plan, write: Write, there: Locked | undefined): Committed {
  const { type, id, method, kept } = write;
  if (kept === undefined && (there === undefined || there.body === null)) {
    return { type, id, version: there?.version ?? 0, lastUpdated: there?.lastUpdated ?? plan.stamp, created: false, changed: false, body: undefined };
  }
  const { version, lastUpdated } = kept ?? { version: there!.version + 1, lastUpdated: plan.stamp };
  const rid = there?.rid ?? plan.ridOf(type, id);
  if (there !== undefined && there.version > 0) plan.superseded.push(rid);
  plan.rows.push({ rid, type, id, version, method, body: undefined, isNew: there === undefined, ...(kept && { lastUpdated }) });
  if (there !== undefined && there.body !== null) change(plan, piecesOf(type, rid, rowsOf(plan, type, there.body)), []);
  return { type, id, version, lastUpdated, created: false, changed: true, body: undefined };
}

/** Token for token, but for id, versionId and lastUpdated: then an update is none. */
const sameContent = (text: Buffer, body: string): boolean => unstamped(text).equals(unstamped(Buffer.from(body)));
