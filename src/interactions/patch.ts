/**
 * patch: a new version of a resource, made of the current one by JSON Patch, merge patch or FHIRPath Patch under its lock, so that
 * patches at the same time all take effect. R4: http.html#patch, #cpatch, fhirpatch.html.
 */
import { defineInteraction, type Handler } from '../rest/endpoint.ts';
import { writeResponse } from '../rest/resource-response.ts';
import { carryOutAlone } from './write/carry-out.ts';

const handler: Handler = async (request, context) => {
  const [written] = await carryOutAlone(request, context);
  return writeResponse(request, 200, written!);
};

export const patch = defineInteraction({ code: 'patch', method: ['PATCH'], path: '/:type/:id', handler });

export const conditionalPatch = defineInteraction({ code: 'patch', method: ['PATCH'], path: '/:type', conditional: true, handler });
