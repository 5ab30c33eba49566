/** Composites on the resource itself: a code and a value that have a row together. R4: search.html#combining, observation.html#search. */
import { beforeAll, describe, expect, it } from 'vitest';
import { send } from '../../support/http.ts';
import { useServer } from '../../support/server.ts';

const server = useServer();
const loinc = 'http://loinc.org';
const ucum = 'http://unitsofmeasure.org';
const of = (id: string, codes: readonly (readonly [system: string | undefined, code?: string])[], value: object) =>
  ({ resourceType: 'Observation', id, status: 'final', code: { coding: codes.map(([system, code]) => ({ system, code })) }, ...value });
const weight = (value: number, unit = 'kg') => ({ valueQuantity: { value, unit, system: ucum, code: unit } });

const observations = [
  of('light', [[loinc, '29463-7']], weight(70)), of('heavy', [[loinc, '29463-7'], ['urn:other', 'Weight']], weight(90_000, 'g')),
  of('plain', [[undefined, '29463-7']], { valueQuantity: { value: 75, unit: 'kg' } }), of('nameless', [[loinc]], weight(95)),
  of('other', [['urn:other', '29463-7']], weight(85)), of('above', [[loinc, 'width']], { valueQuantity: { value: 4, comparator: '>' } }),
  of('born', [[loinc, 'birth']], { valueDateTime: '1970-05' }), of('begun', [[loinc, 'birth']], { valuePeriod: { start: '1980-01-01', end: '1981-01-01' } }),
  of('word', [[loinc, 'word']], { valueString: 'Straße' }), of('coded', [[loinc, 'coded']], { valueCodeableConcept: { coding: [{ system: 'urn:v', code: 'yes' }] } }),
];

beforeAll(async () => {
  const entry = observations.map((resource) => ({ resource, request: { method: 'PUT', url: `Observation/${resource.id}` } }));
  const answer = await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
  expect(answer.status, answer.text).toBe(200);
});

const cases: readonly [query: string, ids: string][] = [
  // Each form of a token, and no more than it says.
  ['code-value-quantity=29463-7$gt72', 'heavy plain other'], [`code-value-quantity=${loinc}|29463-7$gt72`, 'heavy'], ['code-value-quantity=|29463-7$gt72', 'plain'],
  [`code-value-quantity=${loinc}|$gt72`, 'heavy nameless above'], ['code-value-quantity=weight$gt72', 'heavy'], ['code-value-quantity=WEIGHT$gt72', 'heavy'],
  [`code-value-quantity=${loinc}|weight$gt72`, ''], ['code-value-quantity=birth$gt0', ''],
  // Units: as written, and in base units.
  ['code-value-quantity=29463-7$gt72||kg', 'plain other'], ['code-value-quantity=29463-7$gt72||g', 'heavy'], [`code-value-quantity=29463-7$gt80|${ucum}|kg`, 'heavy other'],
  [`code-value-quantity=${loinc}|29463-7$lt80000|${ucum}|g`, 'light'], [`code-value-quantity=29463-7$gt72|${ucum}`, 'heavy other'],
  // Prefixes, ranges, alternatives, and other criteria beside them.
  ['code-value-quantity=29463-7$70', 'light'], ['code-value-quantity=29463-7$ne70', 'heavy plain other'], ['code-value-quantity=29463-7$le75', 'light plain'], ['code-value-quantity=29463-7$ap80', 'plain other'],
  ['code-value-quantity=width$gt9', 'above'], ['code-value-quantity=width$lt5', 'above'], ['code-value-quantity=width$lt4', ''], ['code-value-quantity=width$eq9', ''],
  ['code-value-quantity=29463-7$70,width$gt4', 'light above'], ['code-value-quantity=29463-7$gt72&code-value-quantity=29463-7$lt80', 'plain'], ['combo-code-value-quantity=29463-7$70', 'light'],
  // Dates, texts, and codes behind a code.
  ['code-value-date=birth$1970', 'born'], ['code-value-date=birth$ge1975', 'begun'], [`code-value-date=${loinc}|birth$lt1990`, 'born begun'], ['code-value-date=29463-7$1970', ''],
  ['code-value-string=word$strasse', 'word'], ['code-value-string=word$x', ''], ['code-value-concept=coded$yes', 'coded'], ['code-value-concept=coded$urn:v|yes,word$yes', 'coded'],
];

describe('a composite on the resource itself', () => {
  it.each(cases)('%s finds %s', async (query, ids) => {
    const answer = await send('GET', `${server().base}/Observation?${query}&_total=accurate`);
    expect(answer.status, answer.text).toBe(200);
    expect((answer.json.entry ?? []).map((entry: any) => entry.resource.id).toSorted().join(' ')).toBe(ids.split(' ').toSorted().join(' '));
    expect(answer.json.total).toBe(ids === '' ? 0 : ids.split(' ').length);
  });
});
