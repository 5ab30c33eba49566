/** What real clients depend on, by their literal requests: base, bodies, conditions, negotiation, preferences. The numbers are those of the list that the project keeps of it. R4: http.html. */
import { beforeAll, describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const at = (path: string): string => server().base + path;
const patient = (more: object = {}): object => ({ resourceType: 'Patient', ...more });
const put = (id: string, more: object = {}, headers: Record<string, string> = {}): Promise<Answer> => send('PUT', at(`/Patient/${id}`), { body: patient({ id, ...more }), headers });

beforeAll(async () => {
  expect((await put('a', { identifier: [{ system: 'urn:a', value: '1' }] })).status).toBe(201);
});

describe('33 base and paths, with slashes and question marks as clients put them', () => {
  const bundle = { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: 'Patient/a' } }] };
  it.each([['fhir-kit-client, client-py', '/'], ['HAPI', ''], ['twice', '//'], ['with a question mark', '/?']])('%s POSTs a Bundle to [base]%s', async (_client, path) => {
    const answer = await send('POST', at(path), { body: bundle });
    expect([answer.status, answer.json.entry?.[0].response.status], answer.text).toEqual([200, '200 OK']);
  });
  it.each(['//Patient/a', '/Patient/a/', '/Patient/a?', '/Patient/a/?', '/Patient//a/_history/1/'])('GET [base]%s (fhirpy ends every URL with "?")', async (path) => expect((await send('GET', at(path))).json.id).toBe('a'));
  it.each(['/Patient?', '/Patient/?', '//Patient', '/Patient/?_id=a', '/Patient/_history/?', '/_history/'])('GET [base]%s is a Bundle', async (path) => expect((await send('GET', at(path))).json.resourceType).toBe('Bundle'));
  it('GET [base]/Patient/_search is a search (HAPI, GET_WITH_SEARCH), with the links of one', async () => {
    const { json } = await send('GET', at('/Patient/_search?_id=a'));
    expect([json.total, json.link[0].url]).toEqual([1, at('/Patient?_id=a')]);
  });
  it('POST [base]/Patient/ creates', async () => expect((await send('POST', at('/Patient/'), { body: patient() })).status).toBe(201));
  it('an id of 150 characters is a bad id, not an unknown path', async () => {
    const answer = await send('GET', at(`/Patient/${'x'.repeat(150)}`));
    expect([answer.status, answer.json.issue[0].diagnostics]).toEqual([400, expect.stringContaining('1 to 64 characters')]);
  });
});

describe('34 an empty body with a JSON Content-Type', () => {
  const json = { 'content-type': 'application/fhir+json' };
  it('is no parameters to an operation (fhir-kit-client)', async () => {
    for (const headers of [json, { ...json, 'content-length': '0' }, { ...json, 'transfer-encoding': 'chunked' }] as Record<string, string>[]) {
      expect((await send('POST', at('/Patient/a/$meta'), { headers })).json.resourceType, JSON.stringify(headers)).toBe('Parameters');
    }
  });
  it('of GET, HEAD and DELETE is none (Postman, axios), and so is one of DELETE that is no JSON', async () => {
    for (const type of ['application/json', 'application/fhir+json', 'application/xml', 'nonsense']) {
      expect((await send('GET', at('/Patient/a'), { headers: { 'content-type': type } })).status, type).toBe(200);
      expect((await send('HEAD', at('/Patient/a'), { headers: { 'content-type': type } })).status, type).toBe(200);
      expect((await send('DELETE', at('/Patient/nobody'), { headers: { 'content-type': type } })).status, type).toBe(200);
    }
    expect((await send('DELETE', at('/Patient/nobody'), { headers: { 'content-type': 'text/plain' }, body: 'because' })).status).toBe(200);
  });
  it('of POST and PUT is a missing resource: 400', async () => {
    expect((await send('POST', at('/Patient'), { headers: json })).json.issue[0].code).toBe('required');
    expect((await send('PUT', at('/Patient/a'), { headers: { ...json, 'content-length': '0' } })).status).toBe(400);
    expect((await send('POST', at('/'), { headers: json })).status).toBe(400);
  });
  it('of POST _search is a search without criteria', async () => {
    expect((await send('POST', at('/Patient/_search'), { headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' } })).json.type).toBe('searchset');
    expect((await send('POST', at('/Patient/_search'))).status).toBe(200);
  });
});

describe('35 fullUrl, by which fhir-kit-client resolves inside a Bundle', () => {
  it('is absolute, of the resource and not of the version, on every entry', async () => {
    for (const path of ['/Patient?_id=a', '/Patient/a/_history', '/Patient/_history', '/_history']) {
      for (const { fullUrl, resource } of (await send('GET', at(path))).json.entry) expect(fullUrl).toBe(at(`/${resource.resourceType}/${resource.id}`));
    }
  });
});

describe('36 If-None-Exist in the spellings of clients', () => {
  const spellings: readonly [client: string, header: () => string][] = [
    ['HAPI: whole URL, encoded', () => `${at('/Patient')}?identifier=urn%3Aa%7C1`], ['Ruby, Inferno: raw', () => 'identifier=urn:a|1'], ['with a question mark', () => '?identifier=urn:a|1'],
    ['with the type', () => 'Patient?identifier=urn:a|1'], ['with the type, encoded', () => 'Patient?identifier=urn%3Aa%7C1'], ['with a slash', () => '/Patient?identifier=urn:a|1'],
  ];
  it.each(spellings)('%s', async (_client, header) => {
    const answer = await send('POST', at('/Patient'), { body: patient(), headers: { 'if-none-exist': header() } });
    expect([answer.status, answer.json.id, answer.headers['etag']], answer.text).toEqual([200, 'a', 'W/"1"']);
  });
  it.each(['Observation?identifier=urn:a|1', 'http://elsewhere.example.org/fhir/Patient?identifier=urn:a|1', 'nonsense=1', 'identifier=%zz'])('%s is 400', async (header) => {
    expect((await send('POST', at('/Patient'), { body: patient(), headers: { 'if-none-exist': header } })).status).toBe(400);
  });
  it.each(['', '?', 'identifier=', 'Patient?'])('"%s" selects every Patient: 412', async (header) => {
    const answer = await send('POST', at('/Patient'), { body: patient(), headers: { 'if-none-exist': header } });
    expect(answer.status, answer.text).toBe(412);
  });
});

describe('37 ETags in the spellings of clients', () => {
  it.each([['R4', 'W/"1"'], ['RFC', '"1"'], ['Ruby fhir_client', 'W/1'], ['fhirpy', '1'], ['a list', '"7", W/"1"'], ['anything', '*']])('%s: %s', async (_client, tag) => {
    await put('e');
    expect((await send('GET', at('/Patient/e'), { headers: { 'if-none-match': tag } })).status).toBe(304);
    expect((await put('e', {}, { 'if-match': tag })).status).toBe(200);
  });
  it.each(['W/"2"', '"2"', 'W/2', '2', '"11"', '""'])('%s is another version', async (tag) => {
    await put('e');
    expect((await send('GET', at('/Patient/e'), { headers: { 'if-none-match': tag } })).status).toBe(200);
    expect((await put('e', { active: true }, { 'if-match': tag })).status).toBe(412);
    expect((await send('DELETE', at('/Patient/e'), { headers: { 'if-match': tag } })).status).toBe(412);
  });
});

describe('38 Accept', () => {
  const fhir = 'application/fhir+json; charset=utf-8';
  const accepted: readonly [client: string, accept: string][] = [
    ['HAPI', 'application/fhir+xml;q=1.0, application/fhir+json;q=1.0, application/xml+fhir;q=0.9, application/json+fhir;q=0.9'],
    ['HAPI, encoding JSON', 'application/fhir+json;q=1.0, application/json+fhir;q=0.9'], ['DSTU2', 'application/json+fhir'], ['fhir-kit-client', 'application/fhir+json'],
    ['XML first', 'application/fhir+xml, application/fhir+json;q=0.1'], ['anything at last', 'application/xml, */*;q=0.1'], ['python-requests', '*/*'], ['.NET', 'application/fhir+json; charset=utf-8'],
  ];
  it.each(accepted)('%s', async (_client, accept) => {
    const answer = await send('GET', at('/Patient/a'), { headers: { accept } });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, fhir]);
  });
  it('is 406 with an outcome in JSON only where nothing of it can be had (Crucible, by default)', async () => {
    const answer = await send('GET', at('/Patient/a'), { headers: { accept: 'application/fhir+xml' } });
    expect([answer.status, answer.headers['content-type'], answer.json.issue[0].diagnostics]).toEqual([406, fhir, expect.stringContaining('application/fhir+xml')]);
  });
  it('a body of DSTU2 is taken', async () => expect((await put('d', {}, { 'content-type': 'application/json+fhir' })).status).toBe(201));
});

describe('39 Prefer', () => {
  const cases: readonly [prefer: string, applied: string | undefined, body: string | undefined][] = [
    ['return=presentation', undefined, 'Patient'], ['return=minimal', 'return=minimal', undefined], ['return=representation', 'return=representation', 'Patient'], ['return=OperationOutcome', 'return=OperationOutcome', 'OperationOutcome'],
    ['respond-later, return=minimal', 'return=minimal', undefined], ['return="minimal"', 'return=minimal', undefined], ['return=minimal; foo=bar', 'return=minimal', undefined], ['Return=Minimal', 'return=minimal', undefined],
    ['handling=strict, return=minimal', 'return=minimal', undefined], ['wait=5', undefined, 'Patient'], ['', undefined, 'Patient'], ['return=minimal, return=representation', 'return=minimal', undefined],
  ];
  it.each(cases)('%s', async (prefer, applied, type) => {
    const answer = await put(`p-${Math.random().toString(36).slice(2)}`, {}, { prefer });
    expect([answer.status, answer.headers['preference-applied'], answer.json?.resourceType]).toEqual([201, applied, type]);
  });
  it('several headers are one list', async () => {
    const answer = await fetch(at('/Patient?nonsense=1'), { headers: [['Prefer', 'return=minimal'], ['Prefer', 'handling=lenient']] });
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([200, 'handling=lenient']);
  });
});

describe('40 where clients find what they wrote', () => {
  it('a 201 without body has an absolute Location (fhirclient.js, HAPI, Crucible)', async () => {
    const answer = await send('POST', at('/Patient'), { body: patient(), headers: { prefer: 'return=minimal', origin: 'https://app.example.org' } });
    expect([answer.status, answer.text]).toEqual([201, '']);
    const location = answer.headers['location']!;
    expect(location).toMatch(new RegExp(`^${at('/Patient/')}[A-Za-z0-9-]+/_history/1$`));
    expect(answer.headers['access-control-expose-headers']).toContain('Location');
    expect((await send('GET', location)).json.meta.versionId).toBe('1');
    expect(answer.headers['content-location']).toBe(location);
  });
  it('reads and updates have Content-Location, updates no Location but where they create', async () => {
    await put('l');
    const updated = await put('l', { active: true }, { prefer: 'return=minimal' });
    expect([updated.status, updated.headers['content-location'], updated.headers['location'], updated.text]).toEqual([200, at('/Patient/l/_history/2'), undefined, '']);
    expect((await send('GET', at('/Patient/l'))).headers['content-location']).toBe(at('/Patient/l/_history/2'));
    expect((await send('GET', at('/Patient/l/_history/1'))).headers['content-location']).toBe(at('/Patient/l/_history/1'));
    expect((await put('l2')).headers['location']).toBe(at('/Patient/l2/_history/1'));
  });
  it('without a preference the body is the resource', async () => expect((await put('l3')).json).toMatchObject({ id: 'l3', meta: { versionId: '1' } }));
  it('Bundle.entry.response.location is relative, as in R4\'s example and HAPI', async () => {
    for (const type of ['batch', 'transaction']) {
      const entry = [{ resource: patient({ id: `l-${type}` }), request: { method: 'PUT', url: `Patient/l-${type}` } }, { resource: patient(), request: { method: 'POST', url: 'Patient' } }];
      const { json } = await send('POST', at('/'), { body: { resourceType: 'Bundle', type, entry } });
      expect(json.entry[0].response, JSON.stringify(json)).toMatchObject({ status: '201 Created', location: `Patient/l-${type}/_history/1`, etag: 'W/"1"' });
      expect(json.entry[1].response.location).toMatch(/^Patient\/[A-Za-z0-9-]+\/_history\/1$/);
    }
  });
});
