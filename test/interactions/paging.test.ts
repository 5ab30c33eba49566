/**
 * A walk through pages while others write: no resource twice, and none missing that matched throughout. R4: http.html#paging; DECISIONS.md
 * "Pages".
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const count = 600;
const id = (n: number): string => `o${String(n).padStart(4, '0')}`;
const observation = (n: number, change: number): object => ({
  resourceType: 'Observation', id: id(n), status: 'final', code: { coding: [{ code: n % 3 === 0 ? 'third' : 'other' }] },
  effectiveDateTime: `20${String(10 + (n % 7)).padStart(2, '0')}-0${1 + (n % 9)}-15`, note: [{ text: `change ${change}` }],
});

beforeAll(async () => {
  const entry = Array.from({ length: count }, (_, n) => ({ request: { method: 'PUT', url: `Observation/${id(n)}` }, resource: observation(n, 0) }));
  expect((await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(200);
});

/** Writes until it is stopped: updates that leave order and match alone, and others that come and go. */
function startWriter(): () => Promise<number> {
  let isOn = true;
  const done = (async () => {
    let writes = 0;
    for (let n = 0; isOn; n++, writes += 3) {
      const at = (n * 37) % count;
      await Promise.all([
        send('PUT', `${server().base}/Observation/${id(at)}`, { body: observation(at, n + 1) }),
        send('PUT', `${server().base}/Observation/new${n}`, { body: { ...observation(n, 0), id: `new${n}` } }),
        n > 4 ? send('DELETE', `${server().base}/Observation/new${n - 5}`) : undefined,
      ]);
    }
    return writes;
  })();
  return () => {
    isOn = false;
    return done;
  };
}

async function walk(first: string): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = [];
  let pages = 0;
  for (let url: string | undefined = `${server().base}/${first}`; url !== undefined; pages++) {
    const { json } = await send('GET', url);
    expect(json.resourceType).toBe('Bundle');
    ids.push(...(json.entry ?? []).map(({ resource }: any) => resource.id));
    url = json.link.find(({ relation }: any) => relation === 'next')?.url;
  }
  return { ids, pages };
}

describe('a walk through pages while others write', () => {
  it.each([
    'Observation?_count=5', 'Observation?_count=7&code=third', 'Observation?_count=6&_sort=date', 'Observation?_count=6&_sort=-date&code=other', 'Observation?_count=6&_sort=code,-date', 'Observation?_count=9&date=ge2012&_sort=_id',
  ])('%s', async (first) => {
    const throughout = (await walk(first.replace(/_count=\d/, '_count=1000'))).ids.filter((one) => one.startsWith('o')).toSorted();
    const stop = startWriter();
    const { ids, pages } = await walk(first);
    const writes = await stop();
    expect(new Set(ids).size, 'a resource came twice').toBe(ids.length);
    expect(ids.filter((one) => one.startsWith('o')).toSorted()).toEqual(throughout);
    expect(pages).toBeGreaterThan(20);
    expect(writes).toBeGreaterThan(20);
  }, 60_000);
});
