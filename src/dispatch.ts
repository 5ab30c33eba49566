/**
 * From a request to its answer, by the definitions in use when it begins. A request that turns out to have begun with definitions that are
 * no more begins anew with the present ones; so does one that was refused by definitions of which another server has made new ones. One that
 * is overtaken again and again keeps others from changing them.
 */
import type { Context, Exchange } from './context.ts';
import { ContentionExhausted } from './db/errors.ts';
import type { Derived, DerivedContext } from './derived.ts';
import { FhirError } from './fhir/outcome.ts';
import type { InUse } from './in-use.ts';
import { carryOutChange } from './rest/commit.ts';
import { answered, isRehearsal } from './rest/dry-run.ts';
import type { Endpoint, FhirRequest, FhirResponse } from './rest/endpoint.ts';
import { authorise } from './rest/hooks.ts';
import { positioned } from './rest/positions.ts';
import { notIndexed } from './rest/not-indexed.ts';
import type { SearchIndex } from './search/extract.ts';
import { NotIndexed } from './search/not-indexed.ts';
import { definitionsLock, DefinitionsChanged } from './store/definitions-lock.ts';

/** Times that a request begins beside others that may change the definitions. */
const patience = 3;
/** A dry run has a transaction of its own, and never begins alone. */
const attempts = 8;

export type Respond = (request: FhirRequest, exchange: Exchange) => Promise<FhirResponse>;
/** Parts of a request's context that follow neither from the definitions nor from the request. */
type SharedContext = Omit<Context, keyof DerivedContext | 'dispatch' | 'pending' | 'exchange' | 'tx'>;
type CarryOut = typeof answered;

/** Only a request of its own can be a dry run, and no entry of a Bundle. */
const asItIs: CarryOut = (endpoint, request, context) => endpoint.handler(request, context);

/** What needs no index: what is asked for by its id, and what is about the server. */
const withoutIndex: ReadonlySet<string> = new Set(['read', 'vread', 'history-instance', 'capabilities', 'job-status']);

/** @throws NotIndexed while all of the index is made anew */
function requireIndex({ code }: Endpoint, { rebuild }: SearchIndex): void {
  if (rebuild !== undefined && !withoutIndex.has(code)) throw new NotIndexed('What is stored', rebuild);
}

export function createRespond(inUse: InUse<Derived>, shared: SharedContext): Respond {
  const contextOf = (derived: Derived, exchange: Exchange): Context => ({ ...shared, ...derived.context, dispatch, exchange, pending: { change: undefined } });
  const begin = async (request: FhirRequest, exchange: Exchange, derived: Derived, carryOut: CarryOut): Promise<FhirResponse> => {
    const context = contextOf(derived, exchange);
    const endpoint = derived.router.match(request);
    requireIndex(endpoint, derived.context.index);
    await authorise(request, context);
    const response = await carryOut(endpoint, request, context);
    // The client's next request may depend on it.
    if (context.pending.change !== undefined) await inUse.refresh().catch(() => {});
    return response;
  };
  /** In one transaction, which has the lock of the definitions from its beginning. */
  const beginAlone = async (request: FhirRequest, exchange: Exchange): Promise<FhirResponse> => {
    const response = await shared.db.write.transaction({ signal: exchange.signal }, async (tx) => {
      await tx.query(definitionsLock(true));
      const derived = await inUse.refresh();
      const context: Context = { ...contextOf(derived, exchange), tx };
      const endpoint = derived.router.match(request);
      requireIndex(endpoint, derived.context.index);
      await authorise(request, context);
      return carryOutChange(tx, context, () => endpoint.handler(request, context));
    });
    await inUse.refresh().catch(() => {});
    return response;
  };
  const run = async (request: FhirRequest, exchange: Exchange, carryOut: CarryOut): Promise<FhirResponse> => {
    for (let attempt = 1; ; attempt++) {
      const derived = inUse.current();
      const isAlone = attempt > patience && !isRehearsal(request);
      try {
        return await (isAlone ? beginAlone(request, exchange) : begin(request, exchange, derived, carryOut));
      } catch (error) {
        const isStale = error instanceof DefinitionsChanged;
        const isRefused = error instanceof FhirError && (error.status === 400 || error.status === 422 || error instanceof NotIndexed);
        if (!isStale && !isRefused) throw error;
        // Where the database does not answer, the refusal stands.
        const next = await inUse.refresh().catch(() => derived);
        if (!isAlone && attempt < attempts && (next !== derived || isStale)) continue;
        if (error instanceof NotIndexed) throw await notIndexed(error, shared.db.read).catch(() => error);
        throw isStale ? new ContentionExhausted(error.message, { cause: error }) : error;
      }
    }
  };
  // Inside of a transaction there is one value for all of it; an entry of a batch is a request of its own.
  const inTransaction: Context['dispatch'] = async (request, context) => {
    const endpoint = inUse.current().router.match(request);
    await authorise(request, context);
    return endpoint.handler(request, context);
  };
  const dispatch: Context['dispatch'] = (request, context) =>
    (context.tx === undefined ? run(request, context.exchange, asItIs) : inTransaction(request, context));
  return (request, exchange) => run(request, exchange, answered).catch((error: unknown) => {
    throw positioned(error, request);
  });
}
