/**
 * Criteria that lead to other resources: each match once, whatever leads to it, in the order of creation, and paged. R4: search.html#chaining,
 * search.html#has. Their matches are not counted unless that is asked for: a page of them costs a tenth of that.
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

describe('the total of what leads to other resources', () => {
  it.each(['Observation?subject:Patient.name=amann', 'Patient?_has:Observation:subject:status=final', 'Patient?_has:Observation:performer:status=final'])('is there where the page shows all, or it is asked for: %s', async (query) => {
    const whole = await get(`${query}&_count=100`);
    expect(whole.total).toBe(ids(whole).length);
    expect((await get(`${query}&_count=1&_total=accurate`)).total).toBe(whole.total);
    if (whole.total > 1) expect(await get(`${query}&_count=1`)).not.toHaveProperty('total');
  });
  it('of other criteria is there unasked', async () => {
    expect((await get('Observation?status=final&_count=1')).total).toBe(expected.length);
  });
});
