/** update: a new version of a resource at its id, the first one included; or of the one that criteria select. R4: http.html#update, #upsert, #cond-update. */
import { defineInteraction, type Handler } from '../rest/endpoint.ts';
import { writeResponse } from '../rest/resource-response.ts';
import { carryOutAlone } from './write/carry-out.ts';

const handler: Handler = async (request, context) => {
  const [written] = await carryOutAlone(request, context);
  return writeResponse(request, written!.created ? 201 : 200, written!);
};

export const update = defineInteraction({ code: 'update', method: ['PUT'], path: '/:type/:id', handler });

export const conditionalUpdate = defineInteraction({ code: 'update', method: ['PUT'], path: '/:type', conditional: true, handler });
