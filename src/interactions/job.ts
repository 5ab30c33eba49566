/** The status of a job, and its end before the time. R4: async.html. */
import { issue, notFound, outcomeText } from '../fhir/outcome.ts';
import { cancel, findJob } from '../jobs/queue.ts';
import { definePoll } from '../rest/endpoint.ts';
import { jobPath, statusOf } from '../rest/job.ts';
import { refuseParameters } from '../rest/parameters.ts';

export const jobStatus = definePoll({
  code: 'job-status',
  method: ['GET', 'HEAD'],
  path: `/${jobPath}/:id`,
  summary: 'Ask how far a job is; its result, when it is done',
  answers: { content: 'Resource', status: [200, 202, 404] },
  async handler(request, context) {
    refuseParameters(request);
    const id = request.path[1]!;
    return statusOf(await findJob(context.tx ?? context.db.read, id), id);
  },
});

export const jobCancel = definePoll({
  code: 'job-cancel',
  method: ['DELETE'],
  path: `/${jobPath}/:id`,
  summary: 'Cancel a job, or have its result forgotten',
  answers: { content: 'OperationOutcome', status: [202, 404] },
  async handler(request, context) {
    refuseParameters(request);
    const id = request.path[1]!;
    if (!(await cancel(context.tx ?? context.db.write, id))) throw notFound(`There is no job "${id.slice(0, 80)}", or it was cancelled`);
    return { status: 202, headers: { 'cache-control': 'no-store' }, body: outcomeText([issue('information', 'informational', `The job ${id} is cancelled`)]) };
  },
});
