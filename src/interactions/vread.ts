/** vread: one version of a resource, the current one or an older one. R4: http.html#vread. */
import { deleted, notFound } from '../fhir/outcome.ts';
import { checkedId, versionNumber } from '../fhir/resource.ts';
import { defineInteraction } from '../rest/endpoint.ts';
import { queryParameters } from '../rest/query-parameters.ts';
import { readResponse, versionHeaders } from '../rest/resource-response.ts';
import { version } from '../store/read.ts';

export const vread = defineInteraction({
  code: 'vread',
  method: ['GET', 'HEAD'],
  path: '/:type/:id/_history/:vid',
  summary: 'Read one version, the current one or an older one',
  takes: { parameters: [queryParameters._summary, queryParameters._elements], headers: ['If-None-Match', 'If-Modified-Since'] },
  answers: { content: ':type', status: [200, 304, 404, 410] },
  async handler(request, context) {
    const [type, id, , vid] = request.path as [string, string, string, string];
    checkedId(id);
    const number = versionNumber(type, id, vid);
    const stored = await version(context.tx ?? context.db.read, type, id, number);
    if (stored === undefined) throw notFound(`${type}/${id} has no version "${vid}"`);
    const found = { type, id, version: stored.version, lastUpdated: stored.lastUpdated };
    if (stored.body === null) throw deleted(`Version ${vid} of ${type}/${id} is its deletion`, { headers: versionHeaders(request.base, found) });
    return readResponse(request, context, { ...found, body: stored.body });
  },
});
