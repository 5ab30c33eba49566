/** How identities are found: whatever the tables hold and statistics say, by the index. DECISIONS.md "Storage". */
import { beforeAll, describe, expect, it } from 'vitest';
import { ridStatement } from '../../src/store/identities.ts';
import { useDatabase } from '../support/database.ts';

const db = useDatabase();
const identities = Array.from({ length: 900 }, (_, n) => ({ type: n % 2 === 0 ? 'Patient' : 'Observation', id: `i${n}` }));

/** The plan of one that is run again and again. */
async function plan(): Promise<string> {
  const { text, values } = ridStatement(identities);
  const rows = await db().write.transaction({}, (tx) => tx.query<{ 'QUERY PLAN': string }>({ name: 'explain_rid', text: `explain (analyze, costs off, timing off, summary off, buffers off) ${text}`, values: values! }));
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

describe('rids', () => {
  beforeAll(async () => {
    await db().write.query({
      text: `insert into resource (rid, type, id, version, method, last_updated, body)
        select nextval('resource_rid_seq'), case n % 2 when 0 then 'Patient' else 'Observation' end::resource_type, 'i' || n, 1, 'PUT', now(), '{}' from generate_series(0, 99) as n`,
    });
  });

  it.each(['not analysed', 'analysed'])('are looked up by the index, the table %s', async (state) => {
    if (state === 'analysed') await db().write.query({ text: 'analyze resource' });
    const found = await plan();
    expect(found).toMatch(/Index Scan using \S+ on resource/);
    expect(found).not.toContain('Seq Scan on resource');
  });

  it('are given in the order asked, to those that have none a new one', async () => {
    const rows = await db().write.query<{ rid: string; found: boolean }>(ridStatement(identities));
    expect(rows.map(({ found }) => found)).toEqual(identities.map((_, n) => n < 100));
    expect(new Set(rows.map(({ rid }) => rid)).size).toBe(identities.length);
    const again = await db().write.query<{ rid: string; found: boolean }>(ridStatement(identities.toReversed().slice(-100)));
    expect(again.map(({ rid }) => rid)).toEqual(rows.slice(0, 100).map(({ rid }) => rid).toReversed());
  });
});
