/** All workloads, in the order in which they run. */
import { search } from './w3-search.ts';
import { mockHealthSearch } from './w4-mock-health.ts';
import { read } from './w5-read.ts';
import { clinicalMix } from './w7-clinical.ts';
import { pathologicalSet } from './w13-pathological.ts';
import type { Workload } from './workload.ts';

export const workloads: readonly Workload[] = [search, mockHealthSearch, read, clinicalMix, pathologicalSet];
