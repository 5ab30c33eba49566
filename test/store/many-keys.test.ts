/** Resources that are found by thousands of values: stored whole, and found by the last of them as by the first. R4: search.html. */
import { describe, expect, it } from 'vitest';
import { indexRows } from '../support/index-rows.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const found = async (query: string): Promise<string[]> => {
  const { status, json, text } = await send('GET', `${server().base}/${query}`);
  expect(status, text.slice(0, 300)).toBe(200);
  return (json.entry ?? []).map(({ resource }: any) => `${resource.resourceType}/${resource.id}`);
};

const cases: readonly [resource: any, queries: readonly string[], none: string][] = [
  [{ resourceType: 'CodeSystem', id: 'large', url: 'http://example.org/cs', status: 'active', content: 'complete', concept: many(3_428, (n) => ({ code: `c${n}`, display: `Concept ${n}`, designation: [{ language: `x-${n}`, value: `Begriff ${n}` }] })) },
    ['CodeSystem?code=c0', 'CodeSystem?code=c3427', 'CodeSystem?code=c17&code=c3000&url=http://example.org/cs', 'CodeSystem?language=x-3427'], 'CodeSystem?code=c3428'],
  [{ resourceType: 'Group', id: 'large', type: 'person', actual: true, member: many(10_000, (n) => ({ entity: { reference: `Patient/p${n}` } })) },
    ['Group?member=Patient/p0', 'Group?member=Patient/p9999', 'Patient/p9998/Group', 'Group?member=p1&member=p9999'], 'Group?member=Patient/p10000'],
  [{ resourceType: 'Bundle', id: 'large', type: 'collection', entry: many(2_000, (n) => ({ fullUrl: `http://example.org/fhir/Observation/o${n}`, resource: { resourceType: 'Observation', id: `o${n}`, status: 'final', code: { text: 'x' }, subject: { reference: `Patient/p${n}` } } })) },
    ['Bundle?type=collection'], 'Bundle?type=document'],
  [{ resourceType: 'QuestionnaireResponse', id: 'large', status: 'completed', subject: { reference: 'Patient/p1' }, item: many(2_000, (n) => ({ linkId: `l${n}`, answer: [{ valueCoding: { system: 'http://example.org/answers', code: `a${n}` } }] })) },
    ['QuestionnaireResponse?subject=Patient/p1'], 'QuestionnaireResponse?subject=Patient/p2'],
  [{ resourceType: 'List', id: 'large', status: 'current', mode: 'working', entry: many(5_000, (n) => ({ item: { reference: `Observation/o${n}` } })) },
    ['List?item=Observation/o4999', 'List?item:Observation=o0'], 'List?item=Observation/o5000'],
];

describe.each(cases)('%o', (resource, queries, none) => {
  const path = `${resource.resourceType}/${resource.id}`;

  it('is stored and found', async () => {
    expect((await send('PUT', `${server().base}/${path}`, { body: resource })).status).toBe(201);
    const { text } = await send('GET', `${server().base}/${path}`);
    const { meta: _, ...read } = JSON.parse(text);
    expect(read).toEqual(resource);
    for (const query of queries) expect(await found(query), query).toEqual([path]);
    expect(await found(none)).toEqual([]);
  });
});

it('is found by what an update adds, and no more by what it takes away', async () => {
  const [[codeSystem], [group]] = cases as [typeof cases[0], typeof cases[0]];
  for (const [resource, list, one] of [[codeSystem, 'concept', { code: 'new' }], [group, 'member', { entity: { reference: 'Patient/new' } }]] as const) {
    const changed = { ...resource, [list]: [...resource[list].slice(1), one] };
    expect((await send('PUT', `${server().base}/${resource.resourceType}/large`, { body: changed })).status).toBe(200);
  }
  expect([await found('CodeSystem?code=new'), await found('CodeSystem?code=c0'), await found('CodeSystem?code=c3427')]).toEqual([['CodeSystem/large'], [], ['CodeSystem/large']]);
  expect([await found('Group?member=Patient/new'), await found('Group?member=Patient/p0'), await found('Patient/p0/Group'), await found('Group?member=p9999')]).toEqual([['Group/large'], [], [], ['Group/large']]);
  const rows = await indexRows(server().db.read);
  const { headers } = await send('POST', `${server().base}/$reindex`, { body: { resourceType: 'Parameters', parameter: ['CodeSystem', 'Group', 'List'].map((type) => ({ name: 'type', valueCode: type })) } });
  await expect.poll(async () => (await send('GET', headers['content-location']!)).json?.parameter?.[1], { timeout: 20_000 }).toEqual({ name: 'changed', valueInteger: 0 });
  expect(await indexRows(server().db.read)).toEqual(rows);
  expect((await send('DELETE', `${server().base}/Group/large`)).status).toBe(200);
  expect(await found('Group?member=p9999')).toEqual([]);
});
