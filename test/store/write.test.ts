/** commit and hold: round trips, and the index of what is written. ARCHITECTURE.md "Writes". */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Statement, Transaction } from '../../src/db/pool.ts';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { compactJson } from '../../src/fhir/json/scan.ts';
import { parseJson, type JsonObject } from '../../src/fhir/json/value.ts';
import { compartmentKey, type SearchIndex } from '../../src/search/extract.ts';
import { hold } from '../../src/store/identities.ts';
import { openIndex } from '../../src/store/index-format.ts';
import { commit, type Content, type Write } from '../../src/store/write.ts';
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
    pipeline(statements: Iterable<Statement>) {
      const made = [...statements];
      if (made.length > 0) sent.push(made.map(({ name }) => name));
      return tx.pipeline(made);
    },
  }));
  return sent;
}

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
