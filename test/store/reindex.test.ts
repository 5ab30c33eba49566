/** $reindex: the index made anew while the server works, equal to one that was never anything else. R4: async.html. */
import { describe, expect, it } from 'vitest';
import { indexRows } from '../support/index-rows.ts';
import { send, type Answer } from '../support/http.ts';
import { serve, useServer } from '../support/server.ts';

const server = useServer();
const put = (path: string, body: object): Promise<Answer> => send('PUT', `${server().base}/${path}`, { body });

async function reindex(...types: string[]): Promise<string> {
  const answer = await send('POST', `${server().base}/$reindex`, { body: { resourceType: 'Parameters', parameter: types.map((type) => ({ name: 'type', valueCode: type })) }, headers: { prefer: 'respond-async' } });
  expect([answer.status, answer.headers['preference-applied']], answer.text).toEqual([202, 'respond-async']);
  return answer.headers['content-location']!;
}

/** @returns the output: `{ resources: 12, changed: 3 }` */
async function ended(status: string): Promise<Record<string, number>> {
  let answer = await send('GET', status);
  for (; answer.status === 202; answer = await send('GET', status)) {
    expect([answer.headers['x-progress'], answer.headers['retry-after']]).toEqual([expect.stringMatching(/^reindex: /), '2']);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  expect(answer.status, answer.text).toBe(200);
  return Object.fromEntries(answer.json.parameter.map(({ name, valueInteger }: any) => [name, valueInteger]));
}

const observation = (id: string, n: number): object => ({
  resourceType: 'Observation', id, status: 'final', code: { coding: [{ system: 'http://loinc.org', code: `c${n % 7}` }], text: `text ${n}` }, subject: { reference: `Patient/p${n % 5}` },
  effectiveDateTime: `20${String(10 + (n % 15)).padStart(2, '0')}-05-01`, valueQuantity: { value: n, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
  contained: [{ resourceType: 'Device', id: 'd', deviceName: [{ name: `device ${n}`, type: 'other' }], patient: { reference: `Patient/p${n % 3}` } }], device: { reference: '#d' },
});

const bundle = async (n: number, from = 0): Promise<void> => {
  const entry = Array.from({ length: n }, (_, m) => ({ resource: observation(`o${from + m}`, from + m), request: { method: 'PUT', url: `Observation/o${from + m}` } }));
  expect((await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(200);
};

describe('$reindex', () => {
  it('changes nothing where the index is right', async () => {
    await bundle(450);
    const before = await indexRows(server().db.read);
    expect(await ended(await reindex('Observation'))).toEqual({ resources: 450, changed: 0 });
    expect(await indexRows(server().db.read)).toEqual(before);
  });

  it('mends rows of every table, of contained resources too, and brings back resources that the index lost', async () => {
    const { db } = server();
    const before = await indexRows(db.read);
    for (const table of ['resource_reference', 'resource_date', 'resource_quantity', 'resource_canonical', 'resource_string']) {
      await db.write.query({ text: `delete from ${table} where abs(rid) % 3 = 0` });
    }
    await db.write.query({ text: "update resource_key set keys = '{1}' where abs(rid) % 5 = 0" });
    await db.write.query({ text: "insert into resource_date (low, high, rid, type, param) select 1, 2, rid, 'Observation', 9999 from resource where type = 'Observation' limit 20" });
    const { changed } = await ended(await reindex());
    expect(changed).toBeGreaterThan(100);
    expect(await indexRows(db.read)).toEqual(before);
  });

  it('of a type takes those that contain one', async () => {
    const { db } = server();
    const before = await indexRows(db.read);
    await db.write.query({ text: "delete from resource_string where type = 'Device'" });
    expect(await ended(await reindex('Device'))).toEqual({ resources: 450, changed: 450 });
    expect(await indexRows(db.read)).toEqual(before);
  });

  it('while others create, update and delete: equal to an index made from the texts alone', { timeout: 120_000 }, async () => {
    const { db, base, databaseUrl } = server();
    await db.write.query({ text: "update resource_key set keys = '{1}' where type = 'Observation'" });
    await db.write.query({ text: 'delete from resource_string' });
    const other = await serve(databaseUrl);
    let isOver = false;
    const writer = async (at: string, own: number): Promise<number> => {
      let writes = 0;
      for (let n = own; !isOver; n += 7, writes++) {
        const id = `o${n % 450}`;
        const answer = n % 5 === 0 ? await send('DELETE', `${at}/Observation/${id}`)
          : n % 3 === 0 ? await send('POST', `${at}/Observation`, { body: observation('new', n) })
          : await send('PUT', `${at}/Observation/${id}`, { body: observation(id, n + own) });
        expect([200, 201], answer.text).toContain(answer.status);
      }
      return writes;
    };
    const writers = [base, other.base, base, other.base].map((at, own) => writer(at, own + 1));
    const status = [await reindex('Observation', 'Device'), await reindex()];
    for (const one of status) await ended(one);
    isOver = true;
    expect((await Promise.all(writers)).reduce((a, b) => a + b)).toBeGreaterThan(20);
    await other.close();
    const made = await indexRows(db.read);
    for (const table of Object.keys(made)) await db.write.query({ text: `delete from ${table}` });
    // resource_key says what there is to do.
    await db.write.query({ text: "insert into resource_key (rid, type, keys) select rid, type, '{}' from resource where body is not null" });
    await ended(await reindex());
    expect(made).toEqual(await indexRows(db.read));
  });

  it('is refused for a type that is none, and not there as GET', async () => {
    const refused = await send('POST', `${server().base}/$reindex`, { body: { resourceType: 'Parameters', parameter: [{ name: 'type', valueCode: 'Nothing' }] } });
    expect([refused.status, refused.json.issue[0].diagnostics]).toEqual([400, expect.stringContaining('"Nothing"')]);
    expect((await send('GET', `${server().base}/$reindex`)).status).toBe(405);
  });
});

describe('the status of a job', () => {
  it('is 404 for what is none, and after it was cancelled', async () => {
    const { base } = server();
    await put('Patient/a', { resourceType: 'Patient', id: 'a' });
    const status = await reindex('Patient');
    await ended(status);
    const answers = [await send('DELETE', status), await send('GET', status), await send('DELETE', status), await send('GET', `${base}/_job/x`), await send('GET', `${base}/_job/00000000-0000-4000-8000-000000000000`), await send('POST', status)];
    expect(answers.map((answer) => answer.status)).toEqual([202, 404, 404, 404, 404, 405]);
    expect(answers.map(({ json }) => json.resourceType)).toEqual(Array.from({ length: 6 }, () => 'OperationOutcome'));
  });

  it('says that a job failed, and why', async () => {
    const { db, base } = server();
    const [row] = await db.write.query<{ id: string }>({ text: "insert into job (kind, input, status, error, ended_at) values ('reindex', '{}', 'failed', 'out of paper', now()) returning id" });
    const answer = await send('GET', `${base}/_job/${row!.id}`);
    expect([answer.status, answer.json.issue[0].diagnostics]).toEqual([500, 'The job failed: out of paper']);
  });
});

it('in a batch and in a transaction an operation that is a job answers where to ask', async () => {
  for (const type of ['batch', 'transaction']) {
    const { json } = await send('POST', server().base, { body: { resourceType: 'Bundle', type, entry: [{ request: { method: 'POST', url: '$reindex' } }] } });
    expect(json.entry[0].response).toMatchObject({ status: '202 Accepted', location: expect.stringMatching(/^_job\//) });
    await ended(`${server().base}/${json.entry[0].response.location}`);
  }
});
