/** Without `_sort`, resources stand in the order in which they were made. R4 leaves it open (search.html#sort); REST.md 18 and DECISIONS.md "Pages" do not. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const organization = (tag: string): object => ({ resourceType: 'Organization', name: tag });
const idOf = (location: string): string => location.split('/').slice(-3)[0]!;

type Way = (tag: string) => Promise<string[]>;

const create = async (resource: object, headers: Record<string, string> = {}): Promise<string[]> => {
  const { status, json } = await send('POST', `${server().base}/Organization`, { body: resource, headers });
  expect(status).toBe(201);
  return [json.id];
};
const bundle = async (type: string, resources: readonly object[]): Promise<string[]> => {
  const entry = resources.map((resource) => ({ request: { method: 'POST', url: 'Organization' }, resource }));
  const { json } = await send('POST', server().base, { body: { resourceType: 'Bundle', type, entry } });
  return json.entry.map(({ response }: any) => idOf(response.location));
};

/** What asks the database for a rid, and what has one at hand. */
const ways: Record<string, Way> = {
  create: (tag) => create(organization(tag)),
  'a create that refers to what is not there': (tag) => create({ ...organization(tag), partOf: { reference: `Organization/${randomUUID()}` } }),
  'a conditional create': (tag) => create(organization(tag), { 'if-none-exist': `identifier=${randomUUID()}` }),
  'an update that creates': async (tag) => {
    const id = randomUUID();
    expect((await send('PUT', `${server().base}/Organization/${id}`, { body: { ...organization(tag), id } })).status).toBe(201);
    return [id];
  },
  'a transaction of one': (tag) => bundle('transaction', [organization(tag)]),
  'a transaction of several': (tag) => bundle('transaction', Array.from({ length: 40 }, () => organization(tag))),
  'a transaction of more than are kept': (tag) => bundle('transaction', Array.from({ length: 700 }, () => organization(tag))),
  'a batch': (tag) => bundle('batch', [organization(tag), organization(tag)]),
};

const found = async (tag: string): Promise<string[]> =>
  (await send('GET', `${server().base}/Organization?name=${tag}&_count=1000&_elements=id`)).json.entry.map(({ resource }: any) => resource.id);

describe('one after another', () => {
  it.each(Object.entries(ways).filter(([name]) => !name.includes('more')))('%s, the first ones of a server at rest too', async (_, way) => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const tag = `n${randomUUID()}`;
    const made: string[] = [];
    for (let n = 0; n < 12; n++) made.push(...(await way(tag)));
    expect(await found(tag)).toEqual(made);
  });

  it.each([0, 6])('in all ways by turns, while %i others create', async (others) => {
    let isOn = true;
    const noise = Array.from({ length: others }, async () => {
      while (isOn) await create(organization('noise'));
    });
    const all = Object.values(ways);
    for (let round = 0; round < 3; round++) {
      const tag = `n${randomUUID()}`;
      const made: string[] = [];
      // Each behind each other once: 7 and 3 share no factor with what they step through.
      for (let n = 0; n < 24; n++) {
        const way = all[(n * (2 * round + 1) + Math.floor(n / 8) * (round + 1)) % all.length]!;
        if (way === ways['a transaction of more than are kept'] && made.length > 200) continue;
        made.push(...(await way(tag)));
      }
      expect(await found(tag)).toEqual(made);
    }
    isOn = false;
    await Promise.all(noise);
  }, 60_000);
});
