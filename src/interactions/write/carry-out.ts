/**
 * Carries out writes, one or a Bundle's: settles criteria, patches what it locks, and commits all together. R4: http.html#create,
 * #update, #patch, #delete, #trules.
 *
 * Criteria are locked before rows, and rows all at once, in here or in `commit`: that is the order in which no two transactions wait
 * for one another.
 */
import type { Context } from '../../context.ts';
import type { Transaction } from '../../db/pool.ts';
import { inSlices } from '../../db/slices.ts';
import { compactJson, type CompactJson } from '../../fhir/json/scan.ts';
import { nodeOf, textOf } from '../../fhir/json/tree.ts';
import { deleted, notFound, structure } from '../../fhir/outcome.ts';
import { etagOf } from '../../fhir/resource.ts';
import { safeNarrative } from '../../fhir/patch/narrative.ts';
import { commitAlone, commitWrites, inTransaction, type PlacedWrite, type Written } from '../../rest/commit.ts';
import { contentFrom, requireSameId } from '../../rest/content.ts';
import type { FhirRequest } from '../../rest/endpoint.ts';
import { named, within } from '../../rest/place.ts';
import { gathering } from '../../rest/gathering.ts';
import { preconditionCheck } from '../../rest/preconditions.ts';
import { hold, identityKey, type Held, type Locked } from '../../store/identities.ts';
import { withRows, type Content, type Write } from '../../store/write.ts';
import { askedOf, type Asked } from './ask.ts';
import { cascades } from './cascade.ts';
import { settle, settledDirectly, type Settled, type Target } from './settle.ts';

/** A write with its identity, and its text unless it is a deletion. */
export interface Planned {
  readonly asked: Asked;
  readonly type: string;
  readonly id: string;
  readonly text?: CompactJson;
  /** What a patch was made on. */
  readonly before?: Buffer;
}

/**
 * Rewrites texts before they are stored; a transaction's references are.
 * @param planned what is to be written
 * @param known conditional creates of what is there already: they can be referred to
 * @returns the new text of each that has one
 */
export type Rewrite = (planned: readonly Planned[], known: readonly Planned[]) => Promise<ReadonlyMap<Planned, CompactJson>>;

/**
 * @param asked in the order of processing
 * @returns what became of each: one version, none, or those of a deletion by criteria
 * @throws FhirError naming the entry at fault
 */
export async function carryOut(tx: Transaction, asked: readonly Asked[], context: Context, rewrite?: Rewrite): Promise<Written[][]> {
  const own = await settle(tx, asked, context);
  refuseOverlap(own);
  const cascaded = await cascades(tx, own);
  const settled = [...own, ...cascaded];
  const targets = settled.flatMap(aimsOf);
  const held = targets.some((one) => one.asked.kind === 'patch')
    ? await hold(tx, targets.filter(({ target }) => target.fresh !== true).map((one) => ({ type: one.asked.type, id: one.target.id, method: methods[one.asked.kind] })), context.index)
    : undefined;
  const planned = await inSlices(targets, ({ asked: one, target: { id }, check }): Planned => within(one.place.entry, () => {
    const plan = { asked: one, type: one.type, id };
    return one.kind === 'patch' ? patched(plan, check, held!, context) : { ...plan, ...(one.text && { text: one.text }) };
  }));
  const texts = await rewrite?.(planned, settled.flatMap(knownOf));
  const contents = await gathering(planned, (plan) => within(plan.asked.place.entry, () => contentOf(plan, texts?.get(plan) ?? plan.text, context)));
  const writes = targets.map((target, n) => writeOf(target, contents[n]));
  const written = await commitWrites(tx, writes, context, held);
  const bySettled = grouped(settled, written);
  return own.map((one) => [...bySettled.get(one)!, ...cascaded.filter(({ of }) => of === one).flatMap((other) => bySettled.get(other)!)]);
}

/** An identity to be written, and what must hold under its lock. */
interface Aim {
  readonly asked: Asked;
  readonly target: Target;
  readonly check: Write['check'];
}

const aimsOf = ({ asked, targets }: Settled): Aim[] => targets.map((target) => ({ asked, target, check: checkOf(asked, target) }));

function writeOf({ asked: { kind, type, place: { body, entry } }, target: { id, fresh }, check }: Aim, content: Content | undefined): PlacedWrite {
  return { method: methods[kind], type, id, expression: body, ...(entry !== undefined && { entry }), ...(content && { content }), ...(fresh && { fresh }), ...(check && { check }) };
}

/** PATCH shows as PUT in history, and conditional forms as direct ones. */
const methods: Readonly<Record<Asked['kind'], Write['method']>> = { create: 'POST', update: 'PUT', patch: 'PUT', delete: 'DELETE' };

/** No resource may stand twice in a transaction, by whatever way it was selected (http.html#trules). */
function refuseOverlap(settled: readonly Settled[]): void {
  const seen = new Map<string, Asked>();
  for (const { asked, targets } of settled) {
    for (const { id } of targets) {
      const key = identityKey(asked.type, id);
      const before = seen.get(key);
      if (before !== undefined) throw structure(`${key} is written by two entries`, { expression: [before.place.entry!, asked.place.entry!] });
      seen.set(key, asked);
    }
  }
}

function checkOf({ type, preconditions, place }: Asked, { id, check }: Target): Write['check'] {
  const precondition = preconditionCheck(type, id, preconditions);
  if (check === undefined && precondition === undefined) return undefined;
  return (there) => within(place.entry, () => {
    check?.(there);
    precondition?.(there);
  });
}

/** @throws FhirError 404, 410, 412 for what is there; 422 where it cannot be patched so */
function patched(plan: Planned, check: Write['check'], { locked }: Held, context: Context): Planned {
  const { type, id, asked: { patch, place } } = plan;
  const there = locked.get(identityKey(type, id));
  check?.(there !== undefined && there.body !== null ? there : undefined);
  const before = Buffer.from(bodyOf(there, type, id));
  const tree = nodeOf(before);
  const after = safeNarrative(tree, patch!(tree), context.settings.patchNarrative);
  try {
    return { ...plan, before, text: compactJson(textOf(after)) };
  } catch (error) {
    throw named(place.body, error);
  }
}

function bodyOf(there: Locked | undefined, type: string, id: string): string {
  if (there === undefined || there.version === 0) throw notFound(`${type}/${id} is not known`);
  if (there.body === null) throw deleted(`${type}/${id} was deleted`, { headers: { etag: etagOf(there.version) } });
  return there.body;
}

function contentOf({ asked, type, id }: Planned, text: CompactJson | undefined, context: Context): Content | undefined {
  const { kind, criteria, place } = asked;
  if (text === undefined) return undefined;
  const content = text === asked.text && asked.content !== undefined ? asked.content : contentFrom(text, type, context, place.body);
  // The body's id may be absent where criteria select the resource; another one was refused when they were settled.
  if (kind === 'patch' || (kind === 'update' && criteria === undefined)) requireSameId(content, id, place.body);
  return withRows(text, content.resource, { type, id }, context.index);
}

const knownOf = ({ asked, there }: Settled): Planned[] =>
  there === undefined ? [] : [{ asked, type: asked.type, id: 'id' in there ? there.id : there.targets[0]!.id }];

function grouped(settled: readonly Settled[], committed: readonly Written[]): Map<Settled, Written[]> {
  const bySettled = new Map<Settled, Written[]>();
  let next = 0;
  for (const one of settled) {
    const { there, targets, asked: { type } } = one;
    if (there === undefined) bySettled.set(one, committed.slice(next, (next += targets.length)));
    else if ('id' in there) bySettled.set(one, [{ type, id: there.id, version: there.version, lastUpdated: there.lastUpdated, body: there.body, created: false, changed: false, issues: [] }]);
    else bySettled.set(one, bySettled.get(there)!.map((version) => ({ ...version, created: false, changed: false })));
  }
  return bySettled;
}

/**
 * Carries out a request of its own, in a transaction of its own or the one under way.
 * @returns what became of it; several versions, or none, only for a deletion by criteria
 */
export async function carryOutAlone(request: FhirRequest, context: Context): Promise<Written[]> {
  const [type] = request.path as [string];
  const compact = request.body === undefined ? undefined : compactJson(request.body.bytes);
  const place = { body: type };
  const asked = askedOf(request, compact, context, place);
  // What is no resource opens no transaction, and one that is run again parses nothing again.
  const content = asked.text === undefined ? undefined : contentFrom(asked.text, type, context, place.body);
  if (isDirect(asked)) {
    const [aim] = aimsOf(settledDirectly(asked));
    if (asked.kind === 'update') requireSameId(content!, aim!.target.id, place.body);
    return [await commitAlone(writeOf(aim!, content), context)];
  }
  const [committed] = await inTransaction(context, (tx) => carryOut(tx, [{ ...asked, ...(content && { content }) }], context));
  return committed!;
}

/** Whether it names its resource, and all that is to be written. */
const isDirect = ({ kind, criteria, isCascade }: Asked): boolean => criteria === undefined && isCascade === undefined && kind !== 'patch';
