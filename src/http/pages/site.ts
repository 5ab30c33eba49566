/** What the pages know of the server that they are of. */
import type { Definitions } from '../../fhir/definitions.ts';

export interface TypeCount {
  readonly type: string;
  readonly count: number;
  readonly isExact: boolean;
}

export interface Site {
  readonly version: string;
  /** Every absolute spelling of the base. */
  readonly ownBases: readonly string[];
  readonly definitions: Pick<Definitions, 'resourceTypes' | 'hasResourceType' | 'compartments'>;
  /** Codes of the search parameters that a type can be searched by, sorted. */
  searchCodes(type: string): readonly string[];
  /** The types that have resources; rejects where the database cannot say. */
  counts(): Promise<readonly TypeCount[]>;
}

/** Milliseconds that a page waits for counts, which it can do without. */
const patience = 1_500;

/** @returns undefined where the database fails or takes its time */
export async function countsOf(site: Site): Promise<readonly TypeCount[] | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, patience, undefined);
  });
  try {
    return await Promise.race([site.counts(), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
