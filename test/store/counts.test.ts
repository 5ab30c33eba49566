/** Counts by type: exact where that is cheap, Postgres's statistics where it is not. */
import { expect, it } from 'vitest';
import { countsByType, createCounter } from '../../src/store/counts.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const put = (path: string, body: object): Promise<unknown> => send('PUT', `${server().base}/${path}`, { body });

it('counts what is there, and neither what is deleted nor what is only referred to', async () => {
  await put('Organization/o', { resourceType: 'Organization', id: 'o', name: 'Hospital' });
  await put('Organization/o', { resourceType: 'Organization', id: 'o', name: 'Clinic' });
  await put('Basic/kept', { resourceType: 'Basic', id: 'kept', code: { text: 'x' }, subject: { reference: 'Group/never' } });
  await put('Basic/gone', { resourceType: 'Basic', id: 'gone', code: { text: 'x' } });
  await send('DELETE', `${server().base}/Basic/gone`);
  expect(await countsByType(server().db.search)).toEqual([{ type: 'Basic', count: 1, isExact: true }, { type: 'Organization', count: 1, isExact: true }]);
});

it('names thousands by the statistics, without counting them', async () => {
  const { db } = server();
  await db.write.query({ text: "insert into resource_key select 1000000 + g, 'Slot', '{1,2}' from generate_series(1, 25000) g" });
  const slots = async (): Promise<unknown> => (await countsByType(db.search)).find(({ type }) => type === 'Slot');
  await db.write.query({ text: 'analyze resource_key_slot' });
  expect(await slots()).toEqual({ type: 'Slot', count: 25_000, isExact: false });
  await db.write.query({ text: 'delete from resource_key where rid > 1000000 and rid % 25 <> 0' });
  expect(await slots()).toEqual({ type: 'Slot', count: 1_000, isExact: true });
});

it('asks the database once for many at the same time, and again after a failure', async () => {
  const { db } = server();
  let asked = 0;
  const count = createCounter({ query: (statement) => (++asked === 1 ? Promise.reject(new Error('away')) : db.search.query(statement)) });
  await expect(Promise.all([count(), count()])).rejects.toThrow('away');
  expect(await Promise.all([count(), count(), count()])).toHaveLength(3);
  expect(asked).toBe(2);
});
