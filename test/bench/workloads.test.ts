/** Every workload for a moment against a server that holds the sample: nothing is refused, and what a workload checks holds. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { harvest, noHarvest, type Harvest } from '../../bench/data/harvest.ts';
import type { CaseResult } from '../../bench/report/results.ts';
import { createSession } from '../../bench/session.ts';
import { workloads } from '../../bench/workloads/workloads.ts';
import type { Session } from '../../bench/workloads/workload.ts';
import { findFiles } from '../../src/tools/load/files.ts';
import { load } from '../../src/tools/load/load.ts';
import { useServer } from '../support/server.ts';
import { isFull } from '../support/shared.ts';

const sample = join(import.meta.dirname, '../../data');
const files = readdirSync(sample).filter((name) => name.endsWith('.json')).toSorted().map((name) => join(sample, name));
const server = useServer();
let values: Harvest = noHarvest;

beforeAll(async () => {
  const { failures } = await load(await findFiles(files), { base: server().base, concurrency: 2 });
  expect(failures).toEqual([]);
  values = await harvest(new URL(server().base));
});

type Kept = Pick<CaseResult, 'name' | 'figures' | 'errorKinds' | 'remarks'>;

function sessionOf(kept: Kept[], { base, databaseUrl } = server()): Session {
  return createSession({
    base: new URL(base), server: process.pid, postgres: undefined, database: databaseUrl, profile: { name: 'quick', repetitions: 1, seconds: 0.1, clients: [2] }, harvest: values,
    excluded: new Set(notAnswered), files, warmUp: 0, keep: (result) => void kept.push(result),
  }, { isWarm: false });
}

/** Of full text, which this server does not have. */
const notAnswered = [
  'patient_content_search', 'observation_content_search', 'condition_content_search', 'patient_name_text_modifier', 'patient_address_text_modifier', 'patient_text_narrative', 'condition_code_text_modifier',
];

/** Figures that are to be nought whatever the speed. */
const noughts = ['errors', 'seen twice', 'missed', 'identifiers there twice', 'updates lost or done twice'];

describe('a workload', () => {
  it.each(workloads.filter(({ id }) => id !== 'w0' && (isFull || id !== 'w3-alone')).map((workload) => [workload.id, workload] as const))('%s runs', async (_id, workload) => {
    const kept: Kept[] = [];
    await workload.run(sessionOf(kept));
    expect(kept.length).toBeGreaterThan(0);
    for (const { name, figures, errorKinds } of kept) {
      for (const nought of noughts) expect(figures[nought] ?? 0, `${nought} of ${name}: ${JSON.stringify(errorKinds)}`).toBe(0);
      if (figures['rate'] !== undefined) expect(figures['ok'], name).toBeGreaterThan(0);
    }
  });

  it('w0 on a server of which nothing is known: what nothing has is not found', async () => {
    const kept: Kept[] = [];
    await workloads.find(({ id }) => id === 'w0')!.run({ ...sessionOf(kept), database: undefined });
    expect(kept.at(-1)).toMatchObject({ name: 'left out', figures: { queries: 24, wrong: 0 } });
  });
});

describe.runIf(isFull)('w0', () => {
  const empty = useServer();

  it('finds this server right on the sample, but for full text', async () => {
    const kept: Kept[] = [];
    await workloads.find(({ id }) => id === 'w0')!.run(sessionOf(kept, empty()));
    expect(kept.flatMap(({ remarks = [] }) => remarks).map((remark) => remark.split(' — ')[0]).toSorted()).toEqual(notAnswered.toSorted());
  }, 180_000);
});
