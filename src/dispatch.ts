/**
 * From a request to its answer, by the definitions in use when it begins. A request that turns out to have begun with definitions that are
 * no more begins anew with the present ones; so does one that was refused by definitions of which another server has made new ones.
 */
import type { Context } from './context.ts';
import { ContentionExhausted } from './db/errors.ts';
import type { Derived, DerivedContext } from './derived.ts';
import { FhirError } from './fhir/outcome.ts';
import type { InUse } from './in-use.ts';
import { answered } from './rest/dry-run.ts';
import type { Endpoint, FhirRequest, FhirResponse } from './rest/endpoint.ts';
import { authorise } from './rest/hooks.ts';
import { positioned } from './rest/positions.ts';
import { DefinitionsChanged } from './store/definitions-lock.ts';

/** Times that a request begins; changes of definitions are rare. */
const attempts = 8;

export type Respond = (request: FhirRequest, own: Omit<Context, keyof DerivedContext | 'dispatch'>) => Promise<FhirResponse>;

/** Only a request of its own can be a dry run, and no entry of a Bundle. */
const asItIs = (endpoint: Endpoint, request: FhirRequest, context: Context): Promise<FhirResponse> => endpoint.handler(request, context);

export function createRespond(inUse: InUse<Derived>): Respond {
  const run = async (request: FhirRequest, own: Parameters<Respond>[1], carryOut: typeof answered): Promise<FhirResponse> => {
    for (let attempt = 1; ; attempt++) {
      const derived = inUse.current();
      try {
        const context: Context = { ...own, ...derived.context, dispatch };
        const endpoint = derived.router.match(request);
        await authorise(request, context);
        return await carryOut(endpoint, request, context);
      } catch (error) {
        const isStale = error instanceof DefinitionsChanged;
        if (!isStale && !(error instanceof FhirError && error.status === 400)) throw error;
        // Where the database does not answer, the refusal stands.
        const next = await inUse.refresh().catch(() => derived);
        if (next === derived && !isStale) throw error;
        if (attempt === attempts) throw isStale ? new ContentionExhausted(error.message, { cause: error }) : error;
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
    (context.tx === undefined ? run(request, context, asItIs) : inTransaction(request, context));
  return (request, own) => run(request, own, answered).catch((error: unknown) => {
    throw positioned(error, request);
  });
}
