/** patch: three languages, their media types, preconditions and results. R4: http.html#patch; DECISIONS.md "Patches". */
import { describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { startServer, useServer } from '../support/server.ts';

const server = useServer();
const url = (path: string): string => `${server().base}/${path}`;
const put = (id: string, more: object = {}): Promise<Answer> => send('PUT', url(`Patient/${id}`), { body: { resourceType: 'Patient', id, ...more } });
const types = { json: 'application/json-patch+json', merge: 'application/merge-patch+json', fhir: 'application/fhir+json', plain: 'application/json' };
const patch = (path: string, body: unknown, type: string = types.json, headers: Record<string, string> = {}): Promise<Answer> =>
  send('PATCH', url(path), { body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'content-type': type, ...headers } });

const activate = [{ op: 'add', path: '/active', value: true }];
const parameters = (...operations: object[]): object => ({ resourceType: 'Parameters', parameter: operations.map((operation) => ({
  name: 'operation', part: Object.entries(operation).map(([name, value]) => (name === 'value' ? { name, ...value } : { name, [name === 'type' ? 'valueCode' : 'valueString']: value })),
})) });
const activateByPath = parameters({ type: 'add', path: 'Patient', name: 'active', value: { valueBoolean: true } });

describe('a patch', () => {
  const languages: readonly [name: string, type: string, body: unknown][] = [
    ['JSON Patch', types.json, activate], ['JSON Patch as application/json', types.plain, activate], ['JSON Patch as text/json', 'text/json', activate],
    ['merge patch', types.merge, { active: true }], ['merge patch as application/json', types.plain, { active: true }],
    ['FHIRPath Patch', types.fhir, activateByPath], ['FHIRPath Patch as application/json', types.plain, activateByPath], ['FHIRPath Patch in the type of DSTU2', 'application/json+fhir', activateByPath],
  ];
  it.each(languages)('in %s makes a version, and answers as an update does', async (name, type, body) => {
    const id = Buffer.from(name).toString('hex').slice(-60);
    await put(id, { gender: 'male' });
    const answer = await patch(`Patient/${id}`, body, type);
    expect([answer.status, answer.json?.active, answer.json?.gender], answer.text).toEqual([200, true, 'male']);
    expect(answer.headers).toMatchObject({ etag: 'W/"2"', 'content-location': url(`Patient/${id}/_history/2`), 'content-type': 'application/fhir+json; charset=utf-8' });
    expect(answer.headers['location']).toBeUndefined();
    expect((await send('GET', url(`Patient/${id}`))).text).toBe(answer.text);
    expect((await send('GET', url(`Patient?_id=${id}&active=true`))).json.total).toBe(1);
    const { json } = await send('GET', url(`Patient/${id}/_history`));
    expect(json.entry.map(({ request, response }: any) => [request.method, response.status])).toEqual([['PUT', '200 OK'], ['PUT', '201 Created']]);
  });

  it('leaves every token that it does not touch as it was sent', async () => {
    const text = '{"resourceType":"Observation","id":"tokens","code":{"text":"caf\\u00e9 \\/"},"status":"final","valueQuantity":{"value":1.10,"unit":"g"},"extension":[{"url":"x","valueDecimal":1.2e2}],"zzz":{"__proto__":[0.00]}}';
    await send('PUT', url('Observation/tokens'), { body: text });
    const stored = (await send('GET', url('Observation/tokens'))).text;
    const answer = await patch('Observation/tokens', '[{"op":"replace","path":"/status","value":"amended"},{"op":"add","path":"/extension/-","value":{"url":"y","valueDecimal":3.00}}]');
    const meta = (from: string): string => from.replace(/"meta":\{[^}]*\}/, '"meta":{}');
    expect(meta(answer.text)).toBe(meta(stored).replace('"final"', '"amended"').replace('1.2e2}]', '1.2e2},{"url":"y","valueDecimal":3.00}]'));
  });

  it('without effect makes no version', async () => {
    await put('same', { active: true });
    for (const [body, type] of [[activate, types.json], [[], types.json], [{ active: true, gender: null }, types.merge], [{}, types.plain], [parameters(), types.fhir], [parameters({ type: 'delete', path: 'Patient.photo' }), types.fhir]] as const) {
      const answer = await patch('Patient/same', body, type);
      expect([answer.status, answer.headers['etag']], JSON.stringify(body)).toEqual([200, 'W/"1"']);
    }
    // What the server says of a version is not a client's to change.
    expect((await patch('Patient/same', { meta: { versionId: '9', lastUpdated: '2001-01-01T00:00:00Z' } }, types.merge)).headers['etag']).toBe('W/"1"');
  });

  it('keeps the index up to date, references too', async () => {
    await send('PUT', url('Observation/refers'), { body: { resourceType: 'Observation', id: 'refers', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/before' } } });
    await patch('Observation/refers', { subject: { reference: 'Patient/after' } }, types.merge);
    expect((await send('GET', url('Observation?subject=Patient/after'))).json.total).toBe(1);
    expect((await send('GET', url('Observation?subject=Patient/before'))).json.total).toBe(0);
  });
});

describe('clients', () => {
  it('fhirclient.js: Prefer: return=presentation and a charset', async () => {
    await put('fhirclient');
    const answer = await patch('Patient/fhirclient', activate, 'application/json-patch+json; charset=UTF-8', { prefer: 'return=presentation', accept: 'application/json' });
    expect([answer.status, answer.json.active, answer.headers['preference-applied'], answer.headers['content-type']]).toEqual([200, true, undefined, 'application/json; charset=utf-8']);
  });

  it('fhirpy: a partial resource with explicit nulls as application/json, to a URL that ends in ?', async () => {
    await put('fhirpy', { active: true, gender: 'male', name: [{ family: 'x' }] });
    const answer = await patch('Patient/fhirpy?', { resourceType: 'Patient', id: 'fhirpy', gender: null, name: [{ family: 'y' }] }, types.plain);
    expect(answer.json).toMatchObject({ id: 'fhirpy', active: true, name: [{ family: 'y' }] });
    expect(answer.json.gender).toBeUndefined();
  });

  const preferences: readonly [prefer: string, status: number, body: RegExp][] = [
    ['return=minimal', 200, /^$/], ['return=representation', 200, /^\{"resourceType":"Patient"/], ['return=OperationOutcome', 200, /^\{"resourceType":"OperationOutcome"/],
  ];
  it.each(preferences)('Prefer: %s', async (prefer, status, body) => {
    await put('preferred');
    const answer = await patch('Patient/preferred', [{ op: 'add', path: '/language', value: prefer.slice(-8) }], types.json, { prefer });
    expect([answer.status, answer.headers['preference-applied']]).toEqual([status, prefer]);
    expect(answer.text).toMatch(body);
    expect(answer.headers['content-location']).toContain('/Patient/preferred/_history/');
  });
});

describe('a patch is refused', () => {
  const cases: readonly [name: string, body: unknown, type: string, status: number, says: string, expression?: string][] = [
    ['for a media type that is no patch', '<diff/>', 'application/xml-patch+xml', 415, 'application/json-patch+json'],
    ['for a form', 'active=true', 'application/x-www-form-urlencoded', 415, 'application/json-patch+json'],
    ['for no JSON', '[{"op":', types.json, 400, 'column'],
    ['for an object as JSON Patch', { active: true }, types.json, 400, 'array of operations', 'Patient'],
    ['for an array as merge patch', [], types.merge, 400, 'is an object', 'Patient'],
    ['for a resource as FHIRPath Patch', { resourceType: 'Patient' }, types.fhir, 400, 'Parameters', 'Patient'],
    ['for an array as FHIRPath Patch', activate, types.fhir, 400, 'application/json-patch+json', 'Patient'],
    ['for a string', '"x"', types.plain, 400, 'is an object', 'Patient'],
    ['for an operation that is none', [{ op: 'test', path: '/id', value: 'refused' }, { op: 'delete', path: '/id' }], types.json, 400, 'Operation 1 is "delete"'],
    ['for an operation that cannot be carried out', [...activate, { op: 'remove', path: '/name/0' }], types.json, 422, 'Operation 1 (remove "/name/0"): there is nothing at "/name"', 'Patient.name[0]'],
    ['for a test that fails', [...activate, { op: 'test', path: '/gender', value: 'female' }], types.json, 422, 'Operation 1 (test "/gender")', 'Patient.gender'],
    ['for a path that selects nothing', parameters({ type: 'delete', path: 'Patient.photo' }, { type: 'replace', path: 'Patient.name', value: { valueHumanName: {} } }), types.fhir, 422, 'Operation 1 (replace Patient.name)', 'Parameters.parameter[1]'],
    ['for another id', [{ op: 'replace', path: '/id', value: 'other' }], types.json, 400, 'id is "other"', 'Patient.id'],
    ['for no id', [{ op: 'remove', path: '/id' }], types.json, 400, 'has no id', 'Patient'],
    ['for another type', { resourceType: 'Person' }, types.merge, 400, 'is a "Person"', 'Patient.resourceType'],
    ['for no type', { resourceType: null }, types.merge, 400, 'no resourceType', 'Patient'],
    ['for what is no resource', [{ op: 'replace', path: '', value: 1 }], types.json, 400, 'JSON object', 'Patient'],
    ['for a meta of another form', { meta: 1 }, types.merge, 400, 'meta is not an object', 'Patient.meta'],
    ['for a tag that says it is cut down', { meta: { tag: [{ code: 'SUBSETTED' }] } }, types.merge, 422, 'SUBSETTED', 'Patient.meta.tag'],
    ['for nesting over 200 levels', `[{"op":"add","path":"/x","value":${'['.repeat(190)}${']'.repeat(190)}},${Array.from({ length: 20 }, (_, n) => `{"op":"move","from":"/x","path":"/y"},{"op":"add","path":"/x","value":{}},{"op":"move","from":"/y","path":"/x/z${n}"}`).join()}]`, types.json, 400, 'deeper than 200 levels', 'Patient'],
  ];
  it.each(cases)('%s', async (_name, body, type, status, says, expression) => {
    await put('refused', { gender: 'male' });
    const answer = await patch('Patient/refused', body, type);
    expect([answer.status, answer.json?.resourceType], answer.text).toEqual([status, 'OperationOutcome']);
    expect(answer.json.issue[0].diagnostics).toContain(says);
    if (expression !== undefined) expect(answer.json.issue[0].expression).toEqual([expression]);
    if (status === 415) expect(answer.headers['accept-patch']).toBe('application/json-patch+json, application/merge-patch+json, application/fhir+json');
    // All or nothing: what went before the operation at fault has not happened.
    expect((await send('GET', url('Patient/refused'))).headers['etag']).toBe('W/"1"');
  });

  it('without a body, or with a query', async () => {
    await put('refused');
    expect((await send('PATCH', url('Patient/refused'))).status).toBe(400);
    expect((await patch('Patient/refused?identifier=1', activate)).status).toBe(400);
    expect((await patch('Patient/a_b', activate)).status).toBe(400);
  });

  it('where nothing is: 404, and 410 with the ETag of the deletion', async () => {
    expect((await patch('Patient/never', activate)).status).toBe(404);
    // An id that is only referred to is not there either.
    await send('PUT', url('Observation/points'), { body: { resourceType: 'Observation', id: 'points', status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/only-referred' } } });
    expect((await patch('Patient/only-referred', activate)).status).toBe(404);
    await put('gone');
    await send('DELETE', url('Patient/gone'));
    const gone = await patch('Patient/gone', activate);
    expect([gone.status, gone.json.issue[0].code, gone.headers['etag']]).toEqual([410, 'deleted', 'W/"2"']);
  });
});

describe('If-Match', () => {
  const cases: readonly [header: Record<string, string>, status: number][] = [
    [{ 'if-match': 'W/"1"' }, 200], [{ 'if-match': '1' }, 200], [{ 'if-match': '*' }, 200], [{ 'if-match': 'W/"2"' }, 412], [{ 'if-none-match': 'W/"1"' }, 412],
  ];
  it.each(cases)('%j on version 1 is %i', async (headers, status) => {
    const id = `m${Buffer.from(JSON.stringify(headers)).toString('hex').slice(-40)}`;
    await put(id);
    expect((await patch(`Patient/${id}`, activate, types.json, headers)).status).toBe(status);
    expect((await send('GET', url(`Patient/${id}`))).headers['etag']).toBe(status === 200 ? 'W/"2"' : 'W/"1"');
  });

  it('is 412 where nothing is or was, and does not hide that a patch is no patch', async () => {
    expect((await patch('Patient/never', activate, types.json, { 'if-match': 'W/"1"' })).status).toBe(412);
    expect((await patch('Patient/never', {}, types.json, { 'if-match': 'W/"1"' })).status).toBe(400);
  });
});

describe('the narrative', () => {
  const narrative = (status: string): object => ({ text: { status, div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' } });
  const cases: readonly [rule: string, status: string, expected: number, isThere: boolean][] = [
    ['remove', 'generated', 200, false], ['remove', 'additional', 422, true], ['reject', 'generated', 422, true], ['keep', 'additional', 200, true],
  ];
  it.each(cases)('PATCH_NARRATIVE=%s, status %s: %i', async (rule, status, expected, isThere) => {
    const own = await startServer({ PATCH_NARRATIVE: rule });
    try {
      const at = `${own.base}/Patient/n`;
      await send('PUT', at, { body: { resourceType: 'Patient', id: 'n', ...narrative(status) } });
      const answer = await send('PATCH', at, { body: activate, headers: { 'content-type': types.json } });
      expect(answer.status).toBe(expected);
      if (expected === 422) expect(answer.json.issue[0].expression).toEqual(['Patient.text']);
      expect((await send('GET', at)).json.text !== undefined).toBe(isThere);
      // Whoever patches the narrative as well answers for it.
      const both = await send('PATCH', at, { body: [{ op: 'add', path: '/gender', value: 'male' }, { op: 'add', path: '/text', value: { status: 'additional', div: '<div xmlns="http://www.w3.org/1999/xhtml">y</div>' } }], headers: { 'content-type': types.json } });
      expect([both.status, both.json.text.div]).toEqual([200, '<div xmlns="http://www.w3.org/1999/xhtml">y</div>']);
    } finally {
      await own.close();
    }
  });
});
