/** How identities are found: whatever the tables hold and statistics say, by the index. DECISIONS.md "Storage". */
import { beforeAll, describe, expect, it } from 'vitest';
import { ridStatement } from '../../src/store/identities.ts';
import { useDatabase } from '../support/database.ts';

const db = useDatabase();
const identities = Array.from({ length: 900 }, (_, n) => ({ type: n % 2 === 0 ? 'Patient' : 'Observation', id: `i${n}` }));
const literal = (texts: readonly string[]): string => `'{${texts.join(',')}}'`;

describe('rids', () => {
  beforeAll(async () => {
    await db().write.query({
      text: `insert into resource (rid, type, id, version, method, last_updated, body)
        select nextval('resource_rid_seq'), case n % 2 when 0 then 'Patient' else 'Observation' end::resource_type, 'i' || n, 1, 'PUT', now(), '{}' from generate_series(0, 99) as n`,
    });
  });

  it.each([['not analysed', 'first'], ['analysed', 'first'], ['analysed', 'behind a search']])('are looked up one by one in the index: the table %s, asked for %s', async (state, place) => {
    if (state === 'analysed') await db().write.query({ text: 'analyze resource' });
    // The statement's own plan is made and kept as one is that is prepared.
    const name = `rid_${state}_${place}`.replaceAll(' ', '_');
    const found = await db().write.transaction({}, async (tx) => {
      if (place !== 'first') await tx.query({ text: 'select 1' });
      await tx.query({ name: `prepare_${name}`, text: `prepare ${name} (text[], text[]) as ${ridStatement(identities).text}` });
      const rows = await tx.query<{ 'QUERY PLAN': string }>({
        name: `explain_${name}`,
        text: `explain (costs off, verbose) execute ${name} (${literal(identities.map(({ type }) => type))}, ${literal(identities.map(({ id }) => id))})`,
      });
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
    expect(found).toContain('unnest($1), unnest($2)');
    expect(found).toMatch(/Index Scan using \S+ on public\.resource r\n\s+Output: [^\n]*\n\s+Index Cond: \(\(r\.type = \(i\.type\)::resource_type\) AND \(r\.id = i\.id\)\)/);
    expect(found).not.toMatch(/Seq Scan|Hash|Merge/);
  });

  it('are given in the order asked, to those that have none a new one', async () => {
    const rows = await db().write.query<{ rid: string; found: boolean }>(ridStatement(identities));
    expect(rows.map(({ found }) => found)).toEqual(identities.map((_, n) => n < 100));
    expect(new Set(rows.map(({ rid }) => rid)).size).toBe(identities.length);
    const again = await db().write.query<{ rid: string; found: boolean }>(ridStatement(identities.toReversed().slice(-100)));
    expect(again.map(({ rid }) => rid)).toEqual(rows.slice(0, 100).map(({ rid }) => rid).toReversed());
  });
});
