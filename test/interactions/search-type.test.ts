/** Search results: totals, pages, links, result parameters, refusals. R4: http.html#search, #paging, search.html#3.1.1.5. */
import { beforeAll, describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const url = (path: string): string => `${server().base}/${path}`;
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => send('GET', path.startsWith('http') ? path : url(path), { headers });
const ids = (answer: Answer): string[] => (answer.json.entry ?? []).map((entry: any) => entry.resource.id);
const link = (answer: Answer, relation: string): string | undefined => answer.json.link.find((one: { relation: string }) => one.relation === relation)?.url;
const relations = (answer: Answer): string[] => answer.json.link.map(({ relation }: { relation: string }) => relation);

beforeAll(async () => {
  for (let n = 0; n < 23; n++) {
    const id = `p${String(n).padStart(2, '0')}`;
    await send('PUT', url(`Patient/${id}`), { body: { resourceType: 'Patient', id, gender: n % 2 === 0 ? 'male' : 'female', identifier: [{ system: 'http://x', value: id }], name: [{ family: `Fam${n}`, given: ['G'] }] } });
  }
});

describe('a result', () => {
  it('is a Bundle with total, self, first and matches at their absolute URL', async () => {
    const answer = await get('Patient?gender=male&_count=100');
    expect(answer.json).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: 12 });
    expect(relations(answer)).toEqual(['self', 'first']);
    expect(answer.json.entry[0]).toMatchObject({ fullUrl: url('Patient/p00'), search: { mode: 'match' }, resource: { id: 'p00' } });
    expect(answer.json.meta.lastUpdated).toMatch(/Z$/);
    expect(answer.text).not.toContain('"entry":[]');
  });

  it('without a match has no entry and total 0', async () => {
    const answer = await get('Patient?identifier=none');
    expect([answer.status, answer.json.total, answer.json.entry]).toEqual([200, 0, undefined]);
  });

  it('self names what took effect', async () => {
    const answer = await get('Patient?gender=male&name=&_count=5000&_dc=123');
    expect(link(answer, 'self')).toBe(url('Patient?gender=male&_count=1000'));
  });

  it('pages forth and back without losing or repeating a match', async () => {
    const seen: string[] = [];
    let page = await get('Patient?_count=5');
    expect([page.json.total, relations(page)]).toEqual([23, ['self', 'first', 'next', 'last']]);
    const pages: string[][] = [];
    for (;;) {
      pages.push(ids(page));
      seen.push(...ids(page));
      const next = link(page, 'next');
      if (next === undefined) break;
      page = await get(next);
    }
    expect(seen).toEqual(Array.from({ length: 23 }, (_, n) => `p${String(n).padStart(2, '0')}`));
    const back: string[] = [];
    for (let previous: string | undefined = page.json.link && link(page, 'previous'); previous !== undefined; previous = link(page, 'previous')) {
      page = await get(previous);
      back.unshift(...ids(page));
    }
    expect(back).toEqual(seen.slice(0, 20));
    const last = await get(link(await get('Patient?_count=5'), 'last')!);
    expect([ids(last), link(last, 'next')]).toEqual([['p18', 'p19', 'p20', 'p21', 'p22'], undefined]);
    expect(ids(await get(link(last, 'previous')!))).toEqual(['p13', 'p14', 'p15', 'p16', 'p17']);
  });

  it('a page is not moved by writes: an update keeps its place, a new resource comes last', async () => {
    const first = await get('Patient?identifier=http://x|&_count=20');
    await send('PUT', url('Patient/p00'), { body: { resourceType: 'Patient', id: 'p00', gender: 'male', identifier: [{ system: 'http://x', value: 'p00' }], active: true } });
    expect(ids(await get(link(first, 'next')!))).toEqual(['p20', 'p21', 'p22']);
  });

  const counts = ['_count=0', '_summary=count', '_summary=count&_count=5'];
  it.each(counts)('%s is the number alone', async (query) => {
    const answer = await get(`Patient?gender=male&${query}`);
    expect([answer.json.total, answer.json.entry, relations(answer)]).toEqual([12, undefined, ['self']]);
  });

  it('_total=accurate counts beyond the page, none does not', async () => {
    expect((await get('Patient?_count=3&_total=accurate')).json.total).toBe(23);
    expect((await get('Patient?_count=3&_total=none')).json.total).toBeUndefined();
    const second = await get(link(await get('Patient?_count=3&_total=accurate'), 'next')!);
    expect(second.json.total).toBe(23);
  });

  it('_elements and _summary cut each match', async () => {
    expect(Object.keys((await get('Patient?identifier=p01&_elements=gender')).json.entry[0].resource).toSorted()).toEqual(['gender', 'id', 'meta', 'resourceType']);
  });
});

describe('by POST to _search (http.html#search)', () => {
  const form = 'application/x-www-form-urlencoded';
  const post = (path: string, body: string, type = form): Promise<Answer> => send('POST', url(path), { body, headers: { 'content-type': type } });
  it('adds the parameters of the form to those of the URL', async () => {
    expect((await post('Patient/_search?gender=male', 'identifier=http%3A%2F%2Fx%7Cp02')).json.total).toBe(1);
    expect((await post('Patient/_search?gender=female', 'identifier=http://x|p02')).json.total).toBe(0);
    expect((await post('Patient/_search', '', `${form}; charset=UTF-8`)).json.total).toBe(23);
  });
  it('its pages are links for GET', async () => {
    const first = await post('Patient/_search', 'gender=male&_count=5');
    expect(ids(await get(link(first, 'next')!))).toHaveLength(5);
  });
  it('refuses another media type', async () => expect((await post('Patient/_search', '{}', 'application/json')).status).toBe(415));
});

describe('what is refused, and what is ignored', () => {
  const refused: readonly [query: string, word: string][] = [
    ['nonsense=1', 'nonsense'], ['gendr=male', 'did you mean "gender"'], ['name:foo=x', 'foo'],
    ['_count=x', '_count'], ['_count=1&_count=2', '_count'], ['_offset=1', 'next'],
    ['_total=many', '_total'], ['-page=xyz', '-page'], ['_summary=x', '_summary'], ['gender:not:not=x', 'modifier'], ['birthdate=x', 'birthdate'], ['_pretty=x', '_pretty'],
  ];
  it.each(refused)('%s is 400', async (query, word) => {
    const answer = await get(`Patient?${query}`);
    expect([answer.status, answer.json.resourceType]).toEqual([400, 'OperationOutcome']);
    expect(answer.json.issue[0].diagnostics).toContain(word);
  });

  it('Prefer: handling=lenient ignores unknown parameters, says so in an outcome entry, and refuses unknown modifiers still', async () => {
    const answer = await get('Patient?nonsense=1&gender=male', { prefer: 'handling=lenient' });
    expect([answer.status, answer.json.total, answer.headers['preference-applied']]).toEqual([200, 12, 'handling=lenient']);
    const outcome = answer.json.entry.at(-1);
    expect([outcome.search.mode, outcome.resource.issue[0].severity]).toEqual(['outcome', 'warning']);
    expect(outcome.fullUrl).toMatch(/^urn:uuid:/);
    expect(link(answer, 'self')).not.toContain('nonsense');
    expect((await get('Patient?name:foo=1', { prefer: 'handling=lenient' })).status).toBe(400);
  });

  it.each(['', '?', '?&&', '?name=', '?_=17', '?_dc=1&_t=2', '?_totalMethod=count'])('"Patient%s" is every patient', async (query) => {
    expect((await get(`Patient${query}`)).json.total).toBe(23);
  });
});
