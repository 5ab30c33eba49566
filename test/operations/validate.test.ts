/** $validate. R4: resource-operation-validate.html. */
import { beforeAll, describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer({ VALIDATION: 'structure' });
const ask = (method: string, path: string, body?: unknown): Promise<Answer> => send(method, `${server().base}/${path}`, body === undefined ? {} : { body });
// A narrative is good practice (dom-6).
const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' };
const patient = { resourceType: 'Patient', text, active: true };
const asked = (...parameter: object[]): object => ({ resourceType: 'Parameters', parameter });
const resource = (one: object): object => ({ name: 'resource', resource: one });
const mode = (valueCode: string): object => ({ name: 'mode', valueCode });

beforeAll(async () => {
  expect((await ask('PUT', 'Patient/p', { ...patient, id: 'p' })).status).toBe(201);
  await ask('PUT', 'Patient/gone', { ...patient, id: 'gone' });
  await ask('DELETE', 'Patient/gone');
});

const fine = ['information informational undefined'];
const cases: readonly [what: string, method: string, path: string, body: unknown, status: number, issues: readonly string[]][] = [
  ['the resource itself', 'POST', 'Patient/$validate', patient, 200, fine],
  ['in Parameters', 'POST', 'Patient/$validate', asked(resource(patient)), 200, fine],
  ['for a create', 'POST', 'Patient/$validate', asked(resource(patient), mode('create')), 200, fine],
  ['all that is wrong', 'POST', 'Patient/$validate', { ...patient, gender: 'x', nonsense: 1 }, 200, ['error code-invalid Patient.gender', 'error structure Patient.nonsense']],
  ['an invariant that only FHIRPath says', 'POST', 'ValueSet/$validate', { resourceType: 'ValueSet', text, status: 'draft', compose: { include: [{ system: 'urn:x', valueSet: ['urn:v'], concept: [{ code: 'x' }], filter: [{ property: 'a', op: '=', value: 'b' }] }] } }, 200, ['error invariant ValueSet.compose.include[0]']],
  ['good practice', 'POST', 'Patient/$validate', { resourceType: 'Patient', active: true }, 200, ['warning invariant Patient']],
  ['another type than the path', 'POST', 'Patient/$validate', { resourceType: 'Basic', code: { text: 'x' } }, 200, ['error invalid Basic']],
  ['a profile that is not known', 'POST', 'Patient/$validate', asked(resource(patient), { name: 'profile', valueUri: 'urn:nonsense' }), 200, ['error not-found Patient']],
  ['what is stored', 'GET', 'Patient/p/$validate', undefined, 200, fine],
  ['what is stored, by POST', 'POST', 'Patient/p/$validate', asked(), 200, fine],
  ['an update', 'POST', 'Patient/p/$validate', asked(resource({ ...patient, id: 'p' }), mode('update')), 200, fine],
  ['an update of another id', 'POST', 'Patient/p/$validate', asked(resource({ ...patient, id: 'q' }), mode('update')), 200, ['error invalid Patient.id']],
  ['a deletion', 'POST', 'Patient/p/$validate', asked(mode('delete')), 200, fine],
  ['a deletion by query', 'GET', 'Patient/p/$validate?mode=delete', undefined, 200, fine],
  ['nothing', 'POST', 'Patient/$validate', asked(), 400, ['error required undefined']],
  ['a deletion without a resource', 'POST', 'Patient/$validate', asked(mode('delete')), 400, ['error required undefined']],
  ['a mode that is none', 'POST', 'Patient/$validate', asked(resource(patient), mode('x')), 400, ['error value undefined']],
  ['what is not there', 'GET', 'Patient/never/$validate', undefined, 404, ['error not-found undefined']],
  ['what was deleted', 'GET', 'Patient/gone/$validate', undefined, 410, ['error deleted undefined']],
  ['by GET without a resource', 'GET', 'Patient/$validate', undefined, 405, ['error not-supported undefined']],
];

describe('says what is wrong, and stores nothing', () => {
  it.each(cases)('%s', async (_what, method, path, body, status, issues) => {
    const answer = await ask(method, path, body);
    expect([answer.status, answer.json.resourceType, answer.json.issue.map(({ severity, code, expression }: any) => `${severity} ${code} ${expression?.[0]}`).toSorted()], answer.text).toEqual([status, 'OperationOutcome', issues]);
    expect((await ask('GET', 'Patient?_summary=count')).json.total).toBe(1);
  });

  it('in a batch too', async () => {
    const entry = (one: object): object => ({ resource: one, request: { method: 'POST', url: 'Patient/$validate' } });
    const { json } = await ask('POST', '', { resourceType: 'Bundle', type: 'batch', entry: [entry(patient), entry({ ...patient, gender: 'x' })] });
    expect(json.entry.map(({ response, resource: outcome }: any) => [response.status, outcome.issue.map(({ code }: any) => code).join()])).toEqual([['200 OK', 'informational'], ['200 OK', 'code-invalid']]);
  });
});
