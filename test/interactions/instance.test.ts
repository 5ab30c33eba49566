/** read, vread, create, update, delete on one resource, with their headers and statuses. R4: http.html; REST readings in DECISIONS.md. */
import { describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const url = (path: string): string => `${server().base}/${path}`;
const patient = (id: string, more: object = {}): object => ({ resourceType: 'Patient', id, ...more });
const put = (id: string, more: object = {}, headers: Record<string, string> = {}): Promise<Answer> => send('PUT', url(`Patient/${id}`), { body: patient(id, more), headers });

const expectOutcome = (answer: Answer, status: number, code: string): void => {
  expect([answer.status, answer.json?.resourceType, answer.json?.issue?.[0]?.code], answer.text).toEqual([status, 'OperationOutcome', code]);
  expect(answer.headers['content-type']).toBe('application/fhir+json; charset=utf-8');
  expect(answer.json.issue[0].diagnostics.length).toBeGreaterThan(5);
};

describe('create', () => {
  it('answers 201 with Location, ETag and Last-Modified, and ignores the id that the client sends (http.html#create)', async () => {
    const answer = await send('POST', url('Patient'), { body: patient('mine', { meta: { versionId: '77', lastUpdated: '2001-01-01T00:00:00Z', tag: [{ code: 'kept' }] } }) });
    expect(answer.status).toBe(201);
    const { id, meta } = answer.json;
    expect(id).not.toBe('mine');
    expect(meta).toMatchObject({ versionId: '1', tag: [{ code: 'kept' }] });
    expect(answer.headers['location']).toBe(`${server().base}/Patient/${id}/_history/1`);
    expect(answer.headers['etag']).toBe('W/"1"');
    expect(Date.parse(answer.headers['last-modified']!)).toBe(Math.floor(Date.parse(meta.lastUpdated) / 1000) * 1000);
    expect((await send('GET', answer.headers['location']!)).text).toBe(answer.text);
  });

  const preferences: readonly [prefer: string | undefined, body: RegExp][] = [
    [undefined, /^\{"resourceType":"Patient"/], ['return=representation', /^\{"resourceType":"Patient"/], ['return=minimal', /^$/],
    ['return=OperationOutcome', /^\{"resourceType":"OperationOutcome"/], ['return="minimal", handling=strict', /^$/], ['return=presentation', /^\{"resourceType":"Patient"/],
  ];
  it.each(preferences)('Prefer %s', async (prefer, body) => {
    const answer = await send('POST', url('Patient'), { body: patient('a'), headers: prefer === undefined ? {} : { prefer } });
    expect(answer.status).toBe(201);
    expect(answer.text).toMatch(body);
    expect(answer.headers['location']).toMatch(/\/Patient\/[^/]+\/_history\/1$/);
    if (prefer?.includes('minimal') === true) expect(answer.headers['preference-applied']).toBe('return=minimal');
  });

  const refused: readonly [name: string, path: string, body: unknown, status: number, code: string][] = [
    ['no body', 'Patient', undefined, 400, 'required'],
    ['an empty body', 'Patient', '', 400, 'required'],
    ['no JSON', 'Patient', '{"resourceType":"Patient"', 400, 'invalid'],
    ['a repeated key', 'Patient', '{"resourceType":"Patient","id":"a","id":"b"}', 400, 'invalid'],
    ['an array', 'Patient', '[]', 400, 'structure'],
    ['a string', 'Patient', '"Patient"', 400, 'structure'],
    ['no resourceType', 'Patient', {}, 400, 'required'],
    ['another type', 'Patient', { resourceType: 'Observation' }, 400, 'invalid'],
    ['no type of R4', 'Patient', { resourceType: 'Patientt' }, 400, 'invalid'],
    ['meta of another form', 'Patient', { resourceType: 'Patient', meta: [] }, 400, 'structure'],
    ['a cut resource', 'Patient', { resourceType: 'Patient', meta: { tag: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' }] } }, 422, 'business-rule'],
    ['what jsonb cannot hold', 'Patient', '{"resourceType":"Patient","x":"\\u0000"}', 400, 'invalid'],
    ['a number too large', 'Patient', '{"resourceType":"Patient","x":1e999999}', 400, 'invalid'],
    ['a lone surrogate', 'Patient', '{"resourceType":"Patient","x":"\\ud800"}', 400, 'invalid'],
    ['bad UTF-8', 'Patient', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'invalid'],
    ['depth over 200', 'Patient', `{"resourceType":"Patient","x":${'['.repeat(300)}${']'.repeat(300)}}`, 400, 'invalid'],
  ];
  it.each(refused)('refuses %s', async (_name, path, body, status, code) => {
    const before = (await send('GET', url('Patient?_summary=count'))).json.total;
    expectOutcome(await send('POST', url(path), { body }), status, code);
    expect((await send('GET', url('Patient?_summary=count'))).json.total).toBe(before);
  });

  it('says where the text is wrong, in line and column', async () => {
    const answer = await send('POST', url('Patient'), { body: '{\n  "resourceType": "Patient",\n  "active": tru\n}' });
    expect(answer.json.issue[0].diagnostics).toMatch(/line 3, column 1\d/);
  });
});

describe('create with If-None-Exist (http.html#ccreate)', () => {
  const spellings: readonly [name: string, of: (value: string) => string][] = [
    ['a bare query', (value) => `identifier=http://x|${value}`],
    ['with a question mark', (value) => `?identifier=http://x|${value}`],
    ['with the type', (value) => `Patient?identifier=http%3A%2F%2Fx%7C${value}`],
    ['as a whole URL, encoded, as HAPI sends it', (value) => `${url('Patient')}?identifier=http%3A%2F%2Fx%7C${value}`],
  ];
  it.each(spellings)('%s: creates once, then answers 200 with what is there', async (name, of) => {
    const value = Buffer.from(name).toString('hex');
    const create = (): Promise<Answer> => send('POST', url('Patient'), { body: patient('x', { identifier: [{ system: 'http://x', value }] }), headers: { 'if-none-exist': of(value) } });
    const [first, second] = [await create(), await create()];
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.json.id).toBe(first.json.id);
    expect(second.headers['etag']).toBe('W/"1"');
  });

  it('lets one of many clients create it', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () =>
      send('POST', url('Patient'), { body: patient('x', { identifier: [{ system: 'http://x', value: 'race' }] }), headers: { 'if-none-exist': 'identifier=http://x|race' } })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array.from({ length: 11 }, () => 200), 201]);
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
  });

  it('is 412 where several match, and 400 or 412 where the criteria say nothing', async () => {
    for (const n of [1, 2]) await put(`many-${n}`, { identifier: [{ value: 'many' }] });
    const create = (criteria: string): Promise<Answer> => send('POST', url('Patient'), { body: patient('x'), headers: { 'if-none-exist': criteria } });
    expectOutcome(await create('identifier=many'), 412, 'multiple-matches');
    for (const criteria of ['', '_count=1', 'nonsense=1', 'Observation?code=1', 'http://elsewhere.example.org/fhir/Patient?identifier=1', 'identifier=']) {
      const answer = await create(criteria);
      expect([400, 412], `${criteria}: ${answer.text}`).toContain(answer.status);
    }
  });
});

describe('read and vread', () => {
  it('answers with ETag, Last-Modified and Content-Location; HEAD the same without a body', async () => {
    await put('r1', { active: true });
    const get = await send('GET', url('Patient/r1'));
    expect(get.status).toBe(200);
    expect(get.headers).toMatchObject({ etag: 'W/"1"', 'content-location': url('Patient/r1/_history/1'), 'cache-control': 'private, no-cache', vary: expect.stringContaining('Accept') });
    const head = await send('HEAD', url('Patient/r1'));
    expect([head.status, head.text]).toEqual([200, '']);
    for (const name of ['etag', 'last-modified', 'content-length', 'content-type', 'content-location']) expect(head.headers[name], name).toBe(get.headers[name]);
  });

  it('tells never known (404) from deleted (410), which carries ETag and Last-Modified', async () => {
    expectOutcome(await send('GET', url('Patient/never')), 404, 'not-found');
    await put('gone');
    await send('DELETE', url('Patient/gone'));
    const gone = await send('GET', url('Patient/gone'));
    expectOutcome(gone, 410, 'deleted');
    expect(gone.headers['etag']).toBe('W/"2"');
    expect(gone.headers['last-modified']).toBeDefined();
    expect((await send('HEAD', url('Patient/gone'))).status).toBe(410);
  });

  const conditional: readonly [headers: Record<string, string>, status: number][] = [
    [{ 'if-none-match': 'W/"1"' }, 304], [{ 'if-none-match': '"1"' }, 304], [{ 'if-none-match': 'W/1' }, 304], [{ 'if-none-match': '1' }, 304],
    [{ 'if-none-match': 'W/"7", W/"1"' }, 304], [{ 'if-none-match': '*' }, 304], [{ 'if-none-match': 'W/"2"' }, 200], [{ 'if-none-match': 'W/"11"' }, 200],
    [{ 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 304], [{ 'if-modified-since': 'Sat, 01 Jan 2000 00:00:00 GMT' }, 200], [{ 'if-modified-since': 'yesterday' }, 200],
    [{ 'if-none-match': 'W/"2"', 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 200],
  ];
  it.each(conditional)('%j is %i', async (headers, status) => {
    await put('conditional');
    const answer = await send('GET', url('Patient/conditional'), { headers });
    expect(answer.status).toBe(status);
    expect(answer.headers['etag']).toBe('W/"1"');
    if (status === 304) expect(answer.text).toBe('');
  });

  it('compares If-Modified-Since in whole seconds: the time that was sent is not older', async () => {
    const { headers } = await put('seconds');
    expect((await send('GET', url('Patient/seconds'), { headers: { 'if-modified-since': headers['last-modified']! } })).status).toBe(304);
  });

  it('gives every version, 404 for one that is none and 410 for the deletion', async () => {
    await put('v', { active: true });
    await put('v', { active: false });
    await send('DELETE', url('Patient/v'));
    expect((await send('GET', url('Patient/v/_history/1'))).json).toMatchObject({ active: true, meta: { versionId: '1' } });
    const second = await send('GET', url('Patient/v/_history/2'));
    expect([second.json.active, second.headers['etag']]).toEqual([false, 'W/"2"']);
    expectOutcome(await send('GET', url('Patient/v/_history/3')), 410, 'deleted');
    for (const version of ['4', '0', '01', 'x', '99999999999999999999']) expectOutcome(await send('GET', url(`Patient/v/_history/${version}`)), 404, 'not-found');
    expectOutcome(await send('GET', url('Patient/never/_history/1')), 404, 'not-found');
  });
});

describe('update', () => {
  it('creates at a free id with 201, updates with 200, and counts versions (http.html#upsert)', async () => {
    const first = await put('u');
    expect([first.status, first.headers['etag'], first.headers['location']]).toEqual([201, 'W/"1"', url('Patient/u/_history/1')]);
    const second = await put('u', { active: true });
    expect([second.status, second.headers['etag'], second.headers['location'], second.headers['content-location']]).toEqual([200, 'W/"2"', undefined, url('Patient/u/_history/2')]);
    expect(Date.parse(second.json.meta.lastUpdated)).toBeGreaterThan(Date.parse(first.json.meta.lastUpdated));
  });

  it('makes no version of equal text, and one of 1.0 made 1.00', async () => {
    const body = (value: string): string => `{"resourceType":"Observation","id":"n","status":"final","code":{"text":"x"},"valueQuantity":{"value":${value}}}`;
    const update = (value: string): Promise<Answer> => send('PUT', url('Observation/n'), { body: body(value) });
    expect((await update('1.0')).headers['etag']).toBe('W/"1"');
    const same = await update('1.0');
    expect([same.status, same.headers['etag']]).toEqual([200, 'W/"1"']);
    const read = await send('GET', url('Observation/n'));
    expect((await send('PUT', url('Observation/n'), { body: read.text })).headers['etag']).toBe('W/"1"');
    expect((await update('1.00')).headers['etag']).toBe('W/"2"');
  });

  it('brings a deleted resource back with 201, and versions go on', async () => {
    await put('back');
    await send('DELETE', url('Patient/back'));
    const answer = await put('back');
    expect([answer.status, answer.headers['etag']]).toEqual([201, 'W/"3"']);
    expect((await send('GET', url('Patient/back'))).status).toBe(200);
  });

  const refused: readonly [name: string, path: string, body: unknown, status: number, code: string][] = [
    ['no id', 'Patient/a', { resourceType: 'Patient' }, 400, 'required'],
    ['another id', 'Patient/a', patient('b'), 400, 'invalid'],
    ['a number as id', 'Patient/1', { resourceType: 'Patient', id: 1 }, 400, 'invalid'],
    ['another case of the id', 'Patient/a', patient('A'), 400, 'invalid'],
    ['another type', 'Patient/a', { resourceType: 'Observation', id: 'a' }, 400, 'invalid'],
    ['an id with other characters', 'Patient/a_b', patient('a_b'), 400, 'invalid'],
    ['an id over 64 characters', `Patient/${'a'.repeat(65)}`, patient('a'.repeat(65)), 400, 'invalid'],
  ];
  it.each(refused)('refuses %s', async (_name, path, body, status, code) => expectOutcome(await send('PUT', url(path), { body }), status, code));

  const preconditions: readonly [headers: Record<string, string>, status: number][] = [
    [{ 'if-match': 'W/"1"' }, 200], [{ 'if-match': '"1"' }, 200], [{ 'if-match': 'W/1' }, 200], [{ 'if-match': '1' }, 200], [{ 'if-match': '*' }, 200], [{ 'if-match': 'W/"5", W/"1"' }, 200],
    [{ 'if-match': 'W/"2"' }, 412], [{ 'if-match': 'nonsense' }, 412], [{ 'if-none-match': '*' }, 412], [{ 'if-none-match': 'W/"1"' }, 412], [{ 'if-none-match': 'W/"2"' }, 200],
  ];
  it.each(preconditions)('%j on version 1 is %i', async (headers, status) => {
    const id = `p${Buffer.from(JSON.stringify(headers)).toString('hex').slice(-40)}`;
    await put(id);
    const answer = await put(id, { active: true }, headers);
    if (status === 412) expectOutcome(answer, 412, 'conflict');
    expect(answer.status).toBe(status);
    expect((await send('GET', url(`Patient/${id}`))).headers['etag']).toBe(status === 200 ? 'W/"2"' : 'W/"1"');
  });

  it('is 412 with If-Match where nothing is, and creates with If-None-Match: *', async () => {
    expectOutcome(await put('nothing', {}, { 'if-match': 'W/"1"' }), 412, 'conflict');
    expect((await put('nothing', {}, { 'if-none-match': '*' })).status).toBe(201);
  });

  it('gives twenty clients that update at once twenty versions', async () => {
    await put('race');
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => put('race', { name: [{ family: `n${n}` }] })));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(new Set(answers.map(({ headers }) => headers['etag'])).size).toBe(20);
  });

  it('lets one of ten clients with the same If-Match through', async () => {
    await put('locked');
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => put('locked', { name: [{ family: `n${n}` }] }, { 'if-match': 'W/"1"' })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(9);
  });
});

describe('delete', () => {
  it('answers 200 with an outcome, makes one version, and does nothing the second time', async () => {
    await put('d');
    const first = await send('DELETE', url('Patient/d'));
    expect([first.status, first.json.resourceType, first.headers['etag']]).toEqual([200, 'OperationOutcome', 'W/"2"']);
    const second = await send('DELETE', url('Patient/d'));
    expect([second.status, second.headers['etag']]).toEqual([200, 'W/"2"']);
    const never = await send('DELETE', url('Patient/d-never'));
    expect([never.status, never.headers['etag']]).toEqual([200, undefined]);
    expect((await send('GET', url('Patient/d/_history'))).json.total).toBe(2);
  });

  it('answers 204 to Prefer: return=minimal, and does not look at the Content-Type', async () => {
    await put('d2');
    const answer = await send('DELETE', url('Patient/d2'), { headers: { prefer: 'return=minimal', 'content-type': 'text/plain' } });
    expect([answer.status, answer.text]).toEqual([204, '']);
  });

  it('keeps to If-Match', async () => {
    await put('d3');
    expectOutcome(await send('DELETE', url('Patient/d3'), { headers: { 'if-match': 'W/"9"' } }), 412, 'conflict');
    expect((await send('GET', url('Patient/d3'))).status).toBe(200);
    expect((await send('DELETE', url('Patient/d3'), { headers: { 'if-match': 'W/"1"' } })).status).toBe(200);
  });

  it('refuses a query that it would ignore', async () => {
    await put('d4');
    expectOutcome(await send('DELETE', url('Patient/d4?cascade=true')), 400, 'value');
    expect((await send('GET', url('Patient/d4'))).status).toBe(200);
  });
});

describe('_summary and _elements (search.html#summary, #elements)', () => {
  const whole = { active: true, text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' }, name: [{ family: 'f', given: ['g'] }], contact: [{ name: { family: 'c' } }], birthDate: '1980-01-01' };
  const cases: readonly [query: string, keys: string[]][] = [
    ['_summary=true', ['resourceType', 'id', 'meta', 'active', 'name', 'birthDate']],
    ['_summary=text', ['resourceType', 'id', 'meta', 'text']],
    ['_summary=data', ['resourceType', 'id', 'meta', 'active', 'name', 'contact', 'birthDate']],
    ['_summary=false', ['resourceType', 'id', 'meta', 'active', 'text', 'name', 'contact', 'birthDate']],
    ['_elements=name', ['resourceType', 'id', 'meta', 'name']],
    ['_elements=Patient.active,birthDate', ['resourceType', 'id', 'meta', 'active', 'birthDate']],
  ];
  it.each(cases)('%s keeps %j', async (query, keys) => {
    await put('s', whole);
    const { json } = await send('GET', url(`Patient/s?${query}`));
    expect(Object.keys(json).toSorted()).toEqual(keys.toSorted());
    const isCut = query !== '_summary=false';
    expect(json.meta.tag?.[0]).toEqual(isCut ? { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' } : undefined);
    if (isCut) expectOutcome(await send('PUT', url('Patient/s'), { body: json }), 422, 'business-rule');
  });
  it('keeps what is mandatory', async () => {
    await send('PUT', url('Observation/s'), { body: { resourceType: 'Observation', id: 's', status: 'final', code: { text: 'x' }, valueString: 'v' } });
    expect(Object.keys((await send('GET', url('Observation/s?_elements=value'))).json).toSorted()).toEqual(['code', 'id', 'meta', 'resourceType', 'status', 'valueString']);
  });
  it('refuses a _summary that is none', async () => expectOutcome(await send('GET', url('Patient/s?_summary=all')), 400, 'value'));
});
