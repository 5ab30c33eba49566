/** npm run validate: what a server has against a package, page by page, and on from where it was interrupted. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { reportLines } from '../../src/tools/validate/report.ts';
import { newState, readState, saveState } from '../../src/tools/validate/state.ts';
import { readDefinitions, validateStored } from '../../src/tools/validate/walk.ts';
import { createStructureValidator } from '../../src/validation/structure/validate.ts';
import { useFolder } from '../support/folder.ts';
import { profile, profilesWith } from '../support/profiles.ts';
import { useServer } from '../support/server.ts';

const server = useServer({ VALIDATION: 'off' });
const structure = createStructureValidator(loadDefinitions());
const profiles = profilesWith([profile('urn:named', 'Patient', [{ path: 'Patient.name', min: 1 }])]);
const file = join(useFolder(), 'state.json');

it('counts by profile and element, and goes on where it was interrupted', async () => {
  const entry = Array.from({ length: 1200 }, (_, n) => ({
    request: { method: 'PUT', url: `Patient/p${n}` },
    resource: { resourceType: 'Patient', id: `p${n}`, ...(n % 3 === 0 && { meta: { profile: ['urn:named'] } }), ...(n % 2 === 0 && { name: [{ text: 'x' }] }) },
  }));
  const posted = await fetch(server().base, { method: 'POST', headers: { 'content-type': 'application/fhir+json' }, body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }) });
  expect(posted.status).toBe(200);
  const options = { base: server().base, types: ['Patient', 'Observation'], asked: [], profiles, structure };
  let pages = 0;
  await expect(validateStored(readState(file, 'a'), { ...options, onPage: (state) => {
    saveState(file, state);
    if (++pages === 2) throw new Error('interrupted');
  } })).rejects.toThrow('interrupted');
  expect(readState(file, 'a').resources).toBe(1000);
  const state = await validateStored(readState(file, 'a'), { ...options, onPage: (one) => saveState(file, one) });
  expect(state).toMatchObject({
    resources: 1200, refused: 200, done: ['Patient', 'Observation'],
    profiles: { 'urn:named': { resources: 400, refused: 200 }, 'Patient without a profile': { resources: 800, refused: 0 } },
    findings: { error: { 'required urn:named Patient.name': { count: 200, example: 'Patient/p3' } }, warning: { 'invariant Patient': { count: 800, example: 'Patient/p1' } }, information: {} },
  });
  const report = reportLines(state);
  expect(report).toContain('    200        400  urn:named');
  expect(report.filter((line) => line.startsWith('  count'))).toEqual(['  count  refused for: code, profile and element; an example', '  count  stored, with a warning: code, profile and element; an example']);
  expect(() => readState(file, 'b')).toThrow('is of another validation');
});

it('may hold all to a profile', async () => {
  const state = await validateStored(newState('a'), { base: server().base, types: ['Patient'], asked: ['urn:named'], profiles, structure, onPage: () => {} });
  expect(state).toMatchObject({ resources: 1200, refused: 600 });
});

it('takes the profiles that the server has stored', async () => {
  expect((await fetch(`${server().base}/StructureDefinition`, { method: 'POST', headers: { 'content-type': 'application/fhir+json' }, body: JSON.stringify(profile('urn:stored', 'Patient', [{ path: 'Patient.name', min: 1 }], { name: 'Stored', status: 'active', abstract: false })) })).status).toBe(201);
  expect((await readDefinitions(server().base)).map(({ url }) => url)).toEqual(['urn:stored']);
});

it('says what of R4\'s structure was not asked of what is stored', async () => {
  for (const more of [{ gender: 'nobody' }, { gender: 7 }, { name: [{ wings: 2 }] }]) {
    expect((await fetch(`${server().base}/Basic`, { method: 'POST', headers: { 'content-type': 'application/fhir+json' }, body: JSON.stringify({ resourceType: 'Basic', contained: [{ resourceType: 'Patient', id: 'a', ...more }], subject: { reference: '#a' }, code: { text: 'x' } }) })).status).toBe(201);
  }
  const state = await validateStored(newState('a'), { base: server().base, types: ['Basic'], asked: [], profiles, structure, onPage: () => {} });
  expect(state).toMatchObject({ resources: 3, refused: 3 });
  expect(Object.keys(state.findings.error).toSorted()).toEqual(['code-invalid Basic.contained.gender (structure)', 'structure Basic.contained.name.wings (structure)', 'value Basic.contained.gender (structure)']);
});

it('says what the server answers', async () => {
  await expect(validateStored(newState('a'), { base: `${server().base}/none`, types: [], asked: [], profiles, structure, onPage: () => {} })).rejects.toThrow('/none/metadata answers 404');
});
