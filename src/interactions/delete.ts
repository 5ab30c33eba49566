/** delete: a resource ends, its history stays; or those that criteria select. R4: http.html#delete, #cdelete. */
import { issue, outcomeText } from '../fhir/outcome.ts';
import { etagOf } from '../fhir/resource.ts';
import type { Written } from '../rest/commit.ts';
import { defineInteraction, type FhirResponse, type Handler } from '../rest/endpoint.ts';
import { parsePreferences } from '../rest/preferences.ts';
import { queryParameters } from '../rest/query-parameters.ts';
import { warningHeader } from '../rest/resource-response.ts';
import { carryOutAlone } from './write/carry-out.ts';

const handler: Handler = async (request, context) => {
  const gone = await carryOutAlone(request, context);
  const [type, id] = request.path as [string, string?];
  const [only, other] = gone;
  const preference = parsePreferences(request.headers['prefer']).return;
  const headers = {
    ...(only !== undefined && other === undefined && only.version > 0 && { etag: etagOf(only.version) }),
    ...(preference === 'minimal' && warningHeader(gone.flatMap(({ issues }) => issues))),
    ...(preference !== undefined && { 'preference-applied': `return=${preference}` }),
  };
  return preference === 'minimal' ? { status: 204, headers } : { status: 200, headers, body: said(gone, id === undefined ? type : `${type}/${id}`) };
};

function said(gone: readonly Written[], asked: string): NonNullable<FhirResponse['body']> {
  const done = gone.filter(({ changed }) => changed).map(({ type, id }) => issue('information', 'informational', `Deleted ${type}/${id}`));
  const warnings = gone.flatMap(({ issues }) => issues);
  return outcomeText(done.length > 0 ? [...done, ...warnings] : [issue('information', 'informational', `There was no ${asked} to delete`)]);
}

/** `delete` is a word of the language. */
export const deleteInteraction = defineInteraction({
  code: 'delete',
  method: ['DELETE'],
  path: '/:type/:id',
  summary: 'Delete it; its history stays',
  takes: { parameters: [queryParameters._cascade, queryParameters['-dry-run']], headers: ['If-Match'], prefer: ['return'] },
  answers: { content: 'OperationOutcome', status: [200, 204, 403, 409, 412] },
  handler,
});

export const conditionalDelete = defineInteraction({
  code: 'delete',
  method: ['DELETE'],
  path: '/:type',
  summary: 'Delete what the criteria select',
  takes: { parameters: [queryParameters._cascade, queryParameters['-dry-run']], criteria: 'type', headers: ['If-Match'], prefer: ['return'] },
  answers: { content: 'OperationOutcome', status: [200, 204, 403, 409, 412] },
  conditional: true,
  handler,
});
