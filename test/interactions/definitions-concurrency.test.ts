/** Definitions that change while others write and search: two servers on one database never disagree. ARCHITECTURE.md "Definitions". */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { indexRows } from '../support/index-rows.ts';
import { serve, useServer, type TestServer } from '../support/server.ts';

const a = useServer();
let b: TestServer;
beforeAll(async () => {
  b = await serve(a().databaseUrl);
});
afterAll(() => b.close());

const parameter = (id: string, more: object = {}): object => ({
  resourceType: 'SearchParameter', id, url: `http://example.org/SearchParameter/${id}`, name: id, status: 'active', description: id, code: id, base: ['Patient'], type: 'string', expression: 'Patient.contact.name.family', ...more,
});
const patient = (id: string, family: string): object => ({ resourceType: 'Patient', id, contact: [{ name: { family } }] });
const put = (at: string, resource: any): Promise<Answer> => send('PUT', `${at}/${resource.resourceType}/${resource.id}`, { body: resource });

async function settled(url: string): Promise<Answer> {
  for (;;) {
    const answer = await send('GET', url);
    if (answer.status !== 503) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const total = async (url: string): Promise<number> => {
  const answer = await settled(`${url}&_summary=count`);
  expect(answer.status, answer.text).toBe(200);
  return answer.json.total;
};

/** Clients of the second server that write until they are told to stop; gives the ids of what is there. */
function writers(count: number, prefix: string): { stop: () => Promise<string[]>; written: () => number } {
  let isOver = false;
  const there = new Set<string>();
  const write = async (own: number): Promise<void> => {
    for (let n = 0; !isOver; n++) {
      const id = `${prefix}-${own}-${n % 20}`;
      if (n % 7 === 6) {
        expect((await send('DELETE', `${b.base}/Patient/${id}`)).status).toBe(200);
        there.delete(id);
      } else if (n % 7 === 3) {
        const entry = [0, 1, 2].map((m) => ({ resource: patient(`${id}x${m}`, `Loaded ${n}`), request: { method: 'PUT', url: `Patient/${id}x${m}` } }));
        const answer = await send('POST', b.base, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
        expect(answer.status, answer.text).toBe(200);
        for (const m of [0, 1, 2]) there.add(`${id}x${m}`);
      } else {
        const answer = await put(b.base, patient(id, `Loaded ${n}`));
        expect([200, 201], answer.text).toContain(answer.status);
        there.add(id);
      }
    }
  };
  const all = Array.from({ length: count }, (_, own) => write(own));
  return { written: () => there.size, stop: async () => {
    isOver = true;
    await Promise.all(all);
    return [...there];
  } };
}

describe('a parameter that one server takes into use while the other writes', () => {
  it('finds all that is there when it is indexed, on both, and is out of use on both at once', { timeout: 120_000 }, async () => {
    for (let round = 0; round < 3; round++) {
      const load = writers(6, `r${round}`);
      await expect.poll(load.written, { timeout: 30_000 }).toBeGreaterThan(20);
      expect((await put(a().base, parameter('contact-family'))).status).toBe(round === 0 ? 201 : 200);
      // Asked of the other server at once: refused until it is whole.
      const first = await settled(`${b.base}/Patient?contact-family=loaded&_count=1`);
      expect(first.status, first.text).toBe(200);
      const ids = await load.stop();
      for (const base of [a().base, b.base]) {
        expect(await total(`${base}/Patient?contact-family=loaded&_id:missing=false`)).toBe((await settled(`${base}/Patient?_summary=count`)).json.total);
        expect(await total(`${base}/Patient?contact-family:missing=true`)).toBe(0);
      }
      for (const id of ids.slice(0, 10)) expect((await send('GET', `${b.base}/Patient?_id=${id}&contact-family=loaded`)).json.total).toBe(1);
      const more = writers(4, `r${round}`);
      expect((await put(a().base, parameter('contact-family', { status: 'retired' }))).status).toBe(200);
      const gone = await send('GET', `${b.base}/Patient?contact-family=loaded`);
      expect([gone.status, gone.json.issue[0].diagnostics]).toEqual([400, expect.stringContaining('no search parameter')]);
      await more.stop();
    }
  });

  it('and the index is then as one made from the texts alone', async () => {
    const { db, base } = a();
    expect((await put(base, parameter('contact-family'))).status).toBe(200);
    await total(`${base}/Patient?contact-family=x`);
    await expect.poll(async () => (await db.read.query({ text: "select 1 from job where status in ('queued', 'running')" })).length, { timeout: 30_000 }).toBe(0);
    const made = await indexRows(db.read);
    for (const table of Object.keys(made)) await db.write.query({ text: `delete from ${table}` });
    await db.write.query({ text: "insert into resource_key (rid, type, keys) select rid, type, '{}' from resource where body is not null" });
    const { headers } = await send('POST', `${base}/$reindex`);
    await expect.poll(async () => (await send('GET', headers['content-location']!)).status, { timeout: 30_000 }).toBe(200);
    expect(made).toEqual(await indexRows(db.read));
  });
});

it('of parameters with one code that race on two servers, one is taken', async () => {
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all([0, 1, 2, 3].map((n) => put(n % 2 === 0 ? a().base : b.base, parameter(`race-${round}-${n}`, { code: `race-${round}`, expression: ['Patient.contact.name.family', 'Patient.contact.name.given', 'Patient.contact.name.text', 'Patient.name.suffix'][n] }))));
    expect(answers.map(({ status }) => status).toSorted(), answers.map(({ text }) => text.slice(0, 200)).join('\n')).toEqual([201, 409, 409, 409]);
    for (const { json } of answers.filter(({ status }) => status === 409)) expect(json.issue[0].diagnostics).toMatch(/race-\d-\d would stand beside http:\/\/example\.org\/SearchParameter\/race-\d-\d/);
  }
});

it('many that come and go at the same time on two servers leave what was acknowledged, and no deadlock', { timeout: 120_000 }, async () => {
  const load = writers(2, 'storm');
  const client = async (base: string, own: number): Promise<void> => {
    for (let n = 0; n < 6; n++) {
      const answer = n % 3 === 2 ? await send('DELETE', `${base}/SearchParameter/storm-${own}`) : await put(base, parameter(`storm-${own}`, n % 3 === 1 ? { status: 'retired' } : {}));
      expect([200, 201], `${answer.text} ${[...a().log, ...b.log].filter((l) => l.includes('in the way')).at(-1)}`).toContain(answer.status);
    }
    expect((await put(base, parameter(`storm-${own}`))).status).toBeLessThan(300);
  };
  await Promise.all([0, 1, 2, 3, 4, 5].map((own) => client(own % 2 === 0 ? a().base : b.base, own)));
  await load.stop();
  const all = await total(`${a().base}/Patient?_id:missing=false`);
  for (const own of [0, 1, 2, 3, 4, 5]) for (const base of [a().base, b.base]) expect(await total(`${base}/Patient?storm-${own}:missing=false`)).toBe(all);
});
