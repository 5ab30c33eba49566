/** Answers of requests that are carried out as jobs: accepted, and told where to ask for the result. R4: async.html. */
import type { Job } from '../jobs/queue.ts';
import { issue, notFound, outcomeText } from '../fhir/outcome.ts';
import type { FhirRequest, FhirResponse } from './endpoint.ts';
import { isAsynchronous } from './preferences.ts';

export const jobPath = '_job';

const headers = { 'cache-control': 'no-store' };

/** @returns 202 with the URL of the job's status */
export function accepted(request: FhirRequest, id: string): FhirResponse {
  const url = `${request.base}/${jobPath}/${id}`;
  return {
    status: 202,
    headers: { ...headers, 'content-location': url, ...(isAsynchronous(request.headers['prefer']) && { 'preference-applied': 'respond-async' }) },
    body: outcomeText([issue('information', 'informational', `Accepted; ${url} has the status`)]),
  };
}

/** Seconds after which it is worth to ask again. */
const retryAfter = '2';

/** @returns 202 with X-Progress while it is under way, 200 with its result, 500 where it has failed; throws FhirError 404 where there is none, or it was cancelled */
export function statusOf(job: Job | undefined, id: string): FhirResponse {
  switch (job?.status) {
    case 'queued': case 'running': {
      const progress = job.progress ?? (job.status === 'queued' ? 'waiting' : 'begun');
      return { status: 202, headers: { ...headers, 'x-progress': `${job.kind}: ${progress}`.slice(0, 100), 'retry-after': retryAfter } };
    }
    case 'completed':
      return { status: 200, headers, body: JSON.stringify(job.result) };
    case 'failed':
      return { status: 500, headers, body: outcomeText([issue('error', 'exception', `The job failed: ${(job.error ?? 'no reason is known').slice(0, 500)}`)]) };
    default:
      throw notFound(`There is no job "${id.slice(0, 80)}", or it was cancelled`);
  }
}
