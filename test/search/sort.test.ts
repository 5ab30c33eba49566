/**
 * _sort by several keys, both ways, with missing and repeated values, against a plain sort of the values that were stored: random orders, walked
 * page by page forwards and backwards. R4: search.html#sort; DECISIONS.md "_sort". `VERBATIM_FULL` sorts more of more; VERBATIM_SEED gives others.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { isFull } from '../support/shared.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const [resources, orders] = isFull ? [5_500, 24] : [240, 70];
const seed = Number(process.env['VERBATIM_SEED'] ?? 1);

/** mulberry32 */
function randomOf(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
const random = randomOf(seed);
const upTo = (n: number): number => Math.floor(random() * n);
const one = <T>(of: readonly T[]): T => of[upTo(of.length)]!;
const some = <T>(of: readonly T[], most: number): T[] => Array.from({ length: upTo(most + 1) }, () => one(of));

type Value = string | number;
interface Stored {
  readonly name: string;
  readonly resource: any;
  /** By parameter: what it is ordered by, as it was written. */
  readonly values: Readonly<Record<string, readonly Value[]>>;
  rid: bigint;
}

/** Words that are their own normal form, letters outside of the first plane among them; of the last nothing is left to be ordered by. */
const words = ['a', 'ab', 'abc', 'b', '0', '10', '9', 'z', 'zz', '\u{20000}', '\uFA0E', '漢', '!?'];
const ordered = (texts: readonly string[]): string[] => texts.filter((text) => text !== '!?');
const days = ['2019', '2020', '2020-01', '2020-01-01', '2020-01-02', '2020-02', '2021-12-31', '1850-07-01'];
const numbers = [0, 0.5, 0.25, 1e-7, 1, -3, 100, 0.1];

const start = (date: string): string => (date.length === 4 ? `${date}-01-01` : date.length === 7 ? `${date}-01` : date);

const makers: Readonly<Record<string, (id: string) => Omit<Stored, 'name' | 'rid'>>> = {
  Patient(id) {
    const [families, givens, cities, born] = [some(words, 3), some(words, 2), some(words, 1), some(days, 1)];
    const gender = some(['male', 'female', 'other'], 1);
    return {
      resource: {
        resourceType: 'Patient', id, ...(families.length + givens.length > 0 && { name: [...families.map((family) => ({ family })), ...givens.map((given) => ({ given: [given] }))] }),
        ...(cities.length > 0 && { address: [{ city: cities[0] }] }), ...(born.length > 0 && { birthDate: born[0] }), ...(gender.length > 0 && { gender: gender[0] }),
      },
      values: { family: ordered(families), given: ordered(givens), 'address-city': ordered(cities), birthdate: born.map(start), gender, _id: [id] },
    };
  },
  Goal(id) {
    const [targets, begun] = [some(days, 3), some(days, 1)];
    const status = one(['proposed', 'active', 'completed']);
    return {
      resource: {
        resourceType: 'Goal', id, lifecycleStatus: status, description: { text: 'x' }, subject: { reference: 'Patient/p' }, ...(begun.length > 0 && { startDate: begun[0] }),
        ...(targets.length > 0 && { target: targets.map((dueDate) => ({ measure: { text: 'x' }, dueDate })) }),
      },
      values: { 'target-date': targets.map(start), 'start-date': begun.map(start), 'lifecycle-status': [status], _id: [id] },
    };
  },
  RiskAssessment(id) {
    const [probabilities, at] = [some(numbers, 3), some(days, 1)];
    const method = some(['m1', 'm2'], 1);
    return {
      resource: {
        resourceType: 'RiskAssessment', id, status: 'final', subject: { reference: 'Patient/p' }, ...(at.length > 0 && { occurrenceDateTime: at[0] }), ...(method.length > 0 && { method: { coding: [{ code: method[0] }] } }),
        ...(probabilities.length > 0 && { prediction: probabilities.map((probabilityDecimal) => ({ probabilityDecimal })) }),
      },
      values: { probability: probabilities, date: at.map(start), method, _id: [id] },
    };
  },
};

const stored: Stored[] = Object.entries(makers).flatMap(([type, make]) => Array.from({ length: resources }, (_, n) => {
  const made = make(`${type.toLowerCase()}-${n}`);
  // Three in four, and one in forty.
  const tag = [...(n % 4 === 0 ? [] : ['most']), ...(n % 40 === 0 ? ['few'] : [])];
  return { ...made, resource: { ...made.resource, ...(tag.length > 0 && { meta: { tag: tag.map((code) => ({ code })) } }) }, name: `${type}/${made.resource.id}`, rid: 0n };
}));
const tagged = ({ resource }: Stored, code: string): boolean => resource.meta?.tag.some((tag: any) => tag.code === code) === true;

beforeAll(async () => {
  const shuffled = stored.map((one) => ({ one, at: random() })).toSorted((a, b) => a.at - b.at).map(({ one: each }) => each);
  for (let n = 0; n < shuffled.length; n += 500) {
    const entry = shuffled.slice(n, n + 500).map(({ name, resource }) => ({ resource, request: { method: 'PUT', url: name } }));
    const answer = await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
    expect(answer.status, answer.text.slice(0, 300)).toBe(200);
  }
  await server().db.write.query({ text: 'analyze resource_key_patient, resource_key_goal, resource_key_riskassessment' });
  const rows = await server().db.read.query<{ name: string; rid: string; time: Date }>({ text: "select type || '/' || id as name, rid, last_updated as time from resource where body is not null" });
  const byName = new Map(rows.map((row) => [row.name, row]));
  for (const one of stored) {
    one.rid = BigInt(byName.get(one.name)!.rid);
    (one.values as Record<string, readonly Value[]>)['_lastUpdated'] = [byName.get(one.name)!.time.toISOString()];
  }
}, 600_000);

interface Key { readonly code: string; readonly isDescending: boolean }

const bytes = (text: string): Buffer => Buffer.from(text);
const compare = (a: Value, b: Value): number => (typeof a === 'number' ? a - (b as number) : Buffer.compare(bytes(a), bytes(b as string)));

function expected(among: readonly Stored[], keys: readonly Key[]): string[] {
  const first = ({ values }: Stored, { code, isDescending }: Key): Value | undefined => values[code]!.toSorted((a, b) => (isDescending ? compare(b, a) : compare(a, b)))[0];
  return among.toSorted((a, b) => {
    for (const key of keys) {
      const [left, right] = [first(a, key), first(b, key)];
      if (left === undefined && right === undefined) continue;
      if (left === undefined) return 1;
      if (right === undefined) return -1;
      const way = compare(left, right);
      if (way !== 0) return key.isDescending ? -way : way;
    }
    const way = a.rid < b.rid ? -1 : 1;
    return keys[0]!.isDescending ? -way : way;
  }).map(({ name }) => name);
}

/** @returns the names on all pages in the order of the result, walked by one kind of link */
async function walk(query: string, relation: 'next' | 'previous'): Promise<string[]> {
  const found: string[] = [];
  for (let url: string | undefined = `${server().base}/${query}`; url !== undefined;) {
    const { status, json, text } = await send('GET', url);
    expect(status, `${url}: ${text.slice(0, 300)}`).toBe(200);
    const names = (json.entry ?? []).map(({ resource }: any) => `${resource.resourceType}/${resource.id}`);
    if (relation === 'next') found.push(...names);
    else found.unshift(...names);
    url = json.link.find((link: any) => link.relation === relation)?.url;
  }
  return found;
}

const lastOf = async (query: string): Promise<string> => {
  const { json } = await send('GET', `${server().base}/${query}`);
  return (json.link.find((link: any) => link.relation === 'last')?.url ?? `${server().base}/${query}`).slice(server().base.length + 1);
};

describe('_sort', () => {
  const cases = Array.from({ length: orders }, (): { query: string; type: string; tag: string | undefined; keys: Key[] } => {
    const type = one(Object.keys(makers));
    const codes = [...Object.keys(stored.find(({ name }) => name.startsWith(`${type}/`))!.values).filter((code) => code !== '_lastUpdated'), '_lastUpdated'];
    const keys: Key[] = [];
    for (let n = 1 + upTo(4); n > 0; n--) {
      const code = one(codes);
      if (!keys.some((key) => key.code === code)) keys.push({ code, isDescending: random() < 0.5 });
    }
    const tag = one([undefined, 'most', 'few']);
    const count = isFull ? one([999, 1_000]) : one([7, 20, 60, 239, 240, 241]);
    return { type, tag, keys, query: `${type}?_sort=${keys.map(({ code, isDescending }) => `${isDescending ? '-' : ''}${code}`).join()}&_count=${count}${tag === undefined ? '' : `&_tag=${tag}`}` };
  });

  it.each(cases)('$query', { timeout: 120_000 }, async ({ query, type, tag, keys }) => {
    const wanted = expected(stored.filter((one) => one.name.startsWith(`${type}/`) && (tag === undefined || tagged(one, tag))), keys);
    expect(await walk(query, 'next')).toEqual(wanted);
    expect(await walk(await lastOf(query), 'previous')).toEqual(wanted);
  });
});
