/** The generator of synthetic patients, and the sample of data/ that it made. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { generate } from '../../src/tools/generate.ts';

const sample = join(import.meta.dirname, '../../data');
const folders: string[] = [];
const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'verbatim-generate-'));
  folders.push(folder);
  return folder;
};
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const bundles = (folder: string): string[] => readdirSync(folder).filter((file) => file.endsWith('.json')).toSorted();
const resources = (folder: string): any[] => bundles(folder).flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')).entry.map((entry: any) => entry.resource));

describe('data/', () => {
  it('is what the generator makes, byte for byte', async () => {
    const made = temporary();
    await generate(24, 'verbatim', made);
    expect(bundles(made)).toEqual(bundles(sample));
    for (const file of bundles(sample)) expect(readFileSync(join(made, file)).equals(readFileSync(join(sample, file))), file).toBe(true);
  });

  it('is under 4 MB and holds at least 20 patients with linked records of every kind', () => {
    const all = resources(sample);
    expect(bundles(sample).reduce((sum, file) => sum + readFileSync(join(sample, file)).length, 0)).toBeLessThan(4_000_000);
    const types = new Set(all.map(({ resourceType }) => resourceType));
    for (const type of ['Organization', 'Location', 'Practitioner', 'PractitionerRole', 'Encounter', 'Condition', 'Observation', 'MedicationRequest', 'Immunization', 'AllergyIntolerance', 'Procedure', 'DiagnosticReport']) {
      expect(types).toContain(type);
    }
    const patients = all.filter(({ resourceType }) => resourceType === 'Patient');
    expect(patients.length).toBeGreaterThanOrEqual(20);
    for (const { id } of patients) {
      const own = all.filter((resource) => [resource.subject, resource.patient].some((reference) => reference?.reference === `Patient/${id}`));
      expect(own.length, id).toBeGreaterThan(5);
    }
    expect(all.some(({ component }) => component?.[0].code.coding[0].code === '8480-6')).toBe(true);
  });

  it('refers only to what it holds', () => {
    const all = resources(sample);
    const known = new Set(all.map(({ resourceType, id }) => `${resourceType}/${id}`));
    expect(known.size).toBe(all.length);
    const references = [...JSON.stringify(all).matchAll(/"reference":"([^"]+)"/g)].map(([, reference]) => reference!);
    expect(references.length).toBeGreaterThan(1_000);
    expect(references.filter((reference) => !known.has(reference))).toEqual([]);
  });

  it('keeps decimals as measured', () => {
    expect(readFileSync(join(sample, bundles(sample)[1]!), 'utf8')).toMatch(/"value":\d+\.\d*0,/);
  });
});

it('other seeds give other people, and folders hold at most 1,000 patients', async () => {
  const [a, b] = [temporary(), temporary()];
  await generate(2, 'a', a);
  await generate(2, 'b', b);
  expect(resources(a).find(({ resourceType }) => resourceType === 'Patient').id).not.toBe(resources(b).find(({ resourceType }) => resourceType === 'Patient').id);
  await generate(1_001, 'c', a);
  expect(readdirSync(join(a, '000'))).toHaveLength(1_000);
  expect(readdirSync(join(a, '001'))).toHaveLength(1);
});
