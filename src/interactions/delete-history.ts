/** delete-history: superseded versions of a resource are erased, all of them or one; the current version stays. R4 has no such interaction: R6 http.html#delete-history. */
import { conflict, issue, notFound, outcomeText } from '../fhir/outcome.ts';
import { checkedId, versionNumber } from '../fhir/resource.ts';
import { inTransaction } from '../rest/commit.ts';
import { defineErasure, type FhirResponse, type Handler } from '../rest/endpoint.ts';
import { refuseParameters } from '../rest/parameters.ts';
import { queryParameters } from '../rest/query-parameters.ts';
import { eraseHistory } from '../store/erase.ts';

const handler: Handler = async (request, context): Promise<FhirResponse> => {
  const [type, id, , vid] = request.path as [string, string, string, string?];
  checkedId(id);
  refuseParameters(request);
  const version = vid === undefined ? undefined : versionNumber(type, id, vid);
  const count = await inTransaction(context, async (tx) => {
    const erased = await eraseHistory(tx, type, id, version);
    if (erased === undefined) throw notFound(`${type}/${id} is not known`);
    if (version === erased.current) throw conflict(`Version ${version} of ${type}/${id} is the current one, and stays`);
    if (version !== undefined && erased.count === 0) throw notFound(`${type}/${id} has no version "${version}"`);
    return erased.count;
  });
  return { status: 200, headers: {}, body: outcomeText([issue('information', 'informational', `Erased ${count} ${count === 1 ? 'version' : 'versions'} of ${type}/${id}`)]) };
};

const described = { takes: { parameters: [queryParameters['-dry-run']] }, needs: 'historyDeletion', handler } as const;

export const deleteHistory = defineErasure({
  code: 'delete-history',
  method: ['DELETE'],
  path: '/:type/:id/_history',
  summary: 'Erase all versions but the current one',
  answers: { content: 'OperationOutcome', status: [200, 404] },
  ...described,
});

export const deleteHistoryVersion = defineErasure({
  code: 'delete-history-version',
  method: ['DELETE'],
  path: '/:type/:id/_history/:vid',
  summary: 'Erase one version that is not the current one',
  answers: { content: 'OperationOutcome', status: [200, 404, 409] },
  ...described,
});
