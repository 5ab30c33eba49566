/** update: a new version of a resource at its id, the first one included; or of the one that criteria select. R4: http.html#update, #upsert, #cond-update. */
import { defineInteraction, type Handler } from '../rest/endpoint.ts';
import { queryParameters } from '../rest/query-parameters.ts';
import { writeResponse } from '../rest/resource-response.ts';
import { carryOutAlone } from './write/carry-out.ts';

const handler: Handler = async (request, context) => {
  const [written] = await carryOutAlone(request, context);
  return writeResponse(request, written!.created ? 201 : 200, written!);
};

export const update = defineInteraction({
  code: 'update',
  method: ['PUT'],
  path: '/:type/:id',
  summary: 'Store a new version at this id, the first one included',
  takes: { parameters: [queryParameters['-dry-run']], headers: ['If-Match', 'If-None-Match'], prefer: ['return'], body: 'resource' },
  answers: { content: ':type', status: [200, 201, 412, 422] },
  handler,
});

export const conditionalUpdate = defineInteraction({
  code: 'update',
  method: ['PUT'],
  path: '/:type',
  summary: 'Store a new version of the one that the criteria select, or the first one',
  takes: { parameters: [queryParameters['-dry-run']], criteria: 'type', headers: ['If-Match', 'If-None-Match'], prefer: ['return'], body: 'resource' },
  answers: { content: ':type', status: [200, 201, 409, 412, 422] },
  conditional: true,
  handler,
});
