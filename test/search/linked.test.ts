/**
 * Criteria that lead to other resources: each match once, whatever leads to it, in the order of creation, and paged. R4: search.html#chaining,
 * search.html#has. Of what is referred to, matches are not counted unless that is asked for: a page of them costs a tenth of that.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const count = 30;

const get = async (query: string): Promise<any> => {
  const { status, json, text } = await send('GET', query.startsWith('http') ? query : `${server().base}/${query}`);
  expect(status, text.slice(0, 300)).toBe(200);
  return json;
};
const ids = (bundle: any): string[] => (bundle.entry ?? []).map(({ resource }: any) => resource.id);

beforeAll(async () => {
  const patient = (id: string, family: string): object => ({ resourceType: 'Patient', id, name: [{ family }] });
  const observation = (n: number): object => ({
    resourceType: 'Observation', id: `o${n}`, status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/a' },
    // Two that match by the same criterion, and one that is contained.
    performer: [{ reference: 'Patient/a' }, { reference: 'Patient/b' }, { reference: '#c' }], contained: [patient('c', 'Amann')],
  });
  const list = { resourceType: 'List', id: 'l', status: 'current', mode: 'working', contained: [{ ...observation(0), id: 'inside', contained: undefined, performer: undefined }], entry: [{ item: { reference: '#inside' } }] };
  const resources: any[] = [patient('a', 'Amann'), patient('b', 'Amann'), patient('z', 'Zahn'), ...Array.from({ length: count }, (_, n) => observation(n)), list];
  const entry = resources.map((resource) => ({ request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` }, resource }));
  const { status, text } = await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
  expect(status, text.slice(0, 500)).toBe(200);
  expect((await send('DELETE', `${server().base}/Observation/o3`)).status).toBe(200);
});

const expected = Array.from({ length: count }, (_, n) => `o${n}`).filter((id) => id !== 'o3');

describe('a chain that is all that is asked for', () => {
  it.each(['performer:Patient.name=amann', 'subject:Patient.name=a', 'patient.name=amann,zahn', 'subject:Patient.name=amann&performer:Patient.name=amann'])('finds each match once: %s', async (query) => {
    expect(ids(await get(`Observation?${query}&_count=100`))).toEqual(expected);
    expect((await get(`Observation?${query}&_summary=count`)).total).toBe(expected.length);
    expect((await get(`Observation?${query}&_count=2&_total=accurate`)).total).toBe(expected.length);
  });

  it('is paged both ways', async () => {
    const [forwards, backwards]: [string[], string[]] = [[], []];
    const link = (bundle: any, relation: string): string | undefined => bundle.link.find((one: any) => one.relation === relation)?.url;
    let last: any;
    const first = 'Observation?performer:Patient.name=amann&_count=4';
    for (let url: string | undefined = first; url !== undefined; url = link(last, 'next')) forwards.push(...ids(last = await get(url)));
    backwards.push(...ids(last));
    for (let url = link(last, 'previous'); url !== undefined; url = link(last, 'previous')) backwards.unshift(...ids(last = await get(url)));
    expect(forwards).toEqual(expected);
    expect(backwards).toEqual(expected);
  });

  it('finds nothing of another name, and nothing that only a contained resource refers to', async () => {
    expect(ids(await get('Observation?subject:Patient.name=zahn'))).toEqual([]);
    expect(ids(await get('List?item:Observation.subject:Patient.name=amann'))).toEqual(['l']);
    expect(ids(await get('Observation?subject:Patient.name=amann&_count=100'))).not.toContain('inside');
  });
});

describe('a chain that leads to more resources than are named in a statement', () => {
  const last = 'o29';
  beforeAll(async () => {
    const entry = Array.from({ length: 1_100 }, (_, n) => ({ request: { method: 'PUT', url: `Practitioner/m${n}` }, resource: { resourceType: 'Practitioner', id: `m${n}`, name: [{ family: 'Many' }], gender: n === 1_050 ? 'other' : 'unknown' } }));
    expect((await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(200);
    for (const [id, practitioner] of [['o5', 'm7'], [last, 'm1050']]) {
      const { json } = await send('GET', `${server().base}/Observation/${id}`);
      expect((await send('PUT', `${server().base}/Observation/${id}`, { body: { ...json, performer: [...json.performer, { reference: `Practitioner/${practitioner}` }] } })).status).toBe(200);
    }
  });
  it.each([
    ['performer:Practitioner.name=many', ['o5', last]], ['performer:Practitioner.name=many&performer:Practitioner.gender=other', [last]], ['performer:Practitioner.gender=unknown&status=final', ['o5']],
    ['performer:Practitioner.gender=unknown&performer:Practitioner.gender=other', []], ['performer:Practitioner.name=many&_sort=-_lastUpdated', [last, 'o5']],
  ])('finds the same: %s', async (query, found) => {
    expect(ids(await get(`Observation?${query}`))).toEqual(found);
    expect((await get(`Observation?${query}&_summary=count`)).total).toBe(found.length);
  });
});

describe('the total of what leads to other resources', () => {
  it.each(['Observation?subject:Patient.name=amann', 'Patient?_has:Observation:subject:status=final', 'Patient?_has:Observation:performer:status=final'])('is there where the page shows all, or it is asked for: %s', async (query) => {
    const whole = await get(`${query}&_count=100`);
    expect(whole.total).toBe(ids(whole).length);
    expect((await get(`${query}&_count=1&_total=accurate`)).total).toBe(whole.total);
    const { total } = await get(`${query}&_count=1`);
    expect([undefined, whole.total]).toContain(total);
    if (whole.total > 1 && query.includes('_has')) expect(total).toBeUndefined();
  });
  it('of other criteria is there unasked', async () => {
    expect((await get('Observation?status=final&_count=1')).total).toBe(expected.length);
  });
});
