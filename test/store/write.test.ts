/** commit and hold: round trips, and the index of what is written. ARCHITECTURE.md "Writes". */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ContentionExhausted } from '../../src/db/errors.ts';
import { attempts, type Statement, type Transaction } from '../../src/db/pool.ts';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { compactJson } from '../../src/fhir/json/scan.ts';
import { parseJson, type JsonObject } from '../../src/fhir/json/value.ts';
import { compartmentKey, type SearchIndex } from '../../src/search/extract.ts';
import { DefinitionsChanged } from '../../src/store/definitions-lock.ts';
import { hold } from '../../src/store/identities.ts';
import { openIndex } from '../../src/store/index-format.ts';
import { createRids, type Rids } from '../../src/store/rids.ts';
import { commit, withRows, type Committed, type Content, type Write } from '../../src/store/write.ts';
import { useDatabase } from '../support/database.ts';

const db = useDatabase();
let index: SearchIndex;
beforeAll(async () => {
  index = await openIndex(db().write, { definitions: loadDefinitions(), timeZone: 'UTC', ownBases: [] });
});

const content = (resource: object): Content => {
  const compact = compactJson(Buffer.from(JSON.stringify(resource)));
  return { text: compact.bytes, resource: parseJson(compact) as JsonObject };
};
const put = (type: string, id: string, more: object = {}): Write => ({ method: 'PUT', type, id, content: content({ resourceType: type, id, ...more }) });

/** The statements of each round trip of a transaction. */
async function trips(run: (tx: Transaction) => Promise<unknown>): Promise<(string | undefined)[][]> {
  const sent: (string | undefined)[][] = [];
  await db().write.transaction({}, (tx) => run({
    query: (statement) => tx.query(statement),
    afterCommit: (call) => tx.afterCommit(call),
    pipeline(statements: Iterable<Statement>, isLast?: boolean) {
      const made = [...statements];
      if (made.length > 0) sent.push(made.map(({ name }) => name));
      return tx.pipeline(made, isLast);
    },
  }));
  return sent;
}

describe('content whose rows are derived', () => {
  const compact = compactJson(Buffer.from('{"resourceType":"Observation","id":"sent","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.10},"subject":{"reference":"Patient/1"}}'));
  const resource = parseJson(compact) as JsonObject;

  it('has those of the identity that is written, and gives the resource as it was sent', () => {
    const one = withRows(compact, resource, { type: 'Observation', id: 'given' }, index);
    expect(one.rows).toEqual(index.extract('Observation', { ...resource, id: 'given' }));
    expect(one.resource).toEqual(resource);
    expect(one.text).toBe(compact.bytes);
  });

  it('is written as what is derived later', async () => {
    const ids = [randomUUID(), randomUUID()] as const;
    const text = await Promise.all(ids.map(async (id, n) => {
      const content = n === 0 ? withRows(compact, resource, { type: 'Observation', id }, index) : { text: compact.bytes, resource };
      const [one] = await db().write.transaction({}, (tx) => commit(tx, [{ method: 'PUT', type: 'Observation', id, content }], index));
      return String(one!.body).replaceAll(/"(id|lastUpdated)":"[^"]*"/g, '');
    }));
    expect(text[0]).toBe(text[1]);
    const stored = await db().search.query<{ id: string; keys: string[] }>({ text: 'select id, keys::text[] from resource_key join resource using (rid) where id = any($1)', values: [ids] });
    expect(stored).toHaveLength(2);
    for (const { id, keys } of stored) expect(keys.toSorted()).toEqual(index.extract('Observation', { ...resource, id }).keys.map(String).toSorted());
  });
});

describe('round trips', () => {
  it('are two for any writes', async () => {
    const sent = await trips((tx) => commit(tx, [put('Patient', 'a'), put('Observation', 'b', { subject: { reference: 'Patient/a' } })], index));
    expect(sent.map((names) => names.slice(0, 3))).toEqual([['share_definitions', 'lock', 'rid'], ['insert_resource', 'insert_key', 'insert_reference']]);
  });

  it('are two where rows are held before and nothing new is named, and three where something is', async () => {
    const held = (more: object, type = 'Patient') => trips(async (tx) => {
      const found = await hold(tx, [{ type, id: 'a' }], index);
      await commit(tx, [put(type, 'a', more)], index, { held: found });
    });
    expect(await held({ active: true })).toEqual([['share_definitions', 'lock', 'stamp'], ['supersede', 'update_resource', 'delete_resource_key_patient', 'insert_key', 'insert_shape']]);
    const [first, second] = await held({ active: true, generalPractitioner: [{ reference: 'Practitioner/p' }] });
    expect([first, second]).toEqual([['share_definitions', 'lock', 'stamp'], ['rid']]);
  });

  describe('of new resources', () => {
    const create = (type: string, more: object = {}): Write => ({ method: 'POST', type, id: randomUUID(), fresh: true, content: content({ resourceType: type, ...more }) });
    const warm = async (): Promise<Rids> => {
      const rids = createRids(db().write);
      while (rids.take(1) === undefined) {
        rids.passed(0n);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return rids;
    };
    const storedText = async ({ type, id }: Pick<Write, 'type' | 'id'>): Promise<object[]> =>
      db().read.query({ text: 'select body, version, method, last_updated from resource where type = $1 and id = $2', values: [type, id] });

    it('is one where all that they refer to is known', async () => {
      const rids = await warm();
      const one = create('Observation', { subject: { reference: 'Patient/new-1' }, encounter: { reference: 'Encounter/new-1' } });
      let written: Committed[] = [];
      const write = (...writes: Write[]) => trips(async (tx) => void (written = await commit(tx, writes, index, { isLast: true, rids })));
      expect((await write(one)).map(([first]) => first)).toEqual(['share_definitions', 'insert_resource']);
      const known = [create('Observation', { subject: { reference: 'Patient/new-1' } }), create('Patient', { text: 'größer', meta: { lastUpdated: 'no', tag: [] } }), create('Condition', { subject: { reference: `Observation/${one.id}` } })];
      expect((await write(...known)).map((names) => names.slice(0, 3))).toEqual([['insert_new', 'insert_key', 'insert_reference']]);
      for (const [n, { type, id }] of known.entries()) {
        const { body, lastUpdated, version, created } = written[n]!;
        expect(await storedText({ type, id })).toEqual([{ body, version: 1, method: 'POST', last_updated: lastUpdated }]);
        expect([version, created, parseJson(compactJson(Buffer.from(body!)))]).toMatchObject([1, true, { resourceType: type, id, meta: { versionId: '1', lastUpdated: lastUpdated.toISOString() } }]);
      }
      const found = await db().read.query({
        text: "select r.id from resource_reference f join resource t on t.rid = f.target join resource r on r.rid = f.rid where t.type = 'Patient' and t.id = 'new-1' and r.type = 'Observation' group by r.id order by r.id",
      });
      expect(found).toEqual([one.id, known[0]!.id].toSorted().map((id) => ({ id })));
    });

    it('has the time in UTC, whatever the zone of the connection is', async () => {
      const rids = await warm();
      const one = create('Patient');
      const [written] = await db().write.transaction({}, async (tx) => {
        await tx.query({ text: "set local time zone 'Asia/Kathmandu'" });
        return commit(tx, [one], index, { isLast: true, rids });
      }) as [Committed];
      expect(await storedText(one)).toEqual([{ body: written.body, version: 1, method: 'POST', last_updated: written.lastUpdated }]);
      expect(Math.abs(written.lastUpdated.getTime() - Date.now())).toBeLessThan(60_000);
    });

    it('are two where a transaction is not over with them, or one of them is no creation', async () => {
      const rids = await warm();
      const firsts = async (writes: Write[], isLast: boolean) => (await trips((tx) => commit(tx, writes, index, { isLast, rids }))).map(([first, second]) => [first, second]);
      expect(await firsts([create('Patient')], false)).toEqual([['share_definitions', 'stamp'], ['insert_resource', 'insert_key']]);
      expect(await firsts([create('Patient'), put('Patient', 'new-2')], true)).toEqual([['share_definitions', 'lock'], ['insert_resource', 'insert_key']]);
      expect(await firsts([{ ...create('Patient'), check: () => {} }], true)).toEqual([['share_definitions', 'rid'], ['insert_resource', 'insert_key']]);
    });

    it('does not write by definitions that are of another version', async () => {
      const rids = await warm();
      const one = create('Patient');
      await expect(db().write.transaction({}, (tx) => commit(tx, [one], { ...index, version: '77' }, { isLast: true, rids }))).rejects.toThrow(DefinitionsChanged);
      expect(await storedText(one)).toEqual([]);
    });

    it('begins anew where a row is there, and learns nothing of what is not committed', async () => {
      const rids = await warm();
      const one = create('Patient');
      await db().write.transaction({}, (tx) => commit(tx, [put('Patient', one.id)], index));
      let runs = 0;
      await expect(db().write.transaction({}, (tx) => (runs++, commit(tx, [one], index, { isLast: true, rids })))).rejects.toThrow(ContentionExhausted);
      expect(runs).toBe(attempts);
      const undone = create('Patient');
      await db().write.transaction({ rollback: true }, (tx) => commit(tx, [undone], index, { isLast: true, rids }));
      expect([one, undone].map(({ id }) => rids.of(`Patient/${id}`))).toEqual([undefined, undefined]);
    });
  });

  it('none where nothing is written', async () => expect(await trips((tx) => commit(tx, [], index))).toEqual([]));
});

it('a held row that is not there can be created, and one that another creates meanwhile starts the transaction anew', async () => {
  let runs = 0;
  const version = await db().write.transaction({}, async (tx) => {
    const found = await hold(tx, [{ type: 'Patient', id: 'late' }], index);
    if (++runs === 1) await db().read.transaction({}, (other) => commit(other, [put('Patient', 'late')], index));
    const [committed] = await commit(tx, [put('Patient', 'late', { active: true })], index, { held: found });
    return committed!.version;
  });
  expect([runs, version]).toEqual([2, 2]);
});

it.each([false, true])('an identity that another creates before the rows are written starts the transaction anew (the last of it: %s)', async (isLast) => {
  const id = `meanwhile-${isLast}`;
  let trip = 0;
  const committed = await db().write.transaction({}, (tx) => commit({
    ...tx,
    async pipeline(statements, ...more) {
      if (++trip === 2) await db().read.transaction({}, (other) => commit(other, [put('Patient', id)], index));
      return tx.pipeline(statements, ...more);
    },
  }, [put('Patient', id, { active: true }), put('Patient', `${id}-new`)], index, { isLast }));
  expect([trip, committed.map(({ version }) => version)]).toEqual([4, [2, 1]]);
  const stored = await db().read.query<{ version: number }>({ text: 'select version from resource where id like $1 order by id', values: [`${id}%`] });
  expect(stored.map(({ version }) => version)).toEqual([2, 1]);
});

it('a deletion of what never was stands in the way of no reference to it', async () => {
  const targets = (): Promise<{ target: string; rid: string | null }[]> => db().read.query({
    text: "select f.target, t.rid from resource r join resource_reference f using (rid) left join resource t on t.rid = f.target where r.type = 'Observation' and r.id = 'refers'",
  });
  await db().write.transaction({}, (tx) => commit(tx, [
    { method: 'DELETE', type: 'Patient', id: 'never' }, put('Observation', 'refers', { subject: { reference: 'Patient/never' } }),
  ], index));
  const before = await targets();
  expect(before.length).toBeGreaterThan(0);
  expect(before.every(({ target, rid }) => target === rid)).toBe(true);
  await db().write.transaction({}, (tx) => commit(tx, [put('Patient', 'never')], index));
  expect(await targets()).toEqual(before);
});

it('places a resource in its own compartment by the id that it gets, not by the one that was sent', async () => {
  const write: Write = { method: 'POST', type: 'Patient', id: 'given', fresh: true, content: content({ resourceType: 'Patient', id: 'sent' }) };
  await db().write.transaction({}, (tx) => commit(tx, [write], index));
  const [row] = await db().read.query<{ keys: string[] }>({ text: 'select keys from resource_key join resource using (rid, type) where type = $1 and id = $2', values: ['Patient', 'given'] });
  expect(row!.keys.map(BigInt)).toContain(BigInt.asIntN(64, compartmentKey(index, 'Patient', 'given')));
  expect(row!.keys.map(BigInt)).not.toContain(BigInt.asIntN(64, compartmentKey(index, 'Patient', 'sent')));
});
