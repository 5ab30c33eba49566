/** The answer to a request that needs a search parameter which is not indexed yet: how far it is. */
import type { Queryable } from '../db/pool.ts';
import { FhirError } from '../fhir/outcome.ts';
import { findJob, type Job } from '../jobs/queue.ts';
import type { NotIndexed } from '../search/not-indexed.ts';

/** @returns the error with the progress of the job, or what to do where there is none any more */
export async function notIndexed({ status, issues, headers, job }: NotIndexed, db: Queryable): Promise<FhirError> {
  const state = stateOf(await findJob(db, job));
  return new FhirError(status, issues.map((issue) => ({ ...issue, diagnostics: `${issue.diagnostics}: ${state}` })), headers);
}

function stateOf(job: Job | undefined): string {
  switch (job?.status) {
    case 'queued': return `the reindex waits (${job.progress ?? '0 %'})`;
    case 'running': return `the reindex is at ${job.progress ?? '0 %'}`;
    case 'completed': return 'the reindex has just completed';
    default: return `its reindex ${job?.status === 'failed' ? 'has failed' : 'was cancelled'}; POST [base]/$reindex begins another`;
  }
}
