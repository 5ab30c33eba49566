/** What VALIDATION=structure, the default, refuses on each way in. R4: validation.html, http.html#create. */
import { beforeAll, describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer({ VALIDATION: 'structure' });
const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => send(method, `${server().base}/${path}`, { ...(body !== undefined && { body }), headers });
const said = ({ status, json }: Answer): unknown[] => [status, ...json.issue.map(({ severity, code, expression }: any) => `${severity} ${code} ${expression?.join()}`)];
const wrong = { resourceType: 'Patient', gender: 'x', birthDate: '2021-02-29', name: [] };
const faults = (at: string): string[] => [`error code-invalid ${at}.gender`, `error value ${at}.birthDate`, `error structure ${at}.name`];
const anyOrder = (lines: readonly string[]): unknown => expect.arrayContaining([...lines]);
const bundle = (type: string, ...entry: object[]): object => ({ resourceType: 'Bundle', type, entry });

beforeAll(async () => {
  expect((await ask('PUT', 'Patient/there', { resourceType: 'Patient', id: 'there', active: true, identifier: [{ system: 'urn:x', value: '1' }] })).status).toBe(201);
});

describe('a write that breaks structure is 400 with all that is wrong, and changes nothing', () => {
  const patch = { 'content-type': 'application/json-patch+json' };
  const cases: readonly [what: string, method: string, path: string, body: unknown, headers: Record<string, string>, expected: readonly string[]][] = [
    ['create', 'POST', 'Patient', wrong, {}, faults('Patient')],
    ['conditional create', 'POST', 'Patient', wrong, { 'if-none-exist': 'identifier=urn:x|none' }, faults('Patient')],
    ['update', 'PUT', 'Patient/there', { ...wrong, id: 'there' }, {}, faults('Patient')],
    ['conditional update', 'PUT', 'Patient?identifier=urn:x|1', wrong, {}, faults('Patient')],
    ['JSON Patch', 'PATCH', 'Patient/there', [{ op: 'add', path: '/gender', value: 'x' }], patch, ['error code-invalid Patient.gender']],
    ['conditional patch', 'PATCH', 'Patient?identifier=urn:x|1', [{ op: 'add', path: '/nonsense', value: 'x' }], patch, ['error structure Patient.nonsense']],
    ['merge patch', 'PATCH', 'Patient/there', { active: 'yes' }, { 'content-type': 'application/merge-patch+json' }, ['error value Patient.active']],
    ['FHIRPath Patch', 'PATCH', 'Patient/there', { resourceType: 'Parameters', parameter: [{ name: 'operation', part: [{ name: 'type', valueCode: 'add' }, { name: 'path', valueString: 'Patient' }, { name: 'name', valueString: 'gender' }, { name: 'value', valueCode: 'x' }] }] }, { 'content-type': 'application/fhir+json' }, ['error code-invalid Patient.gender']],
    ['transaction', 'POST', '', bundle('transaction', { resource: { resourceType: 'Patient', active: true }, request: { method: 'POST', url: 'Patient' } }, { resource: wrong, request: { method: 'POST', url: 'Patient' } }, { resource: { resourceType: 'Basic' }, request: { method: 'PUT', url: 'Basic/b' } }), {},
      [...faults('Bundle.entry[1].resource'), 'error required Bundle.entry[2].resource.code']],
  ];
  it.each(cases)('%s', async (_what, method, path, body, headers, expected) => {
    const before = [(await ask('GET', 'Patient?_summary=count')).json.total, (await ask('GET', 'Patient/there')).text];
    const answer = await ask(method, path, body, headers);
    expect([said(answer)[0], said(answer).slice(1)]).toEqual([400, anyOrder(expected)]);
    expect(answer.json.issue).toHaveLength(expected.length);
    expect([(await ask('GET', 'Patient?_summary=count')).json.total, (await ask('GET', 'Patient/there')).text]).toEqual(before);
  });

  it.each<[string, string, string]>([
    ['a reference to nothing', '{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"#p1"}}', 'Observation.subject.reference'],
    ['the same, escaped', String.raw`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"\u0023p1"}}`, 'Observation.subject.reference'],
    ['what nothing refers to', '{"resourceType":"Observation","status":"final","code":{"text":"x"},"contained":[{"resourceType":"Patient","id":"p1"}]}', 'Observation.contained[0]'],
  ])('contained resources: %s', async (_what, text, expression) => expect(said(await ask('POST', 'Observation', text))).toEqual([400, `error invariant ${expression}`]));

  it('a batch: the entry alone', async () => {
    const { status, json } = await ask('POST', '', bundle('batch', { resource: wrong, request: { method: 'POST', url: 'Patient' } }, { resource: { resourceType: 'Basic', code: { text: 'x' } }, request: { method: 'POST', url: 'Basic' } }));
    expect([status, json.entry.map(({ response }: any) => response.status)]).toEqual([200, ['400 Bad Request', '201 Created']]);
    expect(json.entry[0].response.outcome.issue).toHaveLength(3);
  });

  it('a Bundle to be stored: its resources too', async () => {
    expect(said(await ask('POST', 'Bundle', bundle('collection', { resource: { resourceType: 'Patient', gender: 'x' } })))).toEqual([400, 'error code-invalid Bundle.entry[0].resource.gender']);
  });
});

describe('elements of a Bundle of requests that are none of R4', () => {
  const entry = { resource: { resourceType: 'Basic', code: { text: 'x' } }, request: { method: 'POST', url: 'Basic' } };
  it.each<[string, object, string]>([
    ['a condition that is misspelt', bundle('transaction', { ...entry, request: { ...entry.request, ifNoneExists: 'code=x' } }), 'Bundle.entry[0].request.ifNoneExists'],
    ['in the entry', bundle('batch', { ...entry, nonsense: 1 }), 'Bundle.entry[0].nonsense'],
    ['in the Bundle', { ...bundle('transaction', entry), nonsense: 1 }, 'Bundle.nonsense'],
  ])('%s', async (_what, body, expression) => expect(said(await ask('POST', '', body))).toEqual([400, `error structure ${expression}`]));
  it('ids and extensions are', async () => {
    const extension = [{ url: 'urn:x', valueString: 'y' }];
    const answer = await ask('POST', '', { ...bundle('transaction', { ...entry, id: 'a', extension, _fullUrl: { extension }, request: { ...entry.request, id: 'b', _url: { extension } } }), id: 'c', meta: {}, _type: { extension } });
    expect(answer.status, answer.text).toBe(200);
  });
});

it('each issue says its line and column in the text that was sent', async () => {
  const text = ['{', '  "resourceType": "Patient",', '  "name": [', '    { "family": "é", "use": "x" }', '  ],', '  "birthDate": "soon"', '}'].join('\r\n');
  const { json } = await send('POST', `${server().base}/Patient`, { body: text, headers: { 'content-type': 'application/fhir+json' } });
  const numberOf = (issue: any, url: string): number => issue.extension.find((one: any) => one.url.endsWith(url)).valueInteger;
  expect(json.issue.map((issue: any) => [issue.expression[0], numberOf(issue, 'line'), numberOf(issue, 'col')]).toSorted()).toEqual([['Patient.birthDate', 6, 16], ['Patient.name[0].use', 4, 29]]);
  expect(json.issue[0].diagnostics).toMatch(/\(line \d, column \d+\)$/);
});
