/** Conditional update, patch and delete: the whole table. R4: http.html#cond-update, #cpatch, #cdelete; DECISIONS.md "Conditional writes". */
import { describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { startServer, useServer } from '../support/server.ts';

const server = useServer();
const url = (path: string): string => `${server().base}/${path}`;
const system = 'http://example.org/mrn';
const identified = (value: string, more: object = {}): object => ({ resourceType: 'Patient', identifier: [{ system, value }], ...more });
const at = (value: string): string => `Patient?identifier=${encodeURIComponent(`${system}|${value}`)}`;
const create = async (value: string, id?: string): Promise<string> => {
  const answer = id === undefined
    ? await send('POST', url('Patient'), { body: identified(value) })
    : await send('PUT', url(`Patient/${id}`), { body: identified(value, { id }) });
  expect(answer.status).toBe(201);
  return answer.json.id;
};
const update = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> => send('PUT', url(path), { body, headers });
const activate = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  send('PATCH', url(path), { body: [{ op: 'add', path: '/active', value: true }], headers: { 'content-type': 'application/json-patch+json', ...headers } });
const etag = async (id: string): Promise<string | undefined> => (await send('GET', url(`Patient/${id}`))).headers['etag'];
const expectOutcome = (answer: Answer, status: number, code: string): void =>
  expect([answer.status, answer.json?.issue?.[0]?.code], answer.text).toEqual([status, code]);

describe('conditional update', () => {
  it('no match, no id: creates with an id of the server\'s', async () => {
    const answer = await update(at('u1'), identified('u1'));
    expect(answer.status, answer.text).toBe(201);
    expect(answer.json.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers['location']).toBe(url(`Patient/${answer.json.id}/_history/1`));
    expect((await send('GET', url(at('u1')))).json.total).toBe(1);
  });

  it('no match, a free id: creates there; a deleted id is free, and versions go on', async () => {
    expect((await update(at('u2'), identified('u2', { id: 'u2' }))).headers['location']).toBe(url('Patient/u2/_history/1'));
    await send('DELETE', url('Patient/u2'));
    const again = await update(at('u2'), identified('u2', { id: 'u2' }));
    expect([again.status, again.headers['etag']]).toEqual([201, 'W/"3"']);
  });

  it('no match, an id that is taken: 409, and the other resource stays (R5\'s rule)', async () => {
    await create('u3-other', 'u3');
    const answer = await update(at('u3'), identified('u3', { id: 'u3' }));
    expectOutcome(answer, 409, 'conflict');
    expect(answer.json.issue[0].expression).toEqual(['Patient.id']);
    expect(await etag('u3')).toBe('W/"1"');
  });

  it('one match, no id or its own: updates it, and equal text makes no version', async () => {
    const id = await create('u4');
    const first = await update(at('u4'), identified('u4', { active: true }));
    expect([first.status, first.json.id, first.headers['etag'], first.headers['location']]).toEqual([200, id, 'W/"2"', undefined]);
    expect((await update(at('u4'), identified('u4', { active: false, id }))).headers['etag']).toBe('W/"3"');
    expect((await update(at('u4'), identified('u4', { active: false }))).headers['etag']).toBe('W/"3"');
  });

  it('one match, another id: 400', async () => {
    const id = await create('u5');
    const answer = await update(at('u5'), identified('u5', { id: 'another' }));
    expectOutcome(answer, 400, 'invalid');
    expect(answer.json.issue[0].diagnostics).toContain(`Patient/${id}`);
    expect((await send('GET', url('Patient/another'))).status).toBe(404);
  });

  it('several matches: 412', async () => {
    await Promise.all([create('u6'), create('u6')]);
    expectOutcome(await update(at('u6'), identified('u6')), 412, 'multiple-matches');
  });

  it('an id that is none: 400', async () => {
    for (const id of ['a_b', 1, '', 'x'.repeat(65)]) expect((await update(at('u7'), identified('u7', { id }))).status, String(id)).toBe(400);
    expect((await update(at('u7'), { resourceType: 'Observation' })).status).toBe(400);
  });

  it('If-Match and If-None-Match apply to the match', async () => {
    await create('u8');
    expectOutcome(await update(at('u8'), identified('u8', { active: true }), { 'if-match': 'W/"9"' }), 412, 'conflict');
    expectOutcome(await update(at('u8'), identified('u8', { active: true }), { 'if-none-match': '*' }), 412, 'conflict');
    expect((await update(at('u8'), identified('u8', { active: true }), { 'if-match': 'W/"1"' })).status).toBe(200);
    expectOutcome(await update(at('u8-none'), identified('u8-none'), { 'if-match': 'W/"1"' }), 412, 'conflict');
    expect((await update(at('u8-none'), identified('u8-none'), { 'if-none-match': '*' })).status).toBe(201);
  });

  it('answers by Prefer, and shows as PUT in history', async () => {
    const id = await create('u9');
    expect((await update(at('u9'), identified('u9', { active: true }), { prefer: 'return=minimal' })).text).toBe('');
    const { json } = await send('GET', url(`Patient/${id}/_history`));
    expect(json.entry[0].request).toEqual({ method: 'PUT', url: `Patient/${id}` });
  });
});

describe('conditional patch', () => {
  it('one match: patches it', async () => {
    const id = await create('p1');
    const answer = await activate(at('p1'));
    expect([answer.status, answer.json.id, answer.json.active, answer.headers['etag']]).toEqual([200, id, true, 'W/"2"']);
    expect((await activate(at('p1'), { 'if-match': 'W/"1"' })).status).toBe(412);
    expect((await activate(at('p1'), { 'if-match': 'W/"2"' })).status).toBe(200);
  });
  it('no match: 404, with If-Match 412', async () => {
    expectOutcome(await activate(at('p2')), 404, 'not-found');
    expectOutcome(await activate(at('p2'), { 'if-match': 'W/"1"' }), 412, 'conflict');
  });
  it('several matches: 412', async () => {
    await Promise.all([create('p3'), create('p3')]);
    expectOutcome(await activate(at('p3')), 412, 'multiple-matches');
  });
});

describe('conditional delete', () => {
  it('one match: deletes it; none: 200 as an ordinary delete', async () => {
    const id = await create('d1');
    const first = await send('DELETE', url(at('d1')));
    expect([first.status, first.headers['etag'], first.json.issue[0].diagnostics]).toEqual([200, 'W/"2"', `Deleted Patient/${id}`]);
    expect((await send('GET', url(`Patient/${id}`))).status).toBe(410);
    const second = await send('DELETE', url(at('d1')));
    expect([second.status, second.headers['etag'], second.json.issue[0].severity]).toEqual([200, undefined, 'information']);
    expect((await send('DELETE', url(at('d1')), { headers: { prefer: 'return=minimal' } })).status).toBe(204);
  });

  it('several matches: 412, and all stay', async () => {
    await Promise.all([create('d2'), create('d2')]);
    expectOutcome(await send('DELETE', url(at('d2'))), 412, 'multiple-matches');
    expect((await send('GET', url(at('d2')))).json.total).toBe(2);
  });

  it('If-Match applies to the match', async () => {
    await create('d3');
    expectOutcome(await send('DELETE', url(at('d3')), { headers: { 'if-match': 'W/"7"' } }), 412, 'conflict');
    expect((await send('DELETE', url(at('d3')), { headers: { 'if-match': 'W/"1"' } })).status).toBe(200);
    expectOutcome(await send('DELETE', url(at('d3')), { headers: { 'if-match': 'W/"1"' } }), 412, 'conflict');
  });

  it('CONDITIONAL_DELETE=multiple: deletes all, says so, and the CapabilityStatement too', async () => {
    const own = await startServer({ CONDITIONAL_DELETE: 'multiple' });
    try {
      const people = await Promise.all([1, 2, 3].map(() => send('POST', `${own.base}/Patient`, { body: identified('d4') })));
      await send('POST', `${own.base}/Patient`, { body: identified('other') });
      const answer = await send('DELETE', `${own.base}/${at('d4')}`);
      expect([answer.status, answer.headers['etag']]).toEqual([200, undefined]);
      expect(answer.json.issue.map(({ diagnostics }: any) => diagnostics).toSorted()).toEqual(people.map(({ json }) => `Deleted Patient/${json.id}`).toSorted());
      expect((await send('GET', `${own.base}/Patient`)).json.total).toBe(1);
      expect((await send('DELETE', `${own.base}/Patient`)).status).toBe(412);
      expect((await send('GET', `${own.base}/metadata`)).json.rest[0].resource[0].conditionalDelete).toBe('multiple');
    } finally {
      await own.close();
    }
  });
});

describe('criteria that say nothing are refused, whatever the handling', () => {
  const queries: readonly [query: string, status: number][] = [
    ['', 412], ['?', 412], ['?_count=1', 412], ['?_sort=_id&_format=json', 412], ['?_summary=true', 412], ['?identifier=', 412], ['?nonsense=1', 400], ['?identifier=x&nonsense=1', 400],
    ['?identifier=x&_count=1', 400], ['?identifier:nonsense=x', 400], ['?birthdate=yesterday', 400], ['?_include=Patient:organization', 412],
  ];
  it.each(queries)('"%s" is %i', async (query, status) => {
    const before = (await send('GET', url('Patient?_summary=count'))).json.total;
    const headers = { prefer: 'handling=lenient' };
    for (const answer of [await send('DELETE', url(`Patient${query}`), { headers }), await update(`Patient${query}`, identified('x'), headers), await activate(`Patient${query}`, headers)]) {
      expect([answer.status, answer.json?.resourceType], answer.text).toEqual([status, 'OperationOutcome']);
    }
    expect((await send('GET', url('Patient?_summary=count'))).json.total).toBe(before);
  });

  it('and so is a query beside an id', async () => {
    await create('q', 'q');
    for (const method of ['PUT', 'DELETE']) expect((await send(method, url('Patient/q?identifier=q'), { body: identified('q', { id: 'q' }) })).status).toBe(400);
    expect(await etag('q')).toBe('W/"1"');
  });
});

/** R4 has the criteria of a create in If-None-Exist alone; clients also send them as the other conditional writes do. */
describe('criteria in the query of a create', () => {
  const post = (path: string, value: string, headers: Record<string, string> = {}): Promise<Answer> => send('POST', url(path), { body: identified(value), headers });

  it('create where nothing matches, and find what matches', async () => {
    const first = await post(at('c1'), 'c1');
    const second = await post(at('c1'), 'c1');
    expect([first.status, second.status, second.json.id, second.headers['etag']]).toEqual([201, 200, first.json.id, 'W/"1"']);
  });

  it('may be repeated in If-None-Exist, and must not differ from it', async () => {
    const criteria = at('c2').slice('Patient?'.length);
    expect((await post(at('c2'), 'c2', { 'if-none-exist': criteria })).status).toBe(201);
    expect((await post(at('c2'), 'c2', { 'if-none-exist': criteria })).status).toBe(200);
    expectOutcome(await post(at('c2'), 'c2', { 'if-none-exist': 'identifier=other' }), 400, 'value');
  });

  it.each([['?nonsense=1', 400], ['?_count=1', 400], ['?identifier=', 201], ['?_format=json&_pretty=true', 201]] as const)('"%s" is %i', async (query, status) => {
    expect((await post(`Patient${query}`, 'c3')).status).toBe(status);
  });

  it('hold in a Bundle, where the second finds what the first creates', async () => {
    const entry = { resource: identified('c4'), request: { method: 'POST', url: at('c4') } };
    const answer = await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry: [entry, entry] } });
    expect(answer.json.entry.map(({ response }: any) => response.status), answer.text).toEqual(['201 Created', '200 OK']);
    const different = await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry: [{ ...entry, request: { ...entry.request, ifNoneExist: 'identifier=x' } }] } });
    expect([different.status, different.json.issue[0].expression]).toEqual([400, ['Bundle.entry[0].request.ifNoneExist']]);
  });

  it('create one resource from many at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(at('c5'), 'c5')));
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });
});
