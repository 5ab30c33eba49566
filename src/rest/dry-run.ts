/**
 * Dry run: a write that is carried out, with its locks and checks, answered as ever, and rolled back. R4 has nothing of the kind; the
 * parameter's name is what search.html#3.1.1.6 asks of a server's own.
 */
import type { Context } from '../context.ts';
import { badValue, FhirError } from '../fhir/outcome.ts';
import { dryRunParameter } from './dry-run-parameter.ts';
import type { Endpoint, FhirRequest, FhirResponse, InteractionCode } from './endpoint.ts';
import { singleValue } from './parameters.ts';

/** On the answer to a dry run, errors included. */
export const dryRunHeader = 'x-dry-run';

const writing: ReadonlySet<InteractionCode> = new Set(['create', 'update', 'patch', 'delete', 'transaction', 'batch']);

function changesState(endpoint: Endpoint): boolean {
  switch (endpoint.kind) {
    case 'interaction': return writing.has(endpoint.code);
    case 'operation': return endpoint.definition.affectsState;
    case 'erasure': return true;
    case 'poll': return false;
  }
}

/** @returns whether a dry run is asked for */
export const isRehearsal = ({ parameters }: FhirRequest): boolean => parameters.some(([name]) => name === dryRunParameter);

/**
 * Has a request answered by its endpoint: for good, or with `-dry-run=true` so that nothing stays.
 * @throws FhirError 400 for a value that is neither true nor false; of what writes nothing, the endpoint refuses the parameter itself
 */
export async function answered(endpoint: Endpoint, request: FhirRequest, context: Context): Promise<FhirResponse> {
  if (!changesState(endpoint)) return endpoint.handler(request, context);
  const asked = singleValue(request.parameters, dryRunParameter);
  if (asked === undefined) return endpoint.handler(request, context);
  if (asked !== 'true' && asked !== 'false') throw badValue(`"${dryRunParameter}" is "${asked.slice(0, 80)}", which is neither true nor false`);
  const same = { ...request, parameters: request.parameters.filter(([name]) => name !== dryRunParameter) };
  return asked === 'true' ? rehearsed(endpoint, same, context) : endpoint.handler(same, context);
}

async function rehearsed(endpoint: Endpoint, request: FhirRequest, context: Context): Promise<FhirResponse> {
  const mark = { [dryRunHeader]: 'true' };
  try {
    const response = await context.db.write.transaction({ signal: context.exchange.signal, rollback: true }, (tx) => endpoint.handler(request, { ...context, tx }));
    return { ...response, headers: { ...response.headers, ...mark } };
  } catch (error) {
    throw error instanceof FhirError ? new FhirError(error.status, error.issues, { ...error.headers, ...mark }) : error;
  }
}
