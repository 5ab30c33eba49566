/** A real population, loaded over HTTP: everything is there, and is found. Data of the shared folder; expected numbers in vectors/synthea_counts.json. */
import { readdirSync } from 'node:fs';
import { expect, it, describe } from 'vitest';
import { findFiles } from '../../scripts/load/files.ts';
import { load } from '../../scripts/load/load.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';
import { hasShared, isFull, readShared, sharedPath } from '../support/shared.ts';

interface Vectors {
  readonly totals: Readonly<Record<string, number>>;
}

describe.skipIf(!hasShared)('Synthea', () => {
  const server = useServer();
  const folder = sharedPath('data/synthea');
  /** The two of care providers, and the three smallest of patients; in a full run all 122. */
  const small = ['8a4c9c04', '6c8f3e83', '8708d3e1'];

  const filesToLoad = (): string[] => {
    const names = readdirSync(folder).filter((name) => name.endsWith('.json.gz'));
    return (isFull ? names : names.filter((name) => name.startsWith('0-') || small.some((start) => name.startsWith(start)))).map((name) => `${folder}/${name}`);
  };

  it('loads in any order without failure, and every resource is counted', { timeout: 280_000 }, async () => {
    // Patients first: their conditional references find nobody until the care providers are there, and the files are tried again.
    const files = await findFiles(filesToLoad().toSorted().toReversed());
    const { failures, stored, resources } = await load(files, { base: server().base, concurrency: 3 });
    expect(failures).toEqual([]);
    const { totals } = JSON.parse(readShared('vectors/synthea_counts.json').toString()) as Vectors;
    const expected = isFull ? totals : Object.fromEntries(stored);
    expect(Object.fromEntries(stored)).toEqual(expected);
    expect(resources).toBe(Object.values(expected).reduce((sum, count) => sum + count, 0));
    for (const [type, total] of Object.entries(expected)) {
      expect((await send('GET', `${server().base}/${type}?_summary=count`)).json.total, type).toBe(total);
    }
  });

  it('has resolved every conditional reference', async () => {
    const { json } = await send('GET', `${server().base}/Encounter?_count=1000`);
    const references = (json.entry as { resource: object }[]).map(({ resource }) => JSON.stringify(resource).match(/"reference":"[^"]*"/g) ?? []).flat();
    expect(references.length).toBeGreaterThan(json.entry.length * 3);
    expect(references.filter((text) => !/^"reference":"[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}"$/.test(text))).toEqual([]);
  });
});
