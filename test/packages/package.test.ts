/** FHIR packages, and archives that mean harm. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadPackages } from '../../src/packages/load.ts';
import { readPackage } from '../../src/packages/package.ts';
import { tarLimits } from '../../src/packages/tar.ts';
import { archive, type Entry } from '../support/archive.ts';
import { useFolder } from '../support/folder.ts';
import { hasShared, readShared, sharedPath } from '../support/shared.ts';

const manifest: Entry = { name: 'package/package.json', content: JSON.stringify({ name: 'a.b', version: '1.0.0', dependencies: { 'hl7.fhir.r4.core': '4.0.1', 'c.d': '2.0.0' } }) };
const profile: Entry = { name: 'package/StructureDefinition-x.json', content: '\uFEFF{"resourceType":"StructureDefinition","url":"urn:x"}' };

describe('a package', () => {
  it('has name, version, dependencies and resources; examples and folders are passed over', async () => {
    const other: Entry = { name: 'package/example/Patient-1.json', content: '{"resourceType":"Patient"}' };
    const read = await readPackage(archive([manifest, profile, other, { name: 'package/.index.json', content: '{}' }, { name: 'package/bad.json', content: '[' }]));
    expect(read).toEqual({
      name: 'a.b', version: '1.0.0', dependencies: { 'hl7.fhir.r4.core': '4.0.1', 'c.d': '2.0.0' },
      resources: [{ resourceType: 'StructureDefinition', url: 'urn:x' }], problems: ['package/bad.json is no JSON object'],
    });
  });

  it('may have long names, in either way', async () => {
    const long = `package/StructureDefinition-${'x'.repeat(120)}.json`;
    const entries: Entry[] = [
      manifest, { name: '././@LongLink', type: 'L', content: `${long}\0` }, { ...profile, name: 'short' },
      { name: 'pax', type: 'x', content: `${14 + long.length} path=${long}\n` }, { ...profile, name: 'short' },
    ];
    expect((await readPackage(archive(entries))).resources).toHaveLength(2);
  });
});

describe('an archive', () => {
  const refused: [what: string, bytes: Uint8Array, message: string | RegExp][] = [
    ['that is no gzip', Buffer.from('hello'), /incorrect header/],
    ['that is no tar', gzipSync(Buffer.alloc(1024, 'a')), 'no tar archive'],
    ['that is cut short', gzipSync(gunzipped([manifest, profile]).subarray(0, 1560)), 'cut short'],
    ['without a manifest', archive([profile]), 'has no package/package.json'],
    ['with a manifest that is no JSON', archive([{ ...manifest, content: '{' }]), 'has no package/package.json'],
    ['that leads upwards', archive([manifest, { ...profile, name: 'package/../../etc/x.json' }]), 'leads out of the archive'],
    ['with an absolute path', archive([manifest, { ...profile, name: '/etc/x.json' }]), 'leads out of the archive'],
    ['of too many entries', archive(Array.from({ length: 30 }, () => manifest)), 'more than 20 entries'],
    ['with a file too large', archive([manifest, { ...profile, content: ' '.repeat(5000) }]), 'more than 4096'],
    ['that inflates to too much', archive([manifest, { name: 'package/other', content: '0'.repeat(1_000_000) }]), 'inflates to more than 100000 bytes'],
  ];
  it.each(refused)('%s is refused', async (_what, bytes, message) => {
    await expect(readPackage(bytes, { limits: { total: 100_000, file: 4096, entries: 20 } })).rejects.toThrow(message);
  });

  it('has nothing of links', async () => {
    const link: Entry = { name: 'package/StructureDefinition-link.json', type: '2', content: '' };
    expect((await readPackage(archive([manifest, link]))).resources).toEqual([]);
  });
});

describe('packages at start', () => {
  const folder = useFolder();

  it('are read from files and folders; what is wrong is named', async () => {
    writeFileSync(join(folder, 'a.tgz'), archive([manifest, profile]));
    writeFileSync(join(folder, 'b.tgz'), 'no archive');
    writeFileSync(join(folder, 'c.tgz'), archive([manifest]));
    const { packages, problems, missing } = await loadPackages([folder, join(folder, 'none.tgz')]);
    expect(packages.map(({ name, version }) => `${name} ${version}`)).toEqual(['a.b 1.0.0']);
    expect(problems).toEqual([
      expect.stringMatching(/b\.tgz: incorrect header check$/), 'package a.b 1.0.0 (c.tgz) is left out, since 1.0.0 is loaded',
      expect.stringMatching(/none\.tgz: ENOENT/),
    ]);
    expect(missing).toEqual(['package a.b is built on packages that are not there: c.d 2.0.0']);
  });

  it.skipIf(!hasShared)('US Core 6.1', async () => {
    const { packages: [core], problems, missing } = await loadPackages([sharedPath('data', 'us-core', 'us_core_610.tgz')]);
    expect(core).toMatchObject({ name: 'hl7.fhir.us.core', version: '6.1.0' });
    const count = (type: string): number => core!.resources.filter(({ resourceType }) => resourceType === type).length;
    expect([count('StructureDefinition'), count('SearchParameter'), count('ValueSet'), count('CodeSystem')]).toEqual([59, 106, 36, 5]);
    expect(problems).toEqual([]);
    expect(missing).toEqual([expect.stringContaining('hl7.terminology.r4 5.0.0')]);
    const examples = await readPackage(readShared('data', 'us-core', 'us_core_610.tgz'), { wanted: (name) => name.startsWith('package/example/'), limits: tarLimits });
    expect(examples.resources).toHaveLength(183);
  });
});

function gunzipped(entries: Entry[]): Buffer {
  return archive(entries, false);
}
