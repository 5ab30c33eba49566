/** What cannot be searched by yet, since the reindex that it needs has not completed: a parameter, or all of the index. */
import type { SearchParameter } from '../fhir/definitions.ts';
import { FhirError, issue, type ErrorDetails } from '../fhir/outcome.ts';

/** 503, since it is the same request that will be answered later; 412 where the parameter is to decide what is written. */
export class NotIndexed extends FhirError {
  /** `The search parameter "race"`. */
  readonly what: string;
  /** Of the reindex. */
  readonly job: string;

  constructor(what: string, job: string, status: 412 | 503 = 503, details: ErrorDetails = {}) {
    super(status, [issue('error', 'transient', `${what} is not indexed yet`, details)], { 'retry-after': '2' });
    this.what = what;
    this.job = job;
  }
}

/** @throws NotIndexed */
export function requireIndexed({ code, posted }: SearchParameter): void {
  if (posted?.job !== undefined) throw new NotIndexed(`The search parameter "${code}"`, posted.job);
}

/** @returns whether all resources have rows of the parameter, as far as they have values */
export const isComplete = ({ posted }: SearchParameter): boolean => posted?.job === undefined;
