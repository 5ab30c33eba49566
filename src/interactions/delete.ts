/** delete: a resource ends; its history stays. R4: http.html#delete. */
import { issue, outcomeText } from '../fhir/outcome.ts';
import { checkedId, etagOf } from '../fhir/resource.ts';
import { commitOne } from '../rest/commit.ts';
import { defineInteraction } from '../rest/endpoint.ts';
import { preconditionCheck, preconditionsOf } from '../rest/preconditions.ts';
import { parsePreferences } from '../rest/preferences.ts';
import { refuseParameters } from '../rest/parameters.ts';

/** `delete` is a word of the language. */
export const deleteInteraction = defineInteraction({
  code: 'delete',
  method: ['DELETE'],
  path: '/:type/:id',
  summary: 'Delete it; its history stays',
  takes: { headers: ['If-Match'], prefer: ['return'] },
  answers: { content: 'OperationOutcome', status: [200, 204, 412] },
  async handler(request, context) {
    const [type, id] = request.path as [string, string];
    refuseParameters(request);
    checkedId(id);
    const check = preconditionCheck(type, id, preconditionsOf(request.headers));
    const committed = await commitOne(context, { method: 'DELETE', type, id, ...(check && { check }) });
    const preference = parsePreferences(request.headers['prefer']).return;
    const headers = {
      ...(committed.version > 0 && { etag: etagOf(committed.version) }),
      ...(preference !== undefined && { 'preference-applied': `return=${preference}` }),
    };
    if (preference === 'minimal') return { status: 204, headers };
    const done = committed.changed ? `Deleted ${type}/${id}` : `There was no ${type}/${id} to delete`;
    return { status: 200, headers, body: outcomeText([issue('information', 'informational', done)]) };
  },
});
