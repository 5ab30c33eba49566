/**
 * The engine against the oracle: random queries over Synthea's data and the corners, count for count, and for a part of them page for
 * page. R4: search.html. `VERBATIM_FULL` loads all files and asks 5,000.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { hasShared, isFull } from '../support/shared.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';
import { judge, type Verdict } from './judge.ts';
import { corners } from './corners.ts';
import { createData, type Data } from './data.ts';
import { readBundle, syntheaFiles } from './files.ts';
import { isObject, listOf, parseJson, textOf, type JsonObject } from './json.ts';
import { queries } from './queries.ts';

/**
 * What the server may still refuse, by feature. A refusal of anything else fails the test, and so does an entry here that is answered.
 */
const unsupported: ReadonlySet<string> = new Set<string>([]);

/** Three patients whose records hold every type of the 120. */
const patients = ['8a4c9c04-1524-9f1c-d65b-9b17e4520fef', 'b6f92fa3-b989-fa1b-aad8-aafb1020a5e9', 'b9590b16-804d-3d9f-0de0-b80b794f1017'];
const wanted = Number(process.env['VERBATIM_QUERIES'] ?? (isFull ? 5_000 : 400));
/** One of so many is walked through all its pages; sorted ones always are. */
const walkEvery = 6;
/** The server takes references under its configured port for its own; that it listens elsewhere in tests it cannot know. */
const ownBases = ['http://localhost:8080/fhir', 'http://127.0.0.1:8080/fhir'];
const seed = Number(process.env['VERBATIM_SEED'] ?? 1);

describe.skipIf(!hasShared)('random queries', () => {
  const server = useServer();
  let data: Data;

  beforeAll(async () => {
    const { base } = server();
    const files = syntheaFiles().filter((name) => isFull || name.startsWith('0-') || patients.some((id) => name.startsWith(id)));
    for (const name of files) expect((await send('POST', base, { body: readBundle(name) })).status, name).toBe(200);
    const entries = corners.map((text) => {
      const { resourceType, id } = JSON.parse(text) as { resourceType: string; id: string };
      return `{"resource":${text},"request":{"method":"PUT","url":"${resourceType}/${id}"}}`;
    });
    const answer = await send('POST', base, { body: `{"resourceType":"Bundle","type":"transaction","entry":[${entries.join()}]}` });
    expect(answer.status, answer.text.slice(0, 2000)).toBe(200);
    data = createData(await everything(base), ownBases);
  }, isFull ? 1_200_000 : 120_000);

  it(`of seed ${seed} are answered as the oracle answers them`, async () => {
    const verdicts: Verdict[] = [];
    const seen = new Set<string>();
    for (const query of queries(data, seed)) {
      if (seen.has(query)) continue;
      seen.add(query);
      verdicts.push(await judge(query, server().base, data, query.includes('_sort=') || seen.size % walkEvery === 0));
      if (verdicts.length === wanted) break;
    }
    show(verdicts);
    const refused = verdicts.filter(({ kind }) => kind === 'refused');
    const unforgiven = refused.filter(({ features }) => features.every((feature) => !unsupported.has(feature)));
    expect([...verdicts.filter(({ kind }) => kind === 'differs'), ...unforgiven].map(({ query, detail }) => `${decodeURIComponent(query)}: ${detail}`)).toEqual([]);
    const answered = new Set(verdicts.filter(({ kind }) => kind !== 'refused').flatMap(({ features }) => features));
    expect([...unsupported].filter((feature) => answered.has(feature)), 'answered, and yet forgiven').toEqual([]);
  }, isFull ? 3_600_000 : 300_000);
});

/** All current resources by the history, which no search has a part in. */
async function everything(base: string): Promise<JsonObject[]> {
  const found = new Map<string, JsonObject | undefined>();
  for (let next: string | undefined = `${base}/_history?_count=500`; next !== undefined;) {
    const answer = await send('GET', next);
    expect(answer.status, answer.text.slice(0, 500)).toBe(200);
    const bundle = parseJson(answer.text);
    for (const entry of listOf(bundle, 'entry')) {
      const { resource, request } = entry as JsonObject;
      const key = textOf(request, 'url')!.split('/').slice(-2).join('/');
      // Newest first: what comes later in the history is older.
      const name = isObject(resource) ? `${textOf(resource, 'resourceType')}/${textOf(resource, 'id')}` : key;
      if (!found.has(name)) found.set(name, isObject(resource) ? resource : undefined);
    }
    next = textOf(listOf(bundle, 'link').find((link) => textOf(link, 'relation') === 'next'), 'url');
  }
  return [...found.values()].filter((resource) => resource !== undefined);
}

/** What was asked, answered and refused, by feature. */
function show(verdicts: readonly Verdict[]): void {
  const table = new Map<string, { asked: number; refused: number; differs: number }>();
  for (const { kind, features } of verdicts) {
    for (const feature of features) {
      const row = table.get(feature) ?? { asked: 0, refused: 0, differs: 0 };
      table.set(feature, { asked: row.asked + 1, refused: row.refused + (kind === 'refused' ? 1 : 0), differs: row.differs + (kind === 'differs' ? 1 : 0) });
    }
  }
  console.table(Object.fromEntries([...table].toSorted(([a], [b]) => (a < b ? -1 : 1))));
  const counted = (kind: Verdict['kind']): number => verdicts.filter((verdict) => verdict.kind === kind).length;
  const nonEmpty = verdicts.filter(({ expected }) => expected > 0).length;
  console.log(`${verdicts.length} queries, ${nonEmpty} of them with matches: ${counted('agrees')} agree, ${counted('differs')} differ, ${counted('refused')} refused`);
}
