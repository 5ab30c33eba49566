/** A change to the meta of a stored resource, as a new version of it. R4: resource-operation-meta-add.html, resource-operation-meta-delete.html. */
import type { Context } from '../context.ts';
import { compactJson } from '../fhir/json/scan.ts';
import { parseJson, type JsonObject } from '../fhir/json/value.ts';
import { metaParameters, metaText } from '../fhir/meta.ts';
import { deleted, notFound } from '../fhir/outcome.ts';
import { checkedId } from '../fhir/resource.ts';
import { current } from '../store/read.ts';
import { IdentityTaken } from '../store/write.ts';
import { commitWrites, inTransaction } from './commit.ts';
import type { FhirRequest, FhirResponse } from './endpoint.ts';
import { preconditionCheck, preconditionsOf } from './preconditions.ts';
import { versionHeaders, warningHeader } from './resource-response.ts';

/**
 * @param change of the resource's text; where it gives the same text, no version is made
 * @returns a Parameters with the meta that results, and the headers of its version
 * @throws FhirError 404, 410; 412 where If-Match names another version
 */
export async function changeMeta(request: FhirRequest, context: Context, change: (resource: Buffer) => Buffer): Promise<FhirResponse> {
  const [type, id] = request.path as [string, string];
  checkedId(id);
  const precondition = preconditionCheck(type, id, preconditionsOf(request.headers));
  const committed = await inTransaction(context, async (tx) => {
    const there = await current(tx, type, id);
    if (there === undefined) throw notFound(`${type}/${id} is not known`);
    if (there.body === null) throw deleted(`${type}/${id} was deleted`, { headers: versionHeaders(request.base, { type, id, ...there }) });
    const compact = compactJson(change(Buffer.from(there.body)));
    const [one] = await commitWrites(tx, [{
      method: 'PUT', type, id, expression: type,
      content: { text: compact.bytes, resource: parseJson(compact) as JsonObject },
      check(locked) {
        precondition?.(locked);
        // Another client was between reading and locking: read anew.
        if (locked?.version !== there.version) throw new IdentityTaken();
      },
    }], context);
    return one!;
  });
  return { status: 200, headers: { ...versionHeaders(request.base, committed), ...warningHeader(committed.issues) }, body: metaParameters(String(metaText(Buffer.from(committed.body!)) ?? '{}')) };
}
