/** create: a new resource with an id of the server's, unless If-None-Exist finds that it is there. R4: http.html#create, #ccreate. */
import type { Context } from '../context.ts';
import { multipleMatches } from '../fhir/outcome.ts';
import { commit, type Committed, type Content } from '../store/write.ts';
import { newId } from '../store/identity.ts';
import { commitOne, inTransaction } from '../rest/commit.ts';
import { contentOf } from '../rest/content.ts';
import { defineInteraction } from '../rest/endpoint.ts';
import { parseIfNoneExist } from '../rest/if-none-exist.ts';
import { refuseParameters } from '../rest/parameters.ts';
import { writeResponse } from '../rest/resource-response.ts';
import { basesOf } from '../rest/target.ts';
import { findMatches, lockCriteria, parseConditional, type Criteria } from '../search/conditional.ts';

export const create = defineInteraction({
  code: 'create',
  method: ['POST'],
  path: '/:type',
  summary: 'Create a resource with an id of the server',
  takes: { headers: ['If-None-Exist'], prefer: ['return'], body: 'resource' },
  answers: { content: ':type', status: [200, 201, 412, 422] },
  async handler(request, context) {
    const [type] = request.path as [string];
    refuseParameters(request);
    const content = contentOf(request, type, context);
    const ifNoneExist = request.headers['if-none-exist'];
    const criteria = ifNoneExist === undefined ? undefined
      : parseConditional(type, parseIfNoneExist(ifNoneExist, type, basesOf(request, context)), context.index);
    const committed = criteria === undefined
      ? await commitOne(context, { method: 'POST', type, id: newId(), content, fresh: true })
      : await createUnlessThere(context, type, content, criteria);
    return writeResponse(request, committed.created ? 201 : 200, committed);
  },
});

/** The lock on the criteria makes clients that ask for the same wait: one creates, the others find it. */
function createUnlessThere(context: Context, type: string, content: Content, criteria: Criteria): Promise<Committed> {
  return inTransaction(context, async (tx) => {
    await lockCriteria(tx, [criteria], context.index);
    const [[match, second] = []] = await findMatches(tx, [criteria]);
    if (second !== undefined) throw multipleMatches(`"${criteria.text}" matches more than one ${type}`);
    if (match !== undefined) return { ...match, created: false, changed: false };
    const [committed] = await commit(tx, [{ method: 'POST', type, id: newId(), content, fresh: true }], context.index);
    return committed!;
  });
}
