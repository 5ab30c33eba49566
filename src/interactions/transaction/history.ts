/**
 * A Bundle of type history, kept version by version: replication, and moving in from another server. R4: http.html#history has the Bundle,
 * and leaves to servers what they make of one; DECISIONS.md "History Bundles".
 *
 * It is carried out as a whole or not at all. The newest version of each resource, where it is newer than what is there, is a write like any
 * other; all others are put among the superseded ones. What is there already stays, so that a Bundle can be sent again, in any order.
 */
import type { Context } from '../../context.ts';
import type { Transaction } from '../../db/pool.ts';
import { inSlices } from '../../db/slices.ts';
import type { RequestEntry, ResponseEntry } from '../../fhir/bundle.ts';
import { conflict, structure } from '../../fhir/outcome.ts';
import { commitWrites, inTransaction, type PlacedWrite, type Written } from '../../rest/commit.ts';
import type { FhirRequest } from '../../rest/endpoint.ts';
import { authorise } from '../../rest/hooks.ts';
import { named, within } from '../../rest/place.ts';
import { hold, identityKey } from '../../store/identities.ts';
import { insertSuperseded, isSameVersion, versionsOf, type StoredVersion } from '../../store/versions.ts';
import { readHistoryEntry, type HistoryEntry } from './history-entry.ts';
import { entryOfVersion } from './response.ts';

/** @returns the responses in the order of the request: 201 for a version that is new here, 200 for one that was there; throws the first error, and nothing has happened */
export async function runHistory(sent: readonly RequestEntry[], request: FhirRequest, context: Context, canonicalNumbers: boolean): Promise<ResponseEntry[]> {
  const entries = await inSlices(sent, (entry, n) => readHistoryEntry(entry, n, context, canonicalNumbers));
  const byResource = grouped(entries);
  for (const { method, type, id, expression } of entries) {
    await authorise({ method, base: request.base, path: [type, id], parameters: [], headers: {} }, context).catch((error: unknown) => {
      throw named(expression, error);
    });
  }
  return inTransaction(context, async (tx) => {
    const added = await keep(tx, byResource, context);
    return entries.map((entry) => entryOfVersion(added.has(entry) ? 201 : 200, entry, undefined, added.get(entry)?.issues ?? []));
  });
}

/** The versions of each resource, rising. */
function grouped(entries: readonly HistoryEntry[]): Map<string, HistoryEntry[]> {
  const byResource = new Map<string, HistoryEntry[]>();
  for (const entry of entries) {
    const key = identityKey(entry.type, entry.id);
    const list = byResource.get(key);
    if (list === undefined) byResource.set(key, [entry]);
    else list.push(entry);
  }
  for (const list of byResource.values()) {
    list.sort((a, b) => a.version - b.version);
    list.forEach((entry, n) => {
      if (list[n - 1]?.version === entry.version) throw structure(`Version ${entry.version} of ${entry.type}/${entry.id} is there twice`, { expression: [list[n - 1]!.expression, entry.expression] });
    });
  }
  return byResource;
}

async function keep(tx: Transaction, byResource: ReadonlyMap<string, readonly HistoryEntry[]>, context: Context): Promise<Map<HistoryEntry, Pick<Written, 'issues'>>> {
  const newest = [...byResource.values()].map((list) => list.at(-1)!);
  const held = await hold(tx, newest, context.index);
  const stored = await versionsOf(tx, [...held.locked.values()]);
  const current: HistoryEntry[] = [];
  const superseded: HistoryEntry[] = [];
  for (const [key, list] of byResource) {
    const there = held.locked.get(key);
    const known = there === undefined ? new Map<number, StoredVersion>() : stored.get(there.rid) ?? new Map<number, StoredVersion>();
    const fresh = list.filter((entry) => within(entry.expression, () => isNew(entry, known.get(entry.version))));
    requireOrder(list, known);
    for (const entry of fresh) (entry === list.at(-1) && entry.version > (there?.version ?? 0) ? current : superseded).push(entry);
  }
  const written = await commitWrites(tx, current.map(writeOf), context, held);
  await insertSuperseded(tx, superseded, current);
  return new Map<HistoryEntry, Pick<Written, 'issues'>>([...superseded.map((entry) => [entry, { issues: [] }] as const), ...current.map((entry, n) => [entry, written[n]!] as const)]);
}

const writeOf = ({ method, type, id, version, lastUpdated, content, expression }: HistoryEntry): PlacedWrite =>
  ({ method, type, id, kept: { version, lastUpdated }, expression: `${expression}.resource`, entry: expression, ...(content !== undefined && { content }) });

function isNew(entry: HistoryEntry, known: StoredVersion | undefined): boolean {
  if (known !== undefined && !isSameVersion(entry, known)) throw conflict(`Version ${entry.version} of ${entry.type}/${entry.id} is another one here`);
  return known === undefined;
}

/** A version that is older than the one before it would stand elsewhere in the order of changes. */
function requireOrder(list: readonly HistoryEntry[], known: ReadonlyMap<number, StoredVersion>): void {
  const times = new Map([...known].map(([version, { lastUpdated }]) => [version, lastUpdated]));
  for (const { version, lastUpdated } of list) times.set(version, lastUpdated);
  const versions = [...times].toSorted(([a], [b]) => a - b);
  const late = versions.findIndex(([, time], n) => n > 0 && time < versions[n - 1]![1]);
  if (late < 0) return;
  const [version] = versions[late]!;
  const { type, id, expression } = list.find((entry) => entry.version === version) ?? list[0]!;
  throw conflict(`Version ${version} of ${type}/${id} was made before version ${versions[late - 1]![0]}`, { expression });
}
