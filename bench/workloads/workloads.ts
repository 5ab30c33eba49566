/** All workloads, in the order in which they run. */
import { preflight } from './w0-preflight.ts';
import { creates } from './w1-create.ts';
import { crud } from './w1-crud.ts';
import { importBundles } from './w2-import.ts';
import { search, searchAlone } from './w3-search.ts';
import { mockHealthSearch } from './w4-mock-health.ts';
import { read } from './w5-read.ts';
import { transactions } from './w6-transaction.ts';
import { clinicalMix } from './w7-clinical.ts';
import { pageWalk } from './w8-pages.ts';
import { totals } from './w9-totals.ts';
import { contention } from './w10-contention.ts';
import { steady } from './w11-steady.ts';
import { pathologicalSet } from './w13-pathological.ts';
import type { Workload } from './workload.ts';

export const workloads: readonly Workload[] = [preflight, search, searchAlone, mockHealthSearch, read, clinicalMix, totals, pathologicalSet, pageWalk, contention, crud, creates, ...transactions, steady, importBundles];

/** Workloads whose queries the preflight checks. */
const checked: ReadonlySet<string> = new Set(['w3', 'w3-alone', 'w4', 'w7', 'w11', 'w13']);

/** @returns those asked for, with the preflight before those that need it; all where none is */
export const chosen = (only: readonly string[] | undefined): Workload[] =>
  workloads.filter(({ id }) => only === undefined || only.includes(id) || (id === 'w0' && only.some((one) => checked.has(one))));
