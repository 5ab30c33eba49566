/** $purge: a resource is erased wholly, with all of its versions. An operation of this server's own. */
import { issue, notFound, outcomeText } from '../fhir/outcome.ts';
import { checkedId } from '../fhir/resource.ts';
import { commitWrites, inTransaction } from '../rest/commit.ts';
import { defineOperation } from '../rest/endpoint.ts';
import { eraseDeleted } from '../store/erase.ts';

export const purge = defineOperation({
  resourceType: 'OperationDefinition',
  url: 'urn:verbatim:OperationDefinition/purge',
  name: 'Purge',
  title: 'Erase a resource with all its versions',
  description: 'Erases a resource, deleted or not, with all of its versions, as if it had never been; a new one at its id begins with version 1',
  affectsState: true,
  code: 'purge',
  resource: ['Resource'],
  system: false,
  type: false,
  instance: true,
  parameter: [{ name: 'return', use: 'out', min: 1, max: '1', type: 'OperationOutcome', documentation: 'How many versions were erased' }],
}, async (_input, request, context) => {
  const [type, id] = request.path as [string, string];
  checkedId(id);
  const count = await inTransaction(context, async (tx) => {
    // As any deletion: checked for what refers to it, taken out of the index, and shown to hooks.
    const [deletion] = await commitWrites(tx, [{ method: 'DELETE', type, id, expression: type }], context);
    const erased = await eraseDeleted(tx, type, id);
    if (erased === undefined) throw notFound(`${type}/${id} is not known`);
    return erased - (deletion!.changed ? 1 : 0);
  });
  return { status: 200, headers: {}, body: outcomeText([issue('information', 'informational', `Erased ${type}/${id} with ${count} ${count === 1 ? 'version' : 'versions'}`)]) };
}, { needs: 'purge' });
