/**
 * transaction: all entries or none. R4: http.html#trules.
 *
 * Texts are cut out of the Bundle, references between entries are rewritten in them, and all writes are committed together; what
 * reads comes last and sees them. Conditional references are resolved against what is stored and what the Bundle itself writes.
 */
import type { Context } from '../../context.ts';
import type { Transaction } from '../../db/pool.ts';
import type { ResponseEntry } from '../../fhir/bundle.ts';
import { FhirError, notSupported, structure } from '../../fhir/outcome.ts';
import { checkedId } from '../../fhir/resource.ts';
import { contentFrom, requireSameId } from '../../rest/content.ts';
import type { FhirRequest } from '../../rest/endpoint.ts';
import { inTransaction } from '../../rest/commit.ts';
import { preconditionCheck } from '../../rest/preconditions.ts';
import { parsePreferences } from '../../rest/preferences.ts';
import { lockCriteria, parseConditional, type Criteria } from '../../search/conditional.ts';
import { parseIfNoneExist } from '../../rest/if-none-exist.ts';
import { newId } from '../../store/identity.ts';
import { commit, type Committed, type Write } from '../../store/write.ts';
import { inProcessingOrder, requestOf, type Entry } from './entry.ts';
import { settleConditionalCreates, type There } from './conditions.ts';
import { resolveReferences, type Draft } from './references.ts';
import { entryOfResponse, entryOfVersion } from './response.ts';

/** An entry that writes, with the identity it writes to. */
interface Plan extends Draft {
  readonly kind: 'create' | 'update' | 'delete';
  /** ifNoneExist */
  readonly criteria?: Criteria;
}

/** @returns the responses in the order of the request; throws the first error, and nothing has happened */
export async function runTransaction(
  entries: readonly Entry[], request: FhirRequest, context: Context, canonicalNumbers: boolean,
): Promise<ResponseEntry[]> {
  const ordered = inProcessingOrder(entries);
  const plans = ordered.filter(writes).map((entry) => within(entry, () => planOf(entry, context)));
  refuseOverlap(plans);
  return inTransaction(context, async (tx) => {
    const inside: Context = { ...context, tx };
    const responses: ResponseEntry[] = [];
    const known = await existing(tx, plans, inside, canonicalNumbers);
    const committed = await carryOut(tx, plans, known, inside, canonicalNumbers);
    for (const [plan, one] of committed) responses[plan.entry.index] = responseOf(plan, one, request);
    for (const [plan, there] of known) {
      const version = 'entry' in there ? committed.get(there)! : there;
      responses[plan.entry.index] = entryOfVersion(200, version, wanted(request, version.body));
    }
    for (const entry of ordered.filter((candidate) => !writes(candidate))) {
      responses[entry.index] = await read(entry, request, inside);
    }
    return responses;
  });
}

/** POST to a type, PUT and DELETE; anything else is dispatched behind them. */
const writes = ({ method, path }: Entry): boolean =>
  method === 'PUT' || method === 'DELETE' || method === 'PATCH' || (method === 'POST' && path.length === 1 && !path[0]!.startsWith('$'));

function planOf(entry: Entry, context: Context): Plan {
  const { method, path, expression, parameters, resource } = entry;
  const [type, id] = path;
  const url = `${expression}.request.url`;
  if (type === undefined || path.length > 2 || !context.definitions.hasResourceType(type)) {
    throw structure(`"${method} ${path.join('/')}" is no write of a transaction`, { expression: url });
  }
  if (method !== 'DELETE' && resource === undefined) throw structure(`${method} needs a resource`, { expression: `${expression}.resource` });
  if (method === 'PATCH') throw notSupported('PATCH is not supported in a transaction', { expression: `${expression}.request.method` });
  if (method === 'POST') {
    const ifNoneExist = entry.headers['if-none-exist'];
    const criteria = ifNoneExist === undefined ? undefined : ifNoneExistCriteria(type, ifNoneExist, context, `${expression}.request.ifNoneExist`);
    return { kind: 'create', entry, type, id: newId(), ...(criteria !== undefined && { criteria }) };
  }
  if (id === undefined || parameters.length > 0) {
    throw notSupported(`A conditional ${method} is not supported in a transaction`, { expression: url });
  }
  return { kind: method === 'PUT' ? 'update' : 'delete', entry, type, id: checkedId(id, url) };
}

const ifNoneExistCriteria = (type: string, text: string, context: Context, expression: string): Criteria =>
  parseConditional(type, parseIfNoneExist(text, type, context.settings.ownBases), context.index, { expression });

/** No resource may stand twice in a transaction (http.html#trules). */
function refuseOverlap(plans: readonly Plan[]): void {
  const seen = new Map<string, Plan>();
  for (const plan of plans) {
    const name = `${plan.type}/${plan.id}`;
    const before = seen.get(name);
    if (before !== undefined) {
      throw structure(`${name} is written by two entries`, { expression: [before.entry.expression, plan.entry.expression] });
    }
    seen.set(name, plan);
  }
}

/** Of the conditional creates, those that are there already. Locks their criteria first, so that no other client creates them meanwhile. */
async function existing(tx: Transaction, plans: readonly Plan[], context: Context, canonicalNumbers: boolean): Promise<Map<Plan, There | Plan>> {
  const criteria = plans.flatMap((plan) => plan.criteria ?? []);
  if (criteria.length === 0) return new Map();
  await lockCriteria(tx, criteria, context.index);
  return settleConditionalCreates(tx, plans, context, canonicalNumbers);
}

async function carryOut(
  tx: Transaction, plans: readonly Plan[], known: ReadonlyMap<Plan, There | Plan>, context: Context, canonicalNumbers: boolean,
): Promise<Map<Plan, Committed>> {
  const active = plans.filter((plan) => !known.has(plan));
  const identities = [...active, ...[...known].map(([plan, there]) => ({ ...plan, id: there.id }))];
  const texts = await resolveReferences(tx, active, identities, context, canonicalNumbers);
  const planned = active.map((plan): Write => within(plan.entry, () => {
    const { type, id, kind, entry } = plan;
    const check = preconditionCheck(type, id, { ifMatch: entry.headers['if-match'], ifNoneMatch: entry.headers['if-none-match'] });
    const bytes = texts.get(plan);
    const content = bytes === undefined ? undefined : contentFrom({ bytes, canonicalNumbers }, type, context, `${entry.expression}.resource`);
    if (kind === 'update') requireSameId(content!, id, `${entry.expression}.resource`);
    return {
      method: kind === 'create' ? 'POST' : kind === 'update' ? 'PUT' : 'DELETE', type, id,
      ...(content !== undefined && { content }), ...(kind === 'create' && { fresh: true }),
      ...(check !== undefined && { check: (there) => within(entry, () => check(there)) }),
    };
  }));
  const committed = await commit(tx, planned, context.index);
  return new Map(active.map((plan, n) => [plan, committed[n]!]));
}

function responseOf(plan: Plan, committed: Committed, request: FhirRequest): ResponseEntry {
  if (plan.kind === 'delete') {
    return { response: { status: '204 No Content', ...(committed.version > 0 && { etag: `W/"${committed.version}"` }) } };
  }
  return entryOfVersion(committed.created ? 201 : 200, committed, wanted(request, committed.body));
}

/** In a Bundle the resources written come back only where the client asks for them. */
const wanted = (request: FhirRequest, body: string | undefined): string | undefined =>
  parsePreferences(request.headers['prefer']).return === 'representation' ? body : undefined;

async function read(entry: Entry, request: FhirRequest, context: Context): Promise<ResponseEntry> {
  try {
    return entryOfResponse(await context.dispatch(requestOf(entry, request), context), entry, request);
  } catch (error) {
    throw named(entry, error);
  }
}

function within<T>(entry: Entry, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw named(entry, error);
  }
}

/** Adds the entry to an error that does not name one. */
function named(entry: Entry, error: unknown): unknown {
  if (!(error instanceof FhirError)) return error;
  const issues = error.issues.map((issue) => (issue.expression === undefined ? { ...issue, expression: [entry.expression] } : issue));
  return new FhirError(error.status, issues, error.headers);
}
