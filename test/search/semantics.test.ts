/** Search semantics as tables, through the whole server. R4: search.html#date, #token; readings in DECISIONS.md "Ranges", "Case of tokens". */
import { beforeAll, describe, expect, it } from 'vitest';
import { send } from '../support/http.ts';
import { hasShared, readShared } from '../support/shared.ts';
import { useServer, type TestServer } from '../support/server.ts';

/** Loads resources as numbered fixtures; gives the numbers of those that a search finds. */
async function load(server: TestServer, resources: readonly object[]): Promise<void> {
  for (const [n, resource] of resources.entries()) {
    const { resourceType } = resource as { resourceType: string };
    const answer = await send('PUT', `${server.base}/${resourceType}/fixture-${n}`, { body: { ...resource, id: `fixture-${n}` } });
    expect(answer.status, answer.text).toBe(201);
  }
}

async function found(server: TestServer, query: string): Promise<number[]> {
  const answer = await send('GET', `${server.base}/${query}${query.includes('?') ? '&' : '?'}_count=1000`);
  expect(answer.status, answer.text).toBe(200);
  const ids = (answer.json.entry ?? []).map((entry: { resource: { id: string } }) => Number(entry.resource.id.replace('fixture-', '')));
  expect(answer.json.total).toBe(ids.length);
  return ids.toSorted((a: number, b: number) => a - b);
}

const observation = (more: object): object => ({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, ...more });

describe('date', () => {
  const server = useServer();
  beforeAll(() => load(server(), [
    ...['1979-12-31', '1980', '1980-05', '1980-05-11', '1980-05-11T16:32:15Z', '1980-05-11T16:32:15.500Z', '1981-01-01'].map((effectiveDateTime) => observation({ effectiveDateTime })),
    observation({ effectivePeriod: { start: '1980-05-16', end: '1980-05-17' } }),
  ]));

  const own: readonly [query: string, expected: number[]][] = [
    ['date=1980', [1, 2, 3, 4, 5, 7]], ['date=eq1980-05', [2, 3, 4, 5, 7]], ['date=ne1980-05-11', [0, 1, 2, 6, 7]],
    ['date=gt1980-05-11', [1, 2, 6, 7]], ['date=ge1980-05-11', [1, 2, 3, 4, 5, 6, 7]], ['date=lt1980-04', [0, 1]],
    ['date=le1980-05-11T16:32:14', [0, 1, 2, 3]], ['date=sa1980-05', [6]], ['date=eb1981', [0, 1, 2, 3, 4, 5, 7]],
    ['date=1980-05-11T16:32:15.5', [5]], ['date=sa1980-05-11T16:32:15', [6, 7]], ['date=ge1980-05-16&date=le1980-05-17', [1, 2, 7]],
    ['date=1980-05-11T18:32:15%2B02:00', [4, 5]], ['date=1980-05-11T18:32:15+02:00', [4, 5]], ['date=1979-12-31,1981-01-01', [0, 6]],
    // Part of the value lies within: the period overlaps.
    ['date=1980-05-16', []], ['date=ge1980-05-17&date=lt1980-05-18', [1, 2]],
  ];
  it.each(own)('%s finds %j', async (query, expected) => {
    expect(await found(server(), `Observation?${query}`)).toEqual(expected);
  });

  it.skipIf(!hasShared)('agrees with every date vector', async () => {
    const { date } = JSON.parse(readShared('vectors', 'search_semantics.json').toString()) as { date: { cases: { query: string; r4SpecExpected?: number[]; expectStatus?: number }[] } };
    const differing: string[] = [];
    for (const { query, r4SpecExpected, expectStatus } of date.cases) {
      if (expectStatus !== undefined) {
        expect((await send('GET', `${server().base}/${query}`)).status, query).toBe(expectStatus);
        continue;
      }
      const actual = await found(server(), query.replace('&code={TAG}', '').replaceAll('+', '%2B'));
      if (JSON.stringify(actual) !== JSON.stringify(r4SpecExpected)) differing.push(`${query}: ${actual} instead of ${r4SpecExpected}`);
    }
    expect(date.cases.length).toBeGreaterThan(100);
    expect(differing).toEqual([]);
  });

  const refused = ['date=x', 'date=1980-13', 'date=1980-02-30', 'date=eq', 'date=1980-05-11T25:00', 'date=80', 'date:exact=1980', 'date=zz1980'];
  it.each(refused)('%s is 400', async (query) => {
    const answer = await send('GET', `${server().base}/Observation?${query}`);
    expect([answer.status, answer.json.resourceType]).toEqual([400, 'OperationOutcome']);
    expect(answer.json.issue[0].diagnostics).toContain(query.includes(':exact') ? 'exact' : query.split('=')[1]!);
  });
});

interface Vectors {
  readonly [type: string]: { readonly cases: { query: string; r4SpecExpected?: number[]; expectStatus?: number }[] };
}

describe('number and quantity', () => {
  const server = useServer();
  const quantities: readonly [value: string, unit: string, system: string][] = [
    ['0.002', 'unit1', 'system1'], ['1.0', 'unit1', 'system1'], ['3.12', 'unit1', 'system2'], ['4.0', 'unit1', 'system1'], ['5.0', 'unit1', 'system1'],
    ['5.0', 'unit2', 'system2'], ['6.0', 'unit2', 'system2'], ['8.95', 'unit2', 'system1'], ['10.0', 'unit1', 'system1'],
  ];
  beforeAll(async () => {
    await load(server(), [1, 4, 5, 6, 100].map((probabilityDecimal) => ({ resourceType: 'RiskAssessment', status: 'final', subject: { reference: 'Patient/x' }, prediction: [{ probabilityDecimal }] })));
    await load(server(), quantities.map(([value, code, system]) => observation({ valueQuantity: { value: Number(value), unit: code, code, system } })));
  });

  it.skipIf(!hasShared)('agree with every vector', async () => {
    const vectors = JSON.parse(readShared('vectors', 'search_semantics.json').toString()) as Vectors;
    const differing: string[] = [];
    const cases = [...vectors['number']!.cases, ...vectors['quantity']!.cases];
    for (const { query, r4SpecExpected, expectStatus } of cases) {
      const sent = query.replace(/_tag=\{TAG\}&/, '');
      if (expectStatus !== undefined) {
        expect((await send('GET', `${server().base}/${sent}`)).status, query).toBe(expectStatus);
        continue;
      }
      const actual = await found(server(), sent);
      if (JSON.stringify(actual) !== JSON.stringify(r4SpecExpected)) differing.push(`${query}: ${actual} instead of ${r4SpecExpected}`);
    }
    expect(cases.length).toBeGreaterThan(100);
    expect(differing).toEqual([]);
  });

  // A point at the end of the range asked for is not in it; 100 is 99.5 to 100.5, and 1e2 the same number with a precision of tens.
  const own: readonly [query: string, expected: number[]][] = [
    ['RiskAssessment?probability=1e2', [4]], ['RiskAssessment?probability=ap95', [4]], ['RiskAssessment?probability=ap5', [2]], ['RiskAssessment?probability=5,6', [2, 3]], ['RiskAssessment?probability=-5', []],
    ['Observation?value-quantity=8.9', []], ['Observation?value-quantity=9.0', [7]], ['Observation?value-quantity=ne5&value-quantity=gt4', [6, 7, 8]],
  ];
  it.each(own)('%s finds %j', async (query, expected) => expect(await found(server(), query)).toEqual(expected));
});

describe('token', () => {
  const server = useServer();
  const concept = (...coding: (readonly [system: string | undefined, code: string, display?: string])[]): object => ({
    coding: coding.map(([system, code, display]) => ({ ...(system !== undefined && { system }), code, ...(display !== undefined && { display }) })),
  });
  beforeAll(() => load(server(), [
    observation({ valueCodeableConcept: concept(['system1', 'code1']) }),
    observation({ valueCodeableConcept: concept(['system2', 'code2']) }),
    observation({ valueCodeableConcept: { text: 'text' } }),
    observation({ valueCodeableConcept: concept(['system1', 'code2', 'display text2']) }),
    observation({ valueCodeableConcept: concept(['system3', 'code3', 'display text']) }),
    observation({ valueCodeableConcept: { ...concept(['system1', 'code1'], ['system3', 'code2']), text: 'text' } }),
    observation({ valueCodeableConcept: concept(['system2', 'code1'], ['system3', 'code3', 'display text2']) }),
    observation({ valueCodeableConcept: concept([undefined, 'code3']) }),
    observation({ valueCodeableConcept: { text: 'none' }, category: [concept(['system', 'test'])] }),
    observation({ identifier: [{ system: 'test', value: 'VALUE' }, { system: 'test', value: 'value' }] }),
  ]));

  const own: readonly [query: string, expected: number[]][] = [
    ['value-concept=code1', [0, 5, 6]], ['value-concept=CODE1', [0, 5, 6]], ['value-concept=system1|code1', [0, 5]], ['value-concept=system1|', [0, 3, 5]],
    ['value-concept=|code3', [7]], ['value-concept=|code2', []], ['value-concept=code1,code2', [0, 1, 3, 5, 6]],
    ['value-concept=code1&value-concept=code2', [5]], ['value-concept:not=code1', [1, 2, 3, 4, 7, 8, 9]], ['value-concept:not=code1,code2', [2, 4, 7, 8, 9]],
    ['category=system|test', [8]], ['status=final', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]], ['status=http://hl7.org/fhir/observation-status|final&identifier=test|VALUE', [9]],
    ['status=FINAL', []], ['status=nonsense', []], ['identifier=value', [9]], ['code=x', []], ['_id=fixture-3,fixture-4,fixture-99', [3, 4]], ['_id=FIXTURE-3', []],
  ];
  it.each(own)('%s finds %j', async (query, expected) => {
    expect(await found(server(), `Observation?${query}`)).toEqual(expected);
  });

  it.skipIf(!hasShared)('agrees with every token vector', async () => {
    const { token } = JSON.parse(readShared('vectors', 'search_semantics.json').toString()) as { token: { cases: { query: string; expected: number[] }[] } };
    for (const { query, expected } of token.cases) {
      expect(await found(server(), `Observation?value-concept=${encodeURIComponent(query)}`), query).toEqual(expected);
      const complement = Array.from({ length: 10 }, (_, n) => n).filter((n) => !expected.includes(n));
      expect(await found(server(), `Observation?value-concept:not=${encodeURIComponent(query)}`), `not ${query}`).toEqual(complement);
    }
  });

  const refused = ['value-concept:missing=x', 'value-concept:in=http://x', 'value-concept:above=a', 'value-concept=a|b|c', 'value-concept=|', 'value-concept=a\\b'];
  it.each(refused)('%s is 400', async (query) => {
    expect((await send('GET', `${server().base}/Observation?${query}`)).status).toBe(400);
  });
});

describe('string', () => {
  const server = useServer();
  beforeAll(() => load(server(), [
    { resourceType: 'Patient', name: [{ family: 'van der Berg', given: ['José', 'Anna-Maria'] }] },
    { resourceType: 'Patient', name: [{ family: "O'Brien", given: ['Peter'], text: 'Dr. Peter O’Brien' }] },
    { resourceType: 'Patient', name: [{ family: 'Straße' }], address: [{ city: 'Zürich', line: ['1 Main St'], postalCode: '8001' }] },
    { resourceType: 'Patient', name: [{ family: '王' }, { family: 'Wang' }] },
    { resourceType: 'Patient', active: true },
  ]));
  const cases: readonly [query: string, expected: number[]][] = [
    ['family=van', [0]], ['family=berg', [0]], ['family=BERG', [0]], ['family:exact=van der Berg', [0]], ['family:exact=van der berg', []], ['given=jose', [0]], ['given=Jos%C3%A9', [0]],
    ['given=maria', []], ['given:contains=maria', [0]], ['given=anna maria', [0]], ['family=obrien', [1]], ["family=o'b", [1]], ['name=pet', [1]], ['name=dr pet', [1]],
    ['family=strasse', [2]], ['address=zur', [2]], ['address-city=ZURICH', [2]], ['address=main', []], ['address:contains=main', [2]], ['address-postalcode=80', [2]],
    ['family=%E7%8E%8B', [3]], ['family=wang,berg', [0, 3]], ['name=p&name=o', [1]], ['family=100%25', []],
  ];
  it.each(cases)('%s finds %j', async (query, expected) => {
    expect(await found(server(), `Patient?${query.replaceAll(' ', '%20')}`)).toEqual(expected);
  });
  it.each(['family=_', 'family:missing=perhaps', 'family:text=a'])('%s is 400', async (query) => {
    expect((await send('GET', `${server().base}/Patient?${query}`)).status).toBe(400);
  });
});

describe('reference and uri', () => {
  const server = useServer();
  beforeAll(async () => {
    await load(server(), [
      observation({ subject: { reference: 'Patient/a' } }),
      observation({ subject: { reference: 'Group/a' } }),
      observation({ subject: { reference: 'http://localhost:8080/fhir/Patient/a' } }),
      observation({ subject: { reference: 'http://elsewhere.example.org/fhir/Patient/a' } }),
      observation({ subject: { reference: 'Patient/a/_history/3' } }),
      observation({ subject: { reference: 'Patient/b' }, performer: [{ reference: 'Practitioner/p' }, { reference: 'Organization/o' }] }),
      observation({ subject: { reference: '#p' }, contained: [{ resourceType: 'Patient', id: 'p' }] }),
    ]);
    await send('PUT', `${server().base}/ValueSet/v`, { body: { resourceType: 'ValueSet', id: 'v', status: 'active', url: 'http://example.org/ValueSet/V' } });
  });
  const cases: readonly [query: string, expected: number[]][] = [
    ['Observation?subject=Patient/a', [0, 2, 4]], ['Observation?subject:Patient=a', [0, 2, 4]], ['Observation?patient=Patient/a', [0, 2, 4]], ['Observation?patient=a', [0, 2, 4]],
    ['Observation?subject=http://localhost:8080/fhir/Patient/a', [0, 2, 4]], ['Observation?subject=http://127.0.0.1:8080/fhir/R4/Patient/a', [0, 2, 4]],
    ['Observation?subject=http://elsewhere.example.org/fhir/Patient/a', [3]], ['Observation?subject=Group/a', [1]], ['Observation?subject=Patient/A', []],
    ['Observation?performer=Practitioner/p', [5]], ['Observation?performer=Organization/o', [5]], ['Observation?performer=Patient/p', []],
  ];
  it.each(cases)('%s finds %j', async (query, expected) => {
    expect(await found(server(), query)).toEqual(expected);
  });
  it('a uri is compared as it is', async () => {
    expect((await send('GET', `${server().base}/ValueSet?url=http://example.org/ValueSet/V`)).json.total).toBe(1);
    expect((await send('GET', `${server().base}/ValueSet?url=http://example.org/ValueSet/v`)).json.total).toBe(0);
  });
});
