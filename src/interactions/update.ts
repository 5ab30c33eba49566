/** update: a new version of a resource at its id, the first one included. R4: http.html#update, #upsert. */
import { checkedId } from '../fhir/resource.ts';
import { commitOne } from '../rest/commit.ts';
import { contentOf, requireSameId } from '../rest/content.ts';
import { defineInteraction } from '../rest/endpoint.ts';
import { preconditionCheck, preconditionsOf } from '../rest/preconditions.ts';
import { refuseParameters } from '../rest/parameters.ts';
import { writeResponse } from '../rest/resource-response.ts';

export const update = defineInteraction({
  code: 'update',
  method: ['PUT'],
  path: '/:type/:id',
  summary: 'Store a new version at this id, the first one included',
  takes: { headers: ['If-Match', 'If-None-Match'], prefer: ['return'], body: 'resource' },
  answers: { content: ':type', status: [200, 201, 412, 422] },
  async handler(request, context) {
    const [type, id] = request.path as [string, string];
    refuseParameters(request);
    const content = contentOf(request, type, context);
    checkedId(id, `${type}.id`);
    requireSameId(content, id, type);
    const check = preconditionCheck(type, id, preconditionsOf(request.headers));
    const committed = await commitOne(context, { method: 'PUT', type, id, content, ...(check && { check }) });
    return writeResponse(request, committed.created ? 201 : 200, committed);
  },
});
