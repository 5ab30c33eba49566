/** create: a new resource with an id of the server's, unless If-None-Exist finds that it is there. R4: http.html#create, #ccreate. */
import { defineInteraction } from '../rest/endpoint.ts';
import { queryParameters } from '../rest/query-parameters.ts';
import { writeResponse } from '../rest/resource-response.ts';
import { carryOutAlone } from './write/carry-out.ts';

export const create = defineInteraction({
  code: 'create',
  method: ['POST'],
  path: '/:type',
  conditional: true,
  summary: 'Create a resource with an id of the server',
  takes: { parameters: [queryParameters['-dry-run']], headers: ['If-None-Exist'], prefer: ['return'], body: 'resource' },
  answers: { content: ':type', status: [200, 201, 412, 422] },
  async handler(request, context) {
    const [written] = await carryOutAlone(request, context);
    return writeResponse(request, written!.created ? 201 : 200, written!);
  },
});
