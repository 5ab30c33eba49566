/** A walk through the pages of a search gives each match once, in the order of creation, however Postgres finds them. R4: http.html#paging. */
import { beforeAll, expect, it } from 'vitest';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { walkStatement } from '../../src/search/bounded.ts';
import { parseCriteria } from '../../src/search/parse.ts';
import { noShapes } from '../../src/search/shapes.ts';
import { parseSort } from '../../src/search/sort.ts';
import { openIndex } from '../../src/store/index-format.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const numbers = Array.from({ length: 240 }, (_, n) => n);
const observation = (n: number, status: string): object =>
  ({ resourceType: 'Observation', id: `o${String(n).padStart(3, '0')}`, status, code: { coding: [{ code: `c${n % 2}` }] }, subject: { reference: `Patient/p${n % 3}` }, hasMember: [{ reference: `Observation/o${String((n + 7) % 240).padStart(3, '0')}` }] });
const transaction = async (entries: readonly number[], status: string): Promise<void> => {
  const entry = entries.map((n) => ({ request: { method: 'PUT', url: `Observation/o${String(n).padStart(3, '0')}` }, resource: observation(n, status) }));
  expect((await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(200);
};
let changed: string;

beforeAll(async () => {
  await transaction(numbers, 'final');
  await server().db.write.query({ text: 'analyze' });
  // Later ones first, so that the order of changes is that of creation turned round.
  const { text } = await send('GET', `${server().base}/Observation/o000`);
  const before = (JSON.parse(text) as { meta: { lastUpdated: string } }).meta.lastUpdated;
  for (let from = 160; from >= 0; from -= 40) await transaction(numbers.filter((n) => n >= from && n < from + 40), 'amended');
  changed = before;
});

const all = (): number[] => numbers.filter((n) => n < 200);
it.each([
  ['_lastUpdated=gt{t}', (): number[] => all()],
  ['_lastUpdated=gt{t}&code=c1', () => all().filter((n) => n % 2 === 1)],
  ['_lastUpdated=gt{t}&subject=Patient/p1', () => all().filter((n) => n % 3 === 1)],
  ['_lastUpdated=gt{t}&subject=Patient/p1,Patient/p2&code=c0', () => all().filter((n) => n % 3 > 0 && n % 2 === 0)],
  ['has-member.status=amended', () => numbers.filter((n) => (n + 7) % 240 < 200)],
  ['has-member.status=amended&code=c1', () => numbers.filter((n) => n % 2 === 1 && (n + 7) % 240 < 200)],
  ['_has:Observation:has-member:status=amended&code=c1', () => numbers.filter((n) => n % 2 === 1 && (n + 233) % 240 < 200)],
  [`_id=${numbers.filter((n) => n % 5 === 0).toReversed().map((n) => `o${String(n).padStart(3, '0')}`).join()}&code=c0,c1`, () => numbers.filter((n) => n % 5 === 0)],
])('%s', async (query, expected) => {
  const there = await pages(`${server().base}/Observation?${query.replace('{t}', changed)}&_count=7&_total=none`, 'next');
  expect(there.flatMap(({ ids }) => ids)).toEqual(expected().map((n) => `o${String(n).padStart(3, '0')}`));
  const back = await pages(there.at(-1)!.url, 'previous');
  expect(back.map(({ ids }) => ids).toReversed()).toEqual(there.map(({ ids }) => ids));
});

async function pages(first: string, relation: 'next' | 'previous'): Promise<{ url: string; ids: string[] }[]> {
  const found: { url: string; ids: string[] }[] = [];
  for (let url: string | undefined = first; url !== undefined;) {
    const { status, text } = await send('GET', url);
    expect(status, text).toBe(200);
    const { entry = [], link } = JSON.parse(text) as { entry?: { resource: { id: string } }[]; link: { relation: string; url: string }[] };
    found.push({ url, ids: entry.map(({ resource }) => resource.id) });
    url = link.find((one) => one.relation === relation)?.url;
  }
  return found;
}

it.each([['_lastUpdated', 160], ['-_lastUpdated', 39]])('a walk by %s begins where the criterion does', async (sort, first) => {
  const index = await openIndex(server().db.read, { definitions: loadDefinitions(), timeZone: 'UTC', ownBases: [] });
  const { conditions } = parseCriteria('Observation', [['_lastUpdated', `gt${changed}`], ['status', 'amended']], index, 'strict', new Date());
  const query = { branches: [{ type: 'Observation', conditions }], sort: parseSort(sort, ['Observation'], index).keys };
  // So many resources are walked that those which came before would fill it.
  const { text, values } = walkStatement(query, { start: undefined, limit: 5, counting: 'none' }, 10, noShapes);
  const rows = await server().db.search.query<{ id: string; is_last: boolean | null }>({ text, values });
  expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 5 }, (_, n) => `o${String(first + (first === 160 ? n : -n)).padStart(3, '0')}`));
  // All that is looked at lies within: past the last one there is nothing.
  const all = walkStatement(query, { start: undefined, limit: 300, counting: 'none' }, 200, noShapes);
  const found = await server().db.search.query<{ is_last: boolean }>({ text: all.text, values: all.values });
  expect([found.length, found[0]!.is_last]).toEqual([200, true]);
});
