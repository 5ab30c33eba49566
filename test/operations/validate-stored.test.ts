/** $validate-stored: what profiles would refuse of what is stored, counted by profile and element as a job. R4: async.html. */
import { describe, expect, it } from 'vitest';
import { structureFaults } from '../support/conformance.ts';
import { send, type Answer } from '../support/http.ts';
import { profile } from '../support/profiles.ts';
import { serve, useServer } from '../support/server.ts';

const server = useServer({ VALIDATION: 'off' });
const named = 'http://example.org/StructureDefinition/named';

const start = (parameters: readonly object[] = [], base = server().base): Promise<Answer> => send('POST', `${base}/$validate-stored`, { body: { resourceType: 'Parameters', parameter: parameters } });
const byType = (valueCode: string): object => ({ name: 'type', valueCode });
const byProfile = (valueCanonical: string): object => ({ name: 'profile', valueCanonical });

/** @returns the output, with parts as objects */
async function ended(accepted: Answer, base = server().base): Promise<{ resources: number; refused: number; profile: any[]; finding: any[] }> {
  expect(accepted.status, accepted.text).toBe(202);
  const status = `${base}/_job/${accepted.headers['content-location']!.split('/').at(-1)}`;
  let answer = await send('GET', status);
  for (; answer.status === 202; answer = await send('GET', status)) {
    expect(answer.headers['x-progress']).toMatch(/^validate-stored: /);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  expect(answer.status, answer.text).toBe(200);
  expect(structureFaults(answer.json)).toEqual([]);
  const valueOf = ({ part, ...one }: any): any => (part === undefined ? Object.entries(one).find(([key]) => key !== 'name')![1] : Object.fromEntries(part.map((inner: any) => [inner.name, valueOf(inner)])));
  const values = (name: string): any[] => answer.json.parameter.filter((one: any) => one.name === name).map(valueOf);
  return { resources: values('resources')[0], refused: values('refused')[0], profile: values('profile'), finding: values('finding') };
}

const store = async (type: string, n: number, make: (n: number) => object): Promise<void> => {
  const entry = Array.from({ length: n }, (_, m) => ({ request: { method: 'PUT', url: `${type}/r${m}` }, resource: { resourceType: type, id: `r${m}`, ...make(m) } }));
  expect((await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(200);
};

describe('$validate-stored', () => {
  it('counts by profile and element what a write would be refused for, of texts of 450 resources in three steps', async () => {
    const definition = profile(named, 'Patient', [{ path: 'Patient.name', min: 1 }], { id: 'named', name: 'Named', status: 'active', abstract: false });
    expect((await send('PUT', `${server().base}/StructureDefinition/named`, { body: definition })).status).toBe(201);
    await store('Patient', 450, (n) => ({ text: { status: 'empty', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' }, ...(n % 3 === 0 && { meta: { profile: [named] } }), ...(n % 2 === 0 && { name: [{ text: 'x' }] }) }));
    await store('Basic', 3, (n) => (n === 0 ? { code: { text: 'x' }, wings: 2 } : { code: { text: 'x' }, meta: { profile: ['__proto__'] } }));
    const before = await send('GET', `${server().base}/_history?_count=1&_total=accurate`);
    const { resources, refused, profile: profiles, finding } = await ended(await start([byType('Patient'), byType('Basic')]));
    expect({ resources, refused }).toEqual({ resources: 453, refused: 76 });
    expect(profiles).toEqual([
      { profile: named, resources: 150, refused: 75 }, { profile: 'Basic without a profile', resources: 1, refused: 1 },
      { profile: 'Patient without a profile', resources: 300, refused: 0 }, { profile: '__proto__ (not loaded)', resources: 2, refused: 0 },
    ]);
    expect(finding.filter(({ severity }) => severity === 'error')).toEqual([
      { severity: 'error', code: 'required', element: 'named Patient.name', count: 75, example: { reference: 'Patient/r3' }, diagnostics: expect.stringContaining('named Patient.name: ') },
      { severity: 'error', code: 'structure', element: 'Basic.wings (structure)', count: 1, example: { reference: 'Basic/r0' }, diagnostics: expect.stringContaining('wings') },
    ]);
    expect(finding).toContainEqual({ severity: 'warning', code: 'not-found', element: 'Basic', count: 2, example: { reference: 'Basic/r1' }, diagnostics: expect.stringContaining('__proto__') });
    expect((await send('GET', `${server().base}/_history?_count=1&_total=accurate`)).json.total).toBe(before.json.total);
  });

  it('holds all of its type to a profile that is asked for, and looks at no other', async () => {
    const { resources, refused, profile: profiles } = await ended(await start([byProfile(named)]));
    expect({ resources, refused, profiles }).toEqual({ resources: 450, refused: 225, profiles: [{ profile: named, resources: 450, refused: 225 }] });
  });

  it('looks at everything where nothing is said; not at what was deleted', async () => {
    expect((await send('DELETE', `${server().base}/Basic/r0`)).status).toBe(200);
    expect((await ended(await start())).resources).toBe(453);
  });

  it('knows a profile that another server has just stored', async () => {
    const other = await serve(server().databaseUrl);
    try {
      const url = 'http://example.org/StructureDefinition/other';
      const definition = profile(url, 'Basic', [{ path: 'Basic.author', min: 1 }], { id: 'other', name: 'Other', status: 'active', abstract: false });
      expect((await send('PUT', `${other.base}/StructureDefinition/other`, { body: definition })).status).toBe(201);
      expect(await ended(await start([byProfile(url)]))).toMatchObject({ resources: 2, refused: 2 });
    } finally {
      await other.close();
    }
  });

  it('goes on with the counts of a run that ended in the middle', async () => {
    const found = { resources: 300, refused: 7, profiles: { [named]: { resources: 300, refused: 7 } }, findings: { error: { 'required named Patient.name': { count: 7, example: 'Patient/r1', diagnostics: 'x' } }, warning: {}, information: {} } };
    const [job] = await server().db.write.query<{ id: string }>({
      text: `insert into job (kind, input, checkpoint) select 'validate-stored', $1, jsonb_build_object('type', 0, 'after', (select rid::text from resource where type = 'Patient' and id = 'r299'),
        'end', (select max(rid)::text from resource where type = 'Patient'), 'resources', 300, 'found', $2::jsonb) returning id`,
      values: [JSON.stringify({ types: ['Patient'], profile: [named] }), JSON.stringify(found)],
    });
    const { resources, refused, finding } = await ended({ status: 202, text: '', headers: { 'content-location': `/_job/${job!.id}` } } as unknown as Answer);
    expect({ resources, refused }).toEqual({ resources: 450, refused: 82 });
    expect(finding[0]).toEqual({ severity: 'error', code: 'required', element: 'named Patient.name', count: 82, example: { reference: 'Patient/r1' }, diagnostics: 'x' });
  });

  it('can be cancelled', async () => {
    const status = `${server().base}/_job/${(await start()).headers['content-location']!.split('/').at(-1)}`;
    expect((await send('DELETE', status)).status).toBe(202);
    expect((await send('GET', status)).status).toBe(404);
  });

  it.each([
    ['an unknown profile', [byProfile('urn:unknown')], '"urn:unknown", which is not known here'],
    ['a profile in another version', [byProfile('http://hl7.org/fhir/StructureDefinition/vitalsigns|1.0')], 'in another version'],
    ['a profile of no resource', [byProfile('http://hl7.org/fhir/StructureDefinition/patient-birthPlace')], 'one of Extension'],
    ['an unknown type', [byType('Patiend')], '"Patiend", which is not a resource type'],
    ['a type that no profile is for', [byProfile(named), byType('Basic')], '"profile" has none of that type'],
  ])('refuses %s', async (_, parameters, message) => {
    const answer = await start(parameters);
    expect([answer.status, answer.json.issue[0].diagnostics]).toEqual([400, expect.stringContaining(message)]);
  });

  it('is not to be had by GET', async () => {
    expect((await send('GET', `${server().base}/$validate-stored`)).status).toBe(405);
  });
});
