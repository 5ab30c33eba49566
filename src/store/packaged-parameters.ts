/** The search parameters of a server's packages, taken into use in the database when it starts. */
import type { Lane } from '../db/pool.ts';
import type { JsonObject } from '../fhir/json/value.ts';
import { planPackaged } from '../search/packaged.ts';
import { changeStatement } from './definitions-change.ts';
import { definitionsLock } from './definitions-lock.ts';
import { openIndex, type IndexOptions } from './index-format.ts';

/**
 * Those of other packages are in use no more: all servers of a database are to have the same.
 * @returns one line for each that cannot be used
 */
export async function usePackaged(db: Lane, resources: readonly JsonObject[], options: IndexOptions): Promise<readonly string[]> {
  const { change, problems } = planPackaged(resources, (await openIndex(db, options)).definitions);
  if (change === undefined) return problems;
  return db.transaction({}, async (tx) => {
    await tx.query(definitionsLock(true));
    const plan = planPackaged(resources, (await openIndex(tx, options)).definitions);
    if (plan.change !== undefined) await tx.query(changeStatement(plan.change));
    return plan.problems;
  });
}
