/** A real population, loaded over HTTP: everything is there, and is found. Data of the shared folder; expected numbers in vectors/synthea_counts.json. */
import { readdirSync } from 'node:fs';
import { expect, it, describe } from 'vitest';
import { findFiles } from '../../src/tools/load/files.ts';
import { load } from '../../src/tools/load/load.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';
import { hasShared, isFull, readShared, sharedPath } from '../support/shared.ts';

interface Vectors {
  readonly totals: Readonly<Record<string, number>>;
  readonly counts: readonly { readonly path: string; readonly sort: string | null; readonly expectTotal: number }[];
  readonly compartment: readonly { readonly path: string; readonly expectTotal: number }[];
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

  it.skipIf(!isFull)('answers every count: alone, with a page, and sorted', { timeout: 120_000 }, async () => {
    const { counts } = JSON.parse(readShared('vectors/synthea_counts.json').toString()) as Vectors;
    for (const { path, sort, expectTotal } of counts) {
      const [type, query] = path.split('?') as [string, string];
      const post = (more: string) => send('POST', `${server().base}/${type}/_search`, { body: `${query}&${more}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
      expect((await post('_summary=count')).json.total, path).toBe(expectTotal);
      const answer = await post(`_total=accurate${sort === null ? '' : `&_sort=${sort}`}`);
      expect([answer.json.total, answer.json.entry?.length ?? 0], path).toEqual([expectTotal, Math.min(expectTotal, 50)]);
    }
  });

  it.skipIf(!isFull)('answers what belongs to a patient', async () => {
    const { compartment } = JSON.parse(readShared('vectors/synthea_counts.json').toString()) as Vectors;
    for (const { path, expectTotal } of compartment) {
      const identifier = /{id of identifier (.*)}/.exec(path)![1]!;
      const { json } = await send('GET', `${server().base}/Patient?identifier=${encodeURIComponent(identifier)}`);
      const answer = await send('GET', `${server().base}/${path.replace(/{.*}/, json.entry[0].resource.id)}?_total=accurate`);
      expect(answer.json.total, path).toBe(expectTotal);
    }
  });
});
