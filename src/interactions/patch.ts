/**
 * patch: a new version of a resource, made of the current one by JSON Patch, merge patch or FHIRPath Patch under its lock, so that
 * patches at the same time all take effect. R4: http.html#patch, #cpatch, fhirpatch.html.
 */
import { defineInteraction, type Handler } from '../rest/endpoint.ts';
import { queryParameters } from '../rest/query-parameters.ts';
import { writeResponse } from '../rest/resource-response.ts';
import { carryOutAlone } from './write/carry-out.ts';

const handler: Handler = async (request, context) => {
  const [written] = await carryOutAlone(request, context);
  return writeResponse(request, 200, written!);
};

/** Samples that every resource takes; FHIRPath Patch is sent as Parameters in FHIR's own media type. */
const described = {
  takes: {
    parameters: [queryParameters['-dry-run']], headers: ['If-Match'], prefer: ['return'],
    body: { 'application/json-patch+json': [{ op: 'add', path: '/language', value: 'en' }], 'application/merge-patch+json': { language: 'en' } },
  },
  answers: { content: ':type', status: [200, 404, 410, 412, 415, 422] },
} as const;

export const patch = defineInteraction({
  code: 'patch',
  method: ['PATCH'],
  path: '/:type/:id',
  summary: 'Change parts of it, by JSON Patch, merge patch or FHIRPath Patch',
  ...described,
  handler,
});

export const conditionalPatch = defineInteraction({
  code: 'patch',
  method: ['PATCH'],
  path: '/:type',
  summary: 'Change parts of the one that the criteria select',
  ...described,
  takes: { ...described.takes, criteria: 'type' },
  conditional: true,
  handler,
});
