/** Packages that a server is given at start: what is wrong is logged, and what they define can be read and is advertised. R4: capabilitystatement.html. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archive } from '../support/archive.ts';
import { useFolder } from '../support/folder.ts';
import { profile } from '../support/profiles.ts';
import { useServer } from '../support/server.ts';

const folder = useFolder();
const file = (name: string, content: object) => ({ name: `package/${name}.json`, content: JSON.stringify(content) });
writeFileSync(join(folder, 'a.tgz'), archive([
  file('package', { name: 'a.b', version: '1.0.0', dependencies: { 'c.d': '2.0.0' } }),
  file('StructureDefinition-named', profile('http://example.org/named', 'Patient', [{ path: 'Patient.name', min: 1 }], { id: 'named' })),
  file('StructureDefinition-bad', profile('http://example.org/bad', 'Patient', [{ path: 'Patient.wings', min: 1 }], { id: 'bad' })),
  file('StructureDefinition-fhirpath', profile('http://example.org/fhirpath', 'Patient', [{ path: 'Patient', constraint: [{ key: 'x-1', severity: 'error', expression: 'name.(' }] }], { id: 'fhirpath' })),
  file('StructureDefinition-circle', { ...profile('http://example.org/circle', 'Patient', []), id: 'circle', baseDefinition: 'http://example.org/circle' }),
  file('StructureDefinition-Patient', profile('http://hl7.org/fhir/StructureDefinition/Patient', 'Patient', [], { id: 'Patient' })),
  file('ValueSet-v', { resourceType: 'ValueSet', id: 'v', url: 'http://example.org/v', status: 'active' }),
]));
writeFileSync(join(folder, 'b.tgz'), 'no archive');

const server = useServer({ PACKAGES: folder });
const get = async (path: string) => {
  const response = await fetch(`${server().base}/${path}`);
  return { status: response.status, json: (await response.json()) as any };
};

describe('a package', () => {
  it('has its mistakes in the log, and the server serves', async () => {
    const lines = server().log.map((line) => JSON.parse(line)).filter(({ problem, missing }) => problem !== undefined || missing !== undefined);
    expect(lines.map(({ level, problem, missing }) => [level, problem ?? missing])).toEqual([
      [40, 'package a.b is built on packages that are not there: c.d 2.0.0'],
      [50, expect.stringMatching(/b\.tgz: incorrect header check$/)],
      [50, 'http://example.org/bad, element Patient.wings: the base has no element wings here'],
      [50, expect.stringMatching(/^fhirpath Patient: the expression of x-1 does not compile: /)],
      [50, 'http://example.org/circle: is built on itself'],
    ]);
    expect((await get('Patient')).status).toBe(200);
  });

  it('can be read, behind what R4 has and before what is stored', async () => {
    expect(await get('StructureDefinition/named')).toMatchObject({ status: 200, json: { url: 'http://example.org/named', derivation: 'constraint' } });
    expect(await get('ValueSet/v')).toMatchObject({ status: 200, json: { url: 'http://example.org/v' } });
    expect((await get('StructureDefinition/Patient')).json.derivation).toBe('specialization');
    expect((await get('StructureDefinition?_summary=count')).json.total).toBe(0);
    const put = await fetch(`${server().base}/ValueSet/v`, { method: 'PUT', headers: { 'content-type': 'application/fhir+json' }, body: JSON.stringify({ resourceType: 'ValueSet', id: 'v', url: 'http://example.org/w', status: 'draft' }) });
    expect(put.status).toBe(201);
    expect((await get('ValueSet/v')).json.url).toBe('http://example.org/w');
  });

  it('is advertised: profiles that can be used, by type', async () => {
    const { json } = await get('metadata');
    const of = (type: string) => json.rest[0].resource.find((one: any) => one.type === type);
    expect(of('Patient').supportedProfile).toEqual(['http://example.org/named', 'http://example.org/fhirpath'].toSorted());
    expect(of('Observation')).not.toHaveProperty('supportedProfile');
  });
});
