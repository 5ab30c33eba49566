/** Searches of all types: by ids and times from one table, by other criteria from the tables of the types that are stored. R4: http.html#search, search.html#include. */
import { beforeAll, describe, expect, it } from 'vitest';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer({ EXPLAIN: 'on' });
const types = ['Patient', 'Basic', 'Flag', 'Organization'] as const;
interface Stored { readonly name: string; lastUpdated: string; readonly place: number }
let stored: Stored[] = [];

const get = async (query: string): Promise<any> => {
  const { status, json, text } = await send('GET', query.startsWith('http') ? query : `${server().base}/${query}`);
  expect(status, text.slice(0, 300)).toBe(200);
  return json;
};
const names = (bundle: any): string[] => (bundle.entry ?? []).map(({ resource }: any) => `${resource.resourceType}/${resource.id}`);

function body(n: number): any {
  const type = types[n % types.length]!;
  // An id that several types share.
  const id = n < 8 ? 'same' : `r${n}`;
  switch (type) {
    case 'Patient': return { resourceType: type, id };
    case 'Organization': return { resourceType: type, id, name: `o${n}` };
    case 'Basic': return { resourceType: type, id, code: { text: 'x' }, subject: { reference: 'Patient/same' } };
    case 'Flag': return { resourceType: type, id, status: 'active', code: { text: 'x' }, subject: { reference: 'Patient/same' } };
  }
}

beforeAll(async () => {
  // Several to a transaction, so that several have one time; some are changed and some deleted later.
  for (let n = 0; n < 40; n += 4) {
    const entry = [0, 1, 2, 3].map((m) => ({ resource: body(n + m), request: { method: 'PUT', url: `${body(n + m).resourceType}/${body(n + m).id}` } }));
    expect((await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(200);
    for (const { resource } of entry) stored.push({ name: `${resource.resourceType}/${resource.id}`, lastUpdated: '', place: n });
  }
  for (const name of ['Patient/r20', 'Basic/r9', 'Flag/same']) expect((await send('PUT', `${server().base}/${name}`, { body: { ...body(types.findIndex((type) => name.startsWith(type))), id: name.split('/')[1], language: 'en' } })).status).toBe(200);
  for (const name of ['Patient/r16', 'Organization/r39']) expect((await send('DELETE', `${server().base}/${name}`)).status).toBe(200);
  const rows = await server().db.read.query<{ name: string; time: string; rid: string }>({ text: "select type || '/' || id as name, to_char(last_updated at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as time, rid from resource where body is not null order by rid" });
  expect(new Set(rows.map(({ name }) => name))).toEqual(new Set(stored.map(({ name }) => name).filter((name) => !['Patient/r16', 'Organization/r39'].includes(name))));
  stored = rows.map(({ name, time, rid }) => ({ name, lastUpdated: time, place: Number(rid) }));
});

async function walk(query: string): Promise<{ forwards: string[]; backwards: string[] }> {
  const forwards: string[] = [];
  const backwards: string[] = [];
  const link = (bundle: any, relation: string): string | undefined => bundle.link.find((one: any) => one.relation === relation)?.url;
  let last: any;
  for (let next: string | undefined = query; next !== undefined; next = link(last, 'next')) {
    last = await get(next);
    forwards.push(...names(last));
  }
  for (let previous: string | undefined = query; previous !== undefined; previous = link(last, 'previous')) {
    if (previous !== query) last = await get(previous);
    backwards.unshift(...names(last));
  }
  return { forwards, backwards };
}

describe('a search of all types', () => {
  const byChange = (a: Stored, b: Stored): number => (a.lastUpdated < b.lastUpdated ? -1 : a.lastUpdated > b.lastUpdated ? 1 : a.place - b.place);
  const cases: readonly [query: (middle: string) => string, wanted: (one: Stored, middle: string) => boolean, order: ((a: Stored, b: Stored) => number) | undefined][] = [
    [() => '?_count=7', () => true, undefined],
    [() => '?_count=7&_sort=_lastUpdated', () => true, byChange],
    [() => '?_count=7&_sort=-_lastUpdated', () => true, (a, b) => byChange(b, a)],
    [() => '?_count=7&_type=Flag,Basic&_sort=-_lastUpdated', ({ name }) => /^(?:Flag|Basic)\//.test(name), (a, b) => byChange(b, a)],
    [() => '?_count=2&_id=same,r9', ({ name }) => /\/(?:same|r9)$/.test(name), undefined],
    [() => '?_count=2&_id=same&_sort=-_lastUpdated', ({ name }) => name.endsWith('/same'), (a, b) => byChange(b, a)],
    [(middle) => `?_count=3&_lastUpdated=ge${middle}&_sort=_lastUpdated`, ({ lastUpdated }, middle) => lastUpdated >= middle, byChange],
    [(middle) => `?_count=3&_lastUpdated=lt${middle}`, ({ lastUpdated }, middle) => lastUpdated < middle, undefined],
    [(middle) => `?_count=3&_lastUpdated=lt${middle}&_id=same`, ({ name, lastUpdated }, middle) => lastUpdated < middle && name.endsWith('/same'), undefined],
  ];

  it.each(cases)('%s is in order, forwards and backwards', async (query, wanted, order) => {
    const middle = stored.toSorted(byChange)[20]!.lastUpdated;
    const expected = stored.filter((one) => wanted(one, middle));
    if (order !== undefined) expected.sort(order);
    const asked = query(middle);
    const { forwards, backwards } = await walk(asked);
    expect([forwards, backwards]).toEqual([expected.map(({ name }) => name), expected.map(({ name }) => name)]);
    expect((await get(`${asked}&_total=accurate`)).total).toBe(expected.length);
    expect((await get(asked)).total).toBe(expected.length);
  });
});

/** Tables of the index that the statements of a search name. */
async function tables(query: string, of: string): Promise<string[]> {
  const { parameter } = await get(`${query}&-explain=true`);
  const sql = JSON.stringify(parameter.filter(({ name }: any) => name === 'statement').map(({ part }: any) => part.find(({ name }: any) => name === 'sql')));
  return [...new Set([...sql.matchAll(new RegExp(`${of}_([a-z]+)`, 'g'))].map(([, type]) => type!))].toSorted();
}

describe('names the tables of stored types alone:', () => {
  it('_revinclude=*', async () => {
    expect(await tables('Patient?_id=same&_revinclude=*', 'resource_reference')).toEqual(['basic', 'flag', 'organization', 'patient']);
    const found = names(await get('Patient?_id=same&_revinclude=*'));
    expect(found.toSorted()).toEqual(['Patient/same', ...stored.map(({ name }) => name).filter((name) => /^(?:Basic|Flag)/.test(name))].toSorted());
  });

  it('criteria of keys', async () => {
    expect(await tables('?_tag=x', 'resource_key')).toEqual(['basic', 'flag', 'organization', 'parameters', 'patient']);
    expect(await tables('?_lastUpdated=gt2020', 'resource_key')).toEqual([]);
  });
});
