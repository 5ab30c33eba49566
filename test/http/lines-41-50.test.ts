/** What real clients depend on, by their literal requests: queries, pages, links, Bundles. The numbers are those of the list that the project keeps of it. R4: http.html, search.html. */
import { beforeAll, describe, expect, it } from 'vitest';
import { send, sendBytes, type Answer } from '../support/http.ts';
import { startServer, useServer } from '../support/server.ts';

const server = useServer();
const at = (path: string): string => server().base + path;
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> => send('GET', at(path), { headers });
const form = (path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
  send('POST', at(path), { body, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } });
const ids = ({ json }: Answer): string[] => (json.entry ?? []).map(({ resource }: any) => resource.id);
const link = ({ json }: Answer, relation: string): string | undefined => json.link.find((one: any) => one.relation === relation)?.url;

beforeAll(async () => {
  for (let n = 0; n < 7; n++) {
    const body = { resourceType: 'Patient', id: `p${n}`, birthDate: `200${n}-01-01`, name: [{ family: n === 0 ? 'Müller Lüdenscheidt' : 'Paged' }], identifier: [{ system: 'urn:x', value: `${n}` }] };
    expect((await send('PUT', at(`/Patient/p${n}`), { body })).status).toBe(201);
  }
  for (let n = 0; n < 3; n++) {
    const body = { resourceType: 'Observation', id: `o${n}`, status: 'final', code: { text: 'x' }, effectiveDateTime: `2020-01-0${n + 1}T00:00:00+02:00`, subject: { reference: 'Patient/p1' } };
    expect((await send('PUT', at(`/Observation/o${n}`), { body })).status).toBe(201);
  }
});

describe('41 parameters of other servers', () => {
  it('fhirpy counts with _count=0&_totalMethod=count', async () => {
    const { json } = await get('/Patient?_count=0&_totalMethod=count');
    expect([json.total, json.entry]).toEqual([7, undefined]);
  });
  it.each(['_=1700000000', '_dc=1700000000', '_t=1', '_ts=1', 'nocache=1'])('%s is against caches, and means nothing', async (parameter) => {
    const answer = await get(`/Patient?family=Paged&${parameter}`);
    expect([answer.status, answer.json.total, link(answer, 'self')]).toEqual([200, 6, at('/Patient?family=Paged')]);
  });
  it.each([['_offset=20', 'next'], ['_page=2', 'next'], ['_getpages=abc', 'next'], ['_fields=name', '_elements'], ['familly=x', 'did you mean "family"?'], ['birtdate=2000', 'did you mean "birthdate"?']])('%s is 400, and the outcome names the way of R4', async (parameter, hint) => {
    const answer = await get(`/Patient?${parameter}`);
    expect([answer.status, answer.json.issue[0].diagnostics]).toEqual([400, expect.stringContaining(hint)]);
  });
  it('an unknown name is ignored under handling=lenient, and said to be', async () => {
    const answer = await get('/Patient?familly=x', { prefer: 'handling=lenient' });
    expect([answer.json.total, answer.json.entry.at(-1).resource.issue[0].severity, link(answer, 'self')]).toEqual([7, 'warning', at('/Patient')]);
  });
});

describe('43 a query where none is taken', () => {
  const body = { resourceType: 'Patient' };
  it('of a POST is a condition: fhirpy get_or_create() makes no duplicate', async () => {
    const found = await send('POST', at('/Patient?identifier=urn:x%7C1'), { body });
    expect([found.status, found.json.id]).toEqual([200, 'p1']);
    expect((await get('/Patient?_summary=count')).json.total).toBe(7);
  });
  it.each([['PUT', '/Patient/p1?name=x'], ['DELETE', '/Patient/p1?name=x'], ['POST', '/?name=x'], ['POST', '/Patient?nonsense=x'], ['POST', '/Patient?_count=1']])('of %s %s is 400', async (method, path) => {
    expect((await send(method, at(path), { body: { ...body, id: 'p1' } })).status).toBe(400);
  });
  it('but for the representation', async () => {
    expect((await send('PUT', at('/Patient/q?_format=json&_pretty=true'), { body: { ...body, id: 'q' } })).text).toContain('\n');
    expect((await send('DELETE', at('/Patient/q?_format=json'))).status).toBe(200);
  });
});

describe('44 links keep what the client was given', () => {
  it.each(['/fhir', '/fhir/R4'])('fhirpy refuses a next link elsewhere: %s', async (mount) => {
    const base = server().base.replace('/fhir', mount);
    for (const host of [new URL(base).host, 'localhost:8080', 'fhir.example.org', '[::1]:9']) {
      const answer = await send('GET', `${base}/Patient?_count=2`, { headers: { host } });
      for (const { url } of answer.json.link) expect(url).toMatch(`http://${host}${mount}/Patient?`);
      expect(answer.json.entry[0].fullUrl).toBe(`http://${host}${mount}/Patient/p0`);
    }
  });
  it('forwarded headers count under TRUST_PROXY only', async () => {
    const headers = { 'x-forwarded-host': 'fhir.example.org', 'x-forwarded-proto': 'https', 'x-forwarded-port': '443', 'x-forwarded-prefix': '/records/' };
    expect(link(await get('/Patient', headers), 'self')).toBe(at('/Patient'));
    const trusting = await startServer({ TRUST_PROXY: 'true' });
    try {
      expect(link(await send('GET', `${trusting.base}/Patient`, { headers }), 'self')).toBe('https://fhir.example.org/records/fhir/Patient');
    } finally {
      await trusting.close();
    }
  });
});

describe('45 page links survive what clients do to them', () => {
  it('first always, last and both neighbours where there are more pages (TestScript navigationLinks)', async () => {
    expect((await get('/Patient?_id=p1')).json.link.map((one: any) => one.relation)).toEqual(['self', 'first']);
    const first = await get('/Patient?_count=3');
    expect(first.json.link.map((one: any) => one.relation)).toEqual(['self', 'first', 'next', 'last']);
    const second = await send('GET', link(first, 'next')!);
    expect(second.json.link.map((one: any) => one.relation)).toEqual(['self', 'first', 'previous', 'next', 'last']);
    expect(ids(await send('GET', link(second, 'previous')!))).toEqual(ids(first));
    expect(ids(await send('GET', link(second, 'last')!))).toEqual(['p4', 'p5', 'p6']);
    expect(ids(await send('GET', link(second, 'first')!))).toEqual(ids(first));
  });
  const changes: readonly [who: string, change: (url: string) => string][] = [
    ['HAPI appends _format', (url) => `${url}&_format=json`], ['parameters reordered', (url) => url.replace(/\?(.*)&(.*)$/, '?$2&$1')], ['all encoded', (url) => url.replace(/\?.*/, (query) => `?${new URLSearchParams(query).toString()}`)],
    ['the dash encoded', (url) => url.replace('-page', '%2Dpage')], ['by the other mount', (url) => url.replace('/fhir/', '/fhir/R4/')], ['_pretty appended', (url) => `${url}&_pretty=true`],
  ];
  it.each(changes)('%s', async (_who, change) => {
    const next = link(await get('/Patient?_count=3&family=paged&identifier=urn:x|1,urn:x|2,urn:x|3,urn:x|4,urn:x|5'), 'next')!;
    expect(ids(await send('GET', change(next)))).toEqual(['p4', 'p5']);
  });
  it('a cursor is letters that no encoding touches, and a foreign one is 400 and no first page', async () => {
    const next = link(await get('/Patient?_count=3'), 'next')!;
    expect(new URL(next).searchParams.get('-page')).toMatch(/^[A-Za-z0-9_-]+$/);
    for (const cursor of ['x', 'WyJhIl0', '', `${new URL(next).searchParams.get('-page')}x`, link(await get('/Patient/_history?_count=1'), 'next')!.split('-page=')[1]!].filter((one) => one !== '')) {
      expect((await get(`/Patient?_count=3&-page=${cursor}`)).status, cursor).toBe(400);
    }
  });
});

describe('46 a thousand ids by POST _search', () => {
  const many = ['p1', 'p2', 'p3', ...Array.from({ length: 1_000 }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`)].join(',');
  it('are paged by GET, and no link is long', async () => {
    const first = await form('/Patient/_search', `_id=${many}&_count=2&_format=application/fhir%2Bjson`);
    expect([first.status, first.json.total, ids(first)], first.text.slice(0, 300)).toEqual([200, 3, ['p1', 'p2']]);
    for (const { url } of first.json.link) expect(url.length).toBeLessThan(300);
    const next = link(first, 'next')!;
    expect(next).toContain('/Patient?-query=');
    const second = await send('GET', next);
    expect([second.status, ids(second)], second.text).toEqual([200, ['p3']]);
    expect(ids(await send('GET', link(second, 'previous')!))).toEqual(['p1', 'p2']);
    expect(ids(await send('GET', link(first, 'self')!))).toEqual(['p1', 'p2']);
    expect(ids(await send('GET', `${link(first, 'self')!}&_pretty=true`))).toEqual(['p1', 'p2']);
    expect(ids(await form('/Patient/_search', `-query=${new URL(next).searchParams.get('-query')}`))).toEqual(['p1', 'p2']);
  });
  it('the same by GET within the limit of headers', async () => expect((await get(`/Patient?_id=${many}`)).json.link[0].url.length).toBeLessThan(300));
  it('the same query is kept once; a short one is not', async () => {
    const count = async (): Promise<number> => (await server().db.read.query<{ n: number }>({ text: 'select count(*)::int as n from stored_query' }))[0]!.n;
    await form('/Patient/_search', `_id=${many}`);
    const before = await count();
    await form('/Patient/_search', `_id=${many}`);
    await form('/Patient/_search', '_id=p1');
    expect(await count()).toBe(before);
  });
  it('a hash of another type is 400, an unknown one 410, and one that a day has passed over', async () => {
    const url = link(await form('/Patient/_search', `_id=${many}`), 'self')!;
    expect((await send('GET', url.replace('/Patient', '/Observation'))).status).toBe(400);
    expect((await get('/Patient?-query=nonsense')).status).toBe(410);
    await server().db.write.query({ text: `update stored_query set used_at = now() - interval '25 hours'` });
    const answer = await send('GET', url);
    expect([answer.status, answer.json.issue[0].diagnostics]).toEqual([410, expect.stringContaining('search again')]);
    await form('/Patient/_search', `_id=${many},p4`);
    expect(await server().db.read.query({ text: `select from stored_query where used_at < now() - interval '24 hours'` })).toEqual([]);
  });
  it('over 64 KiB of URL is 431 with an outcome that names POST', async () => {
    const answer = await get(`/Patient?_id=${many},${'x'.repeat(64)},${many}`);
    expect([answer.status, answer.json.issue[0].code, answer.json.issue[0].diagnostics]).toEqual([431, 'too-long', expect.stringContaining('POST')]);
  });
});

describe('47 forms and characters', () => {
  it('parameters of URL and body add up', async () => {
    expect(ids(await form('/Patient/_search?family=paged', 'identifier=urn:x|3'))).toEqual(['p3']);
    expect(ids(await form('/Patient/_search?identifier=urn:x|2', 'identifier=urn:x|3'))).toEqual([]);
    expect(ids(await form('/Patient/_search?_count=1', 'family=paged'))).toEqual(['p1']);
  });
  it.each(['application/x-www-form-urlencoded; charset=UTF-8', 'application/x-www-form-urlencoded;charset=utf-8', 'Application/X-WWW-Form-Urlencoded'])('%s', async (type) => {
    expect(ids(await form('/Patient/_search', 'family=M%C3%BCller+L%C3%BCdenscheidt', { 'content-type': type }))).toEqual(['p0']);
    expect(ids(await form('/Patient/_search', 'family=Müller Lüdenscheidt', { 'content-type': type }))).toEqual(['p0']);
  });
  it('a form of another type is 415', async () => expect((await form('/Patient/_search', '{}', { 'content-type': 'application/json' })).status).toBe(415));
  it('"+" is a space in a name and a plus in a time zone', async () => {
    expect(ids(await get('/Patient?family=M%C3%BCller+L%C3%BCdenscheidt'))).toEqual(['p0']);
    expect(ids(await get('/Observation?date=ge2020-01-02T00:00:00+02:00'))).toEqual(['o1', 'o2']);
    expect(ids(await form('/Observation/_search', 'date=ge2020-01-02T00:00:00+02:00'))).toEqual(['o1', 'o2']);
    expect((await get('/Patient?_format=application/fhir+json')).headers['content-type']).toContain('application/fhir+json');
  });
  const raw: readonly [query: string, expected: string[]][] = [
    ['identifier=urn:x|1,urn:x|2', ['p1', 'p2']], ['family=Müller', ['p0']], ['family=Müller Lüdenscheidt', ['p0']], ['family:exact=Paged&_id=p1', ['p1']], ['identifier=urn:x|1$', []], ['identifier="<>{}^`', []], ['_id=[p1]', []],
  ];
  it.each(raw)('%s, as it is (curl, hand-written clients)', async (query, expected) => {
    const text = await sendBytes(server().base, Buffer.from(`GET /fhir/Patient?${query} HTTP/1.1\r\nHost: x.example.org\r\nAccept: application/fhir+json\r\nConnection: close\r\n\r\n`));
    const [head = '', body = ''] = text.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const bundle = JSON.parse(body.replace(/^[0-9a-f]+\r\n/, ''));
    expect([(bundle.entry ?? []).map(({ resource }: any) => resource.id), bundle.link[0].url]).toEqual([expected, expect.stringContaining('http://x.example.org/fhir/Patient?')]);
  });
  it.each(['GET /fhir/Patient?family=Mü HTTP/1.1\r\nContent-Length: 1\r\n\r\nx', 'POST /fhir/Patient?family=Mü HTTP/1.1\r\n\r\n', 'GET /fhir/Patient?family=Mü HTTP/1.1\r\nBad Header\r\n\r\n', 'GET /fhir/Patient?family=Mü HTTP/1.1\r\n\r\nGET /fhir/Patient HTTP/1.1\r\n\r\n'])('with a body or a second request behind it, it is 400', async (text) => {
    expect(await sendBytes(server().base, text)).toMatch(/^HTTP\/1\.1 400 .*percent-encoded/s);
  });
  it('of another encoding than UTF-8 is 400', async () => {
    expect(await sendBytes(server().base, Buffer.from('GET /fhir/Patient?family=M\xfcller HTTP/1.1\r\nHost: x\r\n\r\n', 'latin1'))).toMatch(/^HTTP\/1\.1 400 .*bad percent-escape/s);
  });
  it('HEAD has no body', async () => {
    expect(await sendBytes(server().base, 'HEAD /fhir/Patient?family=Müller HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\n.*content-length: \d+\r\n.*\r\n\r\n$/s);
  });
});

describe('48 splitting and escapes', () => {
  const cases: readonly [query: string, expected: string[] | number][] = [
    ['_id=p1%2Cp2', ['p1', 'p2']], ['identifier=urn:x%7C1%2Curn:x%7C2', ['p1', 'p2']], ['_id=p1,p2', ['p1', 'p2']], ['identifier=urn:x|1\\,urn:x|2', []], ['identifier=xx\\xx', 400], ['family=a%5C', 400], ['_id=p1,,p2,', ['p1', 'p2']],
  ];
  it.each(cases)('%s', async (query, expected) => {
    const answer = await get(`/Patient?${query}`);
    expect(typeof expected === 'number' ? answer.status : ids(answer), answer.text.slice(0, 200)).toEqual(expected);
  });
});

describe('49 outcomes in a result', () => {
  it('are warnings, last, of mode outcome, in neither _count nor total, with a urn:uuid', async () => {
    const answer = await get('/Patient?nonsense=1&family=paged&_count=6', { prefer: 'handling=lenient' });
    expect([answer.json.total, answer.json.entry.length]).toEqual([6, 7]);
    const last = answer.json.entry.at(-1);
    expect(last).toMatchObject({ search: { mode: 'outcome' }, resource: { resourceType: 'OperationOutcome' } });
    expect(last.fullUrl).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
    for (const { severity } of last.resource.issue) expect(['warning', 'information']).toContain(severity);
  });
  it('are not there where there is nothing to say (Crucible S003)', async () => expect((await get('/Patient?family=paged')).json.entry).toHaveLength(6));
});

describe('50 Bundles', () => {
  const known = new Set(['resourceType', 'id', 'meta', 'type', 'timestamp', 'total', 'link', 'entry']);
  it.each(['/Patient', '/Patient?family=nobody', '/Patient?_summary=count', '/Patient?_count=0', '/_history', '/Patient/_history', '/Patient/p1/_history'])('%s has type, self, the time of the snapshot, and nothing of its own', async (path) => {
    const before = Date.now();
    const { json } = await get(path);
    expect(Object.keys(json).filter((name) => !known.has(name))).toEqual([]);
    expect([typeof json.type, json.link[0].relation]).toEqual(['string', 'self']);
    expect(json.entry === undefined || json.entry.length > 0).toBe(true);
    for (const time of [json.meta.lastUpdated, json.timestamp]) expect(Math.abs(Date.parse(time) - before)).toBeLessThan(5_000);
    for (const { search } of json.type === 'searchset' ? (json.entry ?? []) : []) expect(search.mode).toBe('match');
  });
  it('the time of the snapshot is a good _since and _lastUpdated for the next poll', async () => {
    const { json } = await get('/Patient?_lastUpdated=gt2000-01-01');
    await send('PUT', at('/Patient/late'), { body: { resourceType: 'Patient', id: 'late' } });
    expect(ids(await get(`/Patient?_lastUpdated=ge${json.meta.lastUpdated}`))).toContain('late');
    expect(ids(await get(`/_history?_since=${json.meta.lastUpdated}`))).toContain('late');
    await send('DELETE', at('/Patient/late'));
  });
  it('answers to batch and transaction have a time as well', async () => {
    for (const type of ['batch', 'transaction']) {
      const { json } = await send('POST', at('/'), { body: { resourceType: 'Bundle', type } });
      expect([json.type, json.entry, Math.abs(Date.parse(json.timestamp) - Date.now()) < 5_000, json.meta.lastUpdated]).toEqual([`${type}-response`, undefined, true, json.timestamp]);
    }
  });
});
