/** Counts of ranges are asked for once in ten seconds. DECISIONS.md "Against HAPI", search. */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Queryable } from '../../src/db/pool.ts';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { findDriver } from '../../src/search/driver.ts';
import type { SearchIndex } from '../../src/search/extract.ts';
import { parseCriteria } from '../../src/search/parse.ts';
import { createRangeCounts } from '../../src/search/range-counts.ts';
import { openIndex } from '../../src/store/index-format.ts';
import { useDatabase } from '../support/database.ts';

afterEach(() => void vi.useRealTimers());

describe('counts', () => {
  it('are kept for ten seconds, two thousand of them, and not those of long keys', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const counts = createRangeCounts();
    counts.set('first', 1);
    vi.advanceTimersByTime(9_000);
    for (let n = 0; n < 1_999; n++) counts.set(`other ${n}`, n);
    expect([counts.get('first'), counts.get('other 0'), counts.get('none')]).toEqual([1, 0, undefined]);
    counts.set('one more', 2);
    counts.set('x'.repeat(1_001), 3);
    expect([counts.get('first'), counts.get('other 0'), counts.get('one more'), counts.get('x'.repeat(1_001))]).toEqual([undefined, 0, 2, undefined]);
    vi.advanceTimersByTime(9_000);
    expect(counts.get('one more')).toBe(2);
    vi.advanceTimersByTime(1_000);
    expect([counts.get('other 0'), counts.get('one more')]).toEqual([undefined, undefined]);
  });
});

describe('the rarest criterion', () => {
  const db = useDatabase();
  let index: SearchIndex;
  let asked = 0;
  const counting: Queryable = { query: (statement) => (asked++, db().search.query(statement)) };
  beforeAll(async () => {
    index = await openIndex(db().write, { definitions: loadDefinitions(), timeZone: 'UTC', ownBases: [] });
    const [birthDate, deathDate] = ['birthdate', 'death-date'].map((code) => index.parameter('Patient', code)!.id);
    await db().write.query({ text: `insert into resource_key (rid, type, keys) select n, 'Patient', array[7] from generate_series(1, 3000) n` });
    // 2001-01-01 and 2002-01-01.
    await db().write.query({ text: `insert into resource_date (low, high, rid, type, param) select l, l + 1, n, 'Patient', p from generate_series(1, 3000) n,
      (values (19566144000000000::bigint, ${birthDate}), (20196864000000000, ${deathDate})) as v(l, p) where p = ${birthDate} or n <= 20` });
    await db().write.query({ text: 'analyze resource_key_patient' });
  });

  const driver = async (text: string) => {
    const { conditions } = parseCriteria('Patient', [...new URLSearchParams(text)], index, 'strict', new Date());
    asked = 0;
    const frequency = await index.frequencies.of(db().search, 'Patient');
    const { condition, matches } = await findDriver(counting, { type: 'Patient', conditions }, frequency, () => [], { matches: 1_000 });
    return [condition === undefined ? undefined : conditions.indexOf(condition), matches, asked];
  };

  it('is found without counting again, whatever is asked besides', async () => {
    expect(await driver('birthdate=gt2000')).toEqual([undefined, Infinity, 1]);
    expect(await driver('death-date=gt2001')).toEqual([0, 20, 1]);
    expect(await driver('birthdate=gt2000&death-date=gt2001')).toEqual([1, 20, 0]);
    expect(await driver('birthdate=gt2000&death-date=gt2003')).toEqual([1, 0, 1]);
    expect(await driver('death-date=gt2001&birthdate=gt2000')).toEqual([0, 20, 0]);
    expect(await driver('birthdate=gt2000')).toEqual([undefined, Infinity, 0]);
  });
});
