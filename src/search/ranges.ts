/**
 * Prefixes of ordered parameters as tests on ranges. R4: search.html#prefix.
 *
 * Both the value asked for and the value stored are ranges, half-open. DECISIONS.md "Ranges" says how the table of prefixes is read.
 */
import type { RangeTest } from './condition.ts';
import type { Prefix } from './values.ts';

/**
 * @param low the start of the value asked for, inclusive
 * @param high its end, exclusive
 * @param near the same, widened, for `ap`
 * @returns tests of which one must hold
 */
export function rangeTests<N extends bigint | number>(prefix: Prefix, low: N, high: N, near: { low: N; high: N }): RangeTest<N>[] {
  switch (prefix) {
    case 'eq': return [{ lowFrom: low, highUpTo: high }];
    case 'ne': return [{ lowBelow: low }, { highAbove: high }];
    case 'gt': return [{ highAbove: high }];
    case 'lt': return [{ lowBelow: low }];
    case 'ge': return [{ highAbove: high }, { lowFrom: low, highUpTo: high }];
    case 'le': return [{ lowBelow: low }, { lowFrom: low, highUpTo: high }];
    case 'sa': return [{ lowFrom: high }];
    case 'eb': return [{ highUpTo: low }];
    case 'ap': return [{ lowBelow: near.high, highAbove: near.low }];
  }
}
