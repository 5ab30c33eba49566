/** The oracle itself, on vectors that others worked out: what it says of search is only worth something where it agrees with them. R4: search.html. */
import { describe, expect, it } from 'vitest';
import { hasShared, readShared } from '../support/shared.ts';
import { createData, type Data } from './data.ts';
import { loadFiles, syntheaFiles } from './files.ts';
import { parseJson, type JsonObject } from './json.ts';
import { parseQuery, search } from './search.ts';
import type { Reading } from './values.ts';

const reading: Reading = { approximate: 'narrow', now: new Date('2026-01-01T00:00:00Z'), canonicalUnits: false };
const found = (data: Data, query: string): string[] => search(data, parseQuery(query), reading).map(({ id }) => id);
const numbered = (type: string, members: readonly string[]): Data =>
  createData(members.map((member, n) => parseJson(`{"resourceType":"${type}","id":"${n}",${member}}`) as JsonObject));
const vectors = (name: string): any => JSON.parse(readShared('vectors', `${name}.json`).toString());

interface Case {
  readonly query: string;
  readonly r4SpecExpected?: readonly number[];
  readonly expectStatus?: number;
}

function disagreements(data: Data, cases: readonly Case[]): string[] {
  return cases.flatMap(({ query, r4SpecExpected, expectStatus }) => {
    const asked = query.replace(/_tag=\{TAG\}&|&code=\{TAG\}/, '').replaceAll('+', '%2B');
    let got: string;
    try {
      got = `[${found(data, asked).join()}]`;
    } catch {
      got = '400';
    }
    const expected = expectStatus === undefined ? `[${r4SpecExpected!.toSorted((a, b) => a - b).join()}]` : String(expectStatus);
    return got === expected ? [] : [`${query}: ${got} instead of ${expected}`];
  });
}

describe.skipIf(!hasShared)('the vectors of search semantics', () => {
  it('agree on dates', () => {
    const data = numbered('Observation', [
      ...['1979-12-31', '1980', '1980-05', '1980-05-11', '1980-05-11T16:32:15Z', '1980-05-11T16:32:15.500Z', '1981-01-01'].map((date) => `"effectiveDateTime":"${date}"`),
      '"effectivePeriod":{"start":"1980-05-16","end":"1980-05-17"}',
    ]);
    expect(disagreements(data, vectors('search_semantics').date.cases)).toEqual([]);
  });

  it('agree on numbers', () => {
    const { fixture, cases } = vectors('search_semantics').number;
    const data = numbered('RiskAssessment', fixture.map((line: string) => `"prediction":[{"probabilityDecimal":${line.split('=')[1]}}]`));
    expect(disagreements(data, cases)).toEqual([]);
  });

  it('agree on quantities', () => {
    const { fixture, cases } = vectors('search_semantics').quantity;
    const data = numbered('Observation', fixture.map((line: string) => {
      const [, value, unit, system] = /value=(\S+) unit\/code=(\S+) system=(\S+)/.exec(line)!;
      return `"valueQuantity":{"value":${value},"unit":"${unit}","system":"${system}","code":"${unit}"}`;
    }));
    expect(disagreements(data, cases)).toEqual([]);
  });

  it('agree on tokens and their complements', () => {
    const coding = (system: string | undefined, code: string): object => ({ ...(system !== undefined && { system }), code });
    const concepts = [
      [coding('system1', 'code1')], [coding('system2', 'code2')], [], [coding('system1', 'code2')], [coding('system3', 'code3')],
      [coding('system1', 'code1'), coding('system3', 'code2')], [coding('system2', 'code1'), coding('system3', 'code3')], [coding(undefined, 'code3')], [], [],
    ];
    const data = numbered('Observation', concepts.map((one) => `"valueCodeableConcept":${JSON.stringify({ coding: one, text: 'text' })}`));
    for (const { query, expected } of vectors('search_semantics').token.cases as { query: string; expected: number[] }[]) {
      expect(found(data, `Observation?value-concept=${query}`).map(Number), query).toEqual(expected);
      expect(found(data, `Observation?value-concept:not=${query}`).map(Number), `not ${query}`).toEqual(concepts.map((_, n) => n).filter((n) => !expected.includes(n)));
    }
  });
});

describe.skipIf(!hasShared)('the counts of all Synthea files', () => {
  it('are 24 totals, 30 counts and a compartment', () => {
    const data = createData(loadFiles(syntheaFiles()));
    const { totals, counts, compartment } = vectors('synthea_counts') as {
      totals: Record<string, number>; counts: { path: string; expectTotal: number }[]; compartment: { path: string; expectTotal: number }[];
    };
    expect(Object.fromEntries(data.types.toSorted().map((type) => [type, data.ofType(type).length]))).toEqual(totals);
    expect(counts.map(({ path }) => [path, found(data, path).length])).toEqual(counts.map(({ path, expectTotal }) => [path, expectTotal]));
    const [patient] = found(data, 'Patient?identifier=http://hl7.org/fhir/sid/us-ssn|999-82-5655');
    for (const { path, expectTotal } of compartment) expect(found(data, path.replace(/\{.*\}/, patient!)).length, path).toBe(expectTotal);
  }, 240_000);
});
