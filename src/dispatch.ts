/**
 * From a request to its answer, by the definitions in use when it begins. A request that turns out to have begun with definitions that are
 * no more begins anew with the present ones; so does one that was refused by definitions of which another server has made new ones.
 */
import type { Context } from './context.ts';
import { ContentionExhausted } from './db/errors.ts';
import type { Derived, DerivedContext } from './derived.ts';
import { FhirError } from './fhir/outcome.ts';
import type { InUse } from './in-use.ts';
import { notIndexed } from './rest/not-indexed.ts';
import { answered } from './rest/dry-run.ts';
import type { Endpoint, FhirRequest, FhirResponse } from './rest/endpoint.ts';
import { NotIndexed } from './search/not-indexed.ts';
import { DefinitionsChanged } from './store/definitions-lock.ts';

/** Times that a request begins. Changes of definitions are rare; many at once are waited for. */
const attempts = 16;

export type Respond = (request: FhirRequest, own: Omit<Context, keyof DerivedContext | 'dispatch' | 'pending'>) => Promise<FhirResponse>;

/** Only a request of its own can be a dry run, and no entry of a Bundle. */
const asItIs = (endpoint: Endpoint, request: FhirRequest, context: Context): Promise<FhirResponse> => endpoint.handler(request, context);

/** Requests that have been overtaken so often begin one after another. */
const patience = 2;

/** @returns what runs one after another */
function oneByOne(): <T>(run: () => Promise<T>) => Promise<T> {
  const last: { ended: Promise<unknown> } = { ended: Promise.resolve() };
  return (run) => {
    const own = last.ended.then(run);
    last.ended = own.catch(() => {});
    return own;
  };
}

export function createRespond(inUse: InUse<Derived>): Respond {
  const inTurn = oneByOne();
  const run = async (request: FhirRequest, own: Parameters<Respond>[1], carryOut: typeof answered): Promise<FhirResponse> => {
    for (let attempt = 1; ; attempt++) {
      let derived = inUse.current();
      const pending: Context['pending'] = { change: undefined };
      const begin = (): Promise<FhirResponse> => {
        derived = inUse.current();
        return carryOut(derived.router.match(request), request, { ...own, ...derived.context, dispatch, pending });
      };
      try {
        const response = await (attempt <= patience ? begin() : inTurn(begin));
        // The client's next request may depend on it.
        if (pending.change !== undefined) await inUse.refresh().catch(() => {});
        return response;
      } catch (error) {
        const isStale = error instanceof DefinitionsChanged;
        const isRefused = error instanceof FhirError && (error.status === 400 || error instanceof NotIndexed);
        if (!isStale && !isRefused) throw error;
        // Where the database does not answer, the refusal stands.
        const next = await inUse.refresh().catch(() => derived);
        if (attempt < attempts && (next !== derived || isStale)) continue;
        if (error instanceof NotIndexed) throw await notIndexed(error, own.db.read).catch(() => error);
        throw isStale ? new ContentionExhausted(error.message, { cause: error }) : error;
      }
    }
  };
  // Inside of a transaction there is one value for all of it; an entry of a batch is a request of its own.
  const dispatch: Context['dispatch'] = (request, context) =>
    (context.tx === undefined ? run(request, context, asItIs) : inUse.current().router.match(request).handler(request, context));
  return (request, own) => run(request, own, answered);
}
