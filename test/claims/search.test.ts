/**
 * What the CapabilityStatement claims of search, tried on every type: each parameter finds what has the value and does not find by
 * another, each include brings what it names; and what is not claimed is refused. R4: capabilitystatement.html, search.html.
 *
 * Values come from HL7's official examples, and where those have none, from resources made from the definitions.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { parametersOf } from '../oracle/definitions.ts';
import { inject, store, type Injected } from '../support/inject.ts';
import { isFull } from '../support/shared.ts';
import { useServer } from '../support/server.ts';
import { criterionAgainst } from './criterion.ts';
import { createClaimData, createLinks, type ClaimData, type Link } from './data.ts';

const definitions = loadDefinitions();
const server = useServer();
const get = (path: string): Promise<Injected> => inject(server(), 'GET', path);
const idsOf = ({ json }: Injected): string[] => (json.entry ?? []).map(({ resource }: any) => `${resource.resourceType}/${resource.id}`);
const query = (parameters: readonly (readonly [string, string])[]): string => new URLSearchParams(parameters.map(([name, value]) => [name, value])).toString();

let rest: any;
let data: ClaimData;
let links: Link[];
const ofType = (type: string): any => rest.resource.find((one: any) => one.type === type);

beforeAll(async () => {
  data = createClaimData(definitions);
  links = createLinks(definitions, isFull);
  const list = { resourceType: 'List', id: 'all', status: 'current', mode: 'working', entry: definitions.resourceTypes.map((type) => ({ item: { reference: `${type}/claimed` } })) };
  await store(server(), [...data.stored, ...links, { type: 'List', id: 'all', text: JSON.stringify(list) }]);
  rest = (await get('metadata')).json.rest[0];
}, 120_000);

describe('each parameter of each type', () => {
  it('has an example with a value: one of HL7\'s, or one that is made', () => {
    expect(data.without).toEqual([]);
    const claimed = rest.resource.reduce((sum: number, { searchParam }: any) => sum + searchParam.length, 0);
    const tried = [...data.examples.values()].flatMap((one) => [...one.values()]);
    // _has and _list have tests of their own.
    expect(tried.length + 2 * 146).toBe(claimed);
    expect(tried.filter(({ isOfficial }) => isOfficial).length).toBeGreaterThan(1_200);
  });

  it.each(definitions.resourceTypes)('%s', async (type) => {
    const { searchParam } = ofType(type);
    const wrong: string[] = [];
    for (const { name, type: kind } of searchParam) {
      if (name === '_has' || name === '_list') continue;
      const parameter = parametersOf(type).get(name)!;
      expect(kind, name).toBe(parameter.type);
      const { id, criterion } = data.examples.get(type)!.get(name)!;
      const found = await get(`${type}?${query([[name, criterion], ['_elements', 'id'], ['_count', '1000']])}`);
      if (found.status !== 200 || !idsOf(found).includes(`${type}/${id}`)) wrong.push(`${name}=${criterion} does not find ${id}: ${found.text.slice(0, 300)}`);
      const against = criterionAgainst(parameter);
      const missed = await get(`${type}?${query([[name, against]])}`);
      if (missed.status !== 200 || missed.json.total !== 0) wrong.push(`${name}=${against} finds something: ${missed.text.slice(0, 300)}`);
    }
    expect(wrong).toEqual([]);
  });

  it('_list and _has find on every type, and do not', async () => {
    for (const { type, searchRevInclude } of rest.resource) {
      expect(idsOf(await get(`${type}?_list=all`)), type).toContain(`${type}/claimed`);
      expect((await get(`${type}?_list=none`)).json.total).toBe(0);
      if (type === 'Parameters') {
        expect((await get('Parameters?_has:List:item:_id=all')).status).toBe(400);
        continue;
      }
      const link = links.find((one) => one.target === type && one.text.includes(`"${type}/claimed"`) && searchRevInclude.includes(`${one.type}:${one.code}`));
      // Only some types are referred to by others than those that may refer to any.
      const [source, code, id] = link === undefined ? ['List', 'item', 'all'] : [link.type, link.code, link.id];
      expect(idsOf(await get(`${type}?_has:${source}:${code}:_id=${id}`)), `${type} ${source}:${code}`).toEqual([`${type}/claimed`]);
      expect((await get(`${type}?_has:${source}:${code}:_id=none`)).json.total).toBe(0);
    }
  });

  it('the system\'s: common to all types, and _type', async () => {
    for (const { name } of rest.searchParam) {
      const [value, none] = name === '_type' ? ['Basic', 'Linkage'] : name === '_list' ? ['all', 'none'] : [data.examples.get('Basic')!.get(name)?.criterion, criterionAgainst(parametersOf('Basic').get(name) ?? parametersOf('Basic').get('_id')!)];
      const [criterion, against] = [`${name}=${encodeURIComponent(value!)}`, `${name}=${encodeURIComponent(none)}`];
      const isHere = async (text: string): Promise<boolean> => idsOf(await get(`?${text}${name === '_id' ? '' : '&_id=claimed'}&_elements=id&_count=1000`)).includes('Basic/claimed');
      expect([name, await isHere(criterion), await isHere(against)], JSON.stringify((await get(`?${criterion}&_id=claimed&_elements=id`)).json).slice(0, 600)).toEqual([name, true, false]);
    }
  });
});

describe('each include of each type', () => {
  it('_include brings what is referred to', async () => {
    const wrong: string[] = [];
    const tried = new Set<string>();
    for (const { type, id, code, target } of links) {
      const include = `${type}:${code}`;
      expect(ofType(type).searchInclude).toContain(include);
      if (tried.has(`${include} ${target}`)) continue;
      tried.add(`${include} ${target}`);
      const found = await get(`${type}?_id=${id}&_include=${encodeURIComponent(include)}&_elements=id`);
      if (!idsOf(found).includes(`${target}/claimed`)) wrong.push(`${include} of ${id}: ${found.text}`);
    }
    expect(wrong).toEqual([]);
    const claimed = rest.resource.flatMap(({ searchInclude }: any) => searchInclude).filter((value: string) => value !== '*');
    const brought = new Set(links.map(({ type, code }) => `${type}:${code}`));
    expect(claimed.filter((value: string) => !brought.has(value))).toEqual([]);
  }, 300_000);

  it('_revinclude brings what refers; all that is claimed is taken', async () => {
    const wrong: string[] = [];
    for (const [n, { type, searchRevInclude }] of rest.resource.entries()) {
      const expected = links.filter(({ target }) => target === type);
      for (const { code, type: source } of expected) expect(searchRevInclude, type).toContain(`${source}:${code}`);
      const asked = isFull || n % 12 === 0 ? searchRevInclude.filter((value: string) => value !== '*') : [...new Set(expected.map(({ type: source, code }) => `${source}:${code}`))];
      const form = query([['_id', 'claimed'], ['_elements', 'id'], ...asked.map((value: string) => ['_revinclude', value] as const)]);
      const found = await inject(server(), 'POST', `${type}/_search`, form, { 'content-type': 'application/x-www-form-urlencoded' });
      expect(found.status, found.text.slice(0, 500)).toBe(200);
      const brought = new Set(idsOf(found));
      wrong.push(...expected.filter((link) => !brought.has(`${link.type}/${link.id}`)).map((link) => `${type} by ${link.type}:${link.code}`));
    }
    expect(wrong).toEqual([]);
  }, 300_000);

  it('* brings all', async () => {
    for (const { type, searchInclude, searchRevInclude } of rest.resource) {
      expect([searchInclude[0], searchRevInclude[0]]).toEqual(['*', '*']);
      const link = links.find((one) => one.type === type);
      if (link !== undefined) expect(idsOf(await get(`${type}?_id=${link.id}&_include=*`)), `${type} ${link.code}`).toContain(`${link.target}/claimed`);
    }
    const back = links.find(({ target }) => target === 'Patient')!;
    expect(idsOf(await get('Patient?_id=claimed&_revinclude=*'))).toContain(`${back.type}/${back.id}`);
  });
});

describe('what is not claimed is refused', () => {
  it('parameters of other types, unknown ones, and includes by what is no reference', { timeout: 300_000 }, async () => {
    const all = [...new Set<string>(rest.resource.flatMap(({ searchParam }: any) => searchParam.map(({ name }: any) => name)))].toSorted();
    for (const [n, { type, searchParam }] of rest.resource.entries()) {
      const own = new Set(searchParam.map(({ name }: any) => name));
      const others = all.filter((name, m) => !own.has(name) && (isFull || (n + m) % 60 === 0));
      for (const name of ['nonsense', '_text', '_content', '_filter', '_query', ...others]) {
        const answer = await get(`${type}?${name}=x`);
        expect([name, answer.status, answer.json.resourceType], type).toEqual([name, 400, 'OperationOutcome']);
      }
      const plain = searchParam.find((one: any) => one.type === 'token').name;
      for (const name of ['_include', '_revinclude']) expect((await get(`${type}?${name}=${type}:${plain}`)).status, `${type} ${plain}`).toBe(400);
    }
  });

  it('modifiers: each SearchParameter names those that it takes, and no other is taken', async () => {
    const wrong: string[] = [];
    const every = ['missing', 'exact', 'contains', 'not', 'text', 'in', 'not-in', 'below', 'above', 'type', 'identifier', 'of-type', 'nonsense'];
    const canonicals = new Map<string, { name: string; type: string }>();
    for (const { type, searchParam } of rest.resource) for (const { name, definition } of searchParam) if (definition !== undefined && !canonicals.has(definition)) canonicals.set(definition, { name, type });
    for (const [n, [canonical, { name, type }]] of [...canonicals].entries()) {
      // Where an example is stored under the id of the definition in use, it is the one that is read.
      if ((!isFull && n % 9 !== 0) || data.stored.some(({ type: of, id }) => of === 'SearchParameter' && canonical.endsWith(`/${id}`))) continue;
      const definition = (await get(canonical.slice('http://hl7.org/fhir/'.length))).json;
      const claimed = new Set((definition.modifier ?? []).map((code: string) => (code === 'ofType' ? 'of-type' : code)));
      for (const modifier of every) {
        const text = modifierText(modifier, definition);
        const answers = [];
        // A parameter of several types may have elements for a modifier on some of them.
        for (const one of definition.base.includes('Resource') ? [type] : definition.base) answers.push(await get(`${one}?${query([[`${name}:${modifier === 'type' ? (definition.target?.[0] ?? 'Patient') : modifier}`, text]])}`));
        const isTaken = answers.some(({ status }) => status === 200);
        if (isTaken !== claimed.has(modifier) || answers.some(({ status }) => status !== 200 && status !== 400)) wrong.push(`${canonical} ${modifier} is ${isTaken ? '' : 'not '}taken: ${answers[0]!.text.slice(0, 200)}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 300_000);
});

/** A value that the modifier can have. */
function modifierText(modifier: string, { type, target = [], component = [] }: any): string {
  if (modifier === 'missing') return 'true';
  if (modifier === 'of-type') return 'urn:x|y|z';
  if (type === 'reference' && (modifier === 'above' || modifier === 'below')) {
    const part = definitions.resourceTypes.find((one) => (target.length === 0 || target.includes(one))
      && ['partof', 'part-of'].some((code) => parametersOf(one).get(code)?.target?.includes(one)));
    return part === undefined ? 'http://example.org/x|1' : `${part}/x`;
  }
  return modifier === 'type' ? `${target[0] ?? 'Patient'}/x` : criterionAgainst({ type, component } as Parameters<typeof criterionAgainst>[0]);
}
