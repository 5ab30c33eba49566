/** How many resources match: exactly, or about as many. R4: search.html#total. */
import { beforeAll, describe, expect, it } from 'vitest';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer({ EXPLAIN: 'on' });
const numbers = Array.from({ length: 10_500 }, (_, n) => n);
const year = (n: number): number => 2000 + Math.floor(n / 500);
const observation = (n: number): object => ({
  resourceType: 'Observation', status: 'final', code: { coding: [{ code: n % 2 === 0 ? 'even' : 'odd' }] }, effectiveDateTime: String(year(n)),
  // Several rows of one parameter.
  component: [{ code: { text: 'a' }, valueQuantity: { value: n } }, { code: { text: 'b' }, valueQuantity: { value: n + 1 } }],
});
const gone = [3, 4_000, 10_499];
const left = numbers.filter((n) => !gone.includes(n));

beforeAll(async () => {
  for (let from = 0; from < numbers.length; from += 3_500) {
    const entry = numbers.slice(from, from + 3_500).map((n) => ({ request: { method: 'PUT', url: `Observation/o${n}` }, resource: { ...observation(n), id: `o${n}` } }));
    expect((await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(200);
  }
  for (const n of gone) await send('DELETE', `${server().base}/Observation/o${n}`);
  await server().db.write.query({ text: 'analyze' });
}, 60_000);

const totalOf = async (query: string): Promise<number> => (await send('GET', `${server().base}/Observation?${query}`)).json.total as number;

const cases: readonly [query: string, matches: (n: number) => boolean][] = [
  ['status=final', () => true],
  ['date=lt2010', (n) => year(n) < 2010],
  // At the far end of a walk in the order of creation.
  ['date=2020', (n) => year(n) === 2020],
  ['date=2003,2012', (n) => [2003, 2012].includes(year(n))],
  ['date=lt2010&code=odd', (n) => year(n) < 2010 && n % 2 === 1],
  ['component-value-quantity=lt400', (n) => n < 400],
  ['component-value-quantity=gt100', (n) => n >= 100],
  ['component-value-quantity=lt1000,gt9000', (n) => n < 1_000 || n >= 9_000],
  ['date:missing=true', () => false],
];
describe('exactly', () => {
  it.each(cases)('%s', async (query, matches) => {
    const expected = left.filter(matches).length;
    expect(await totalOf(`${query}&_total=accurate&_count=5`)).toBe(expected);
    expect(await totalOf(`${query}&_summary=count`)).toBe(expected);
  });
});

describe('about as many', () => {
  it('can be explained', async () => {
    const { status, text } = await send('GET', `${server().base}/Observation?status=final&_total=estimate&_count=5&-explain=true`);
    expect([status, text.includes('Execution Time')]).toEqual([200, true]);
  });

  it.each(cases)('%s', async (query, matches) => {
    const expected = left.filter(matches).length;
    const total = await totalOf(`${query}&_total=estimate&_count=5`);
    if (expected <= 1_000) expect(total).toBe(expected);
    // Of alternatives Postgres knows least.
    else expect([total > 1_000, total > expected / 3, total < expected * 3], `${total} for ${expected}`).toEqual([true, true, true]);
  });
});
