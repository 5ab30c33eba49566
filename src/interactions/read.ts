/** read: the current version of a resource, or a definition that the server works by where none is stored. R4: http.html#read. */
import { deleted, notFound } from '../fhir/outcome.ts';
import { checkedId } from '../fhir/resource.ts';
import { defineInteraction } from '../rest/endpoint.ts';
import { queryParameters } from '../rest/query-parameters.ts';
import { definitionResponse, readResponse, versionHeaders } from '../rest/resource-response.ts';
import { current } from '../store/read.ts';

export const read = defineInteraction({
  code: 'read',
  method: ['GET', 'HEAD'],
  path: '/:type/:id',
  conditional: true,
  summary: 'Read the current version',
  takes: { parameters: [queryParameters._summary, queryParameters._elements], headers: ['If-None-Match', 'If-Modified-Since'] },
  answers: { content: ':type', status: [200, 304, 404, 410] },
  async handler(request, context) {
    const [type, id] = request.path as [string, string];
    checkedId(id);
    const stored = await current(context.tx ?? context.db.read, type, id);
    const definition = stored === undefined || stored.body === null ? context.definition(type, id) : undefined;
    if (definition !== undefined) return definitionResponse(request, context, type, definition);
    if (stored === undefined) throw notFound(`${type}/${id} is not known`);
    const version = { type, id, version: stored.version, lastUpdated: stored.lastUpdated };
    if (stored.body === null) throw deleted(`${type}/${id} was deleted`, { headers: versionHeaders(request.base, version) });
    return readResponse(request, context, { ...version, body: stored.body });
  },
});
