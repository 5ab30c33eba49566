/** Search expressions against HL7's own FHIRPath engine, on the official examples. R4: searchparameter.html, fhirpath.html. */
import fhirpath, { type Model } from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4/index.js';
import { describe, expect, it } from 'vitest';
import { loadDefinitions, type SearchParameter } from '../../../src/fhir/definitions.ts';
import { compileExpression, type TypedValue } from '../../../src/fhir/fhirpath/compile.ts';
import { compactJson } from '../../../src/fhir/json/scan.ts';
import { JsonNumber, parseJson, type JsonObject, type JsonValue } from '../../../src/fhir/json/value.ts';
import { examples } from '../../support/examples.ts';

const definitions = loadDefinitions();

const parse = (text: Buffer | string): JsonObject => parseJson(compactJson(Buffer.from(text))) as JsonObject;
const plain = (value: JsonValue): unknown => JSON.parse(JSON.stringify(value, (_, part: unknown) => (part instanceof JsonNumber ? Number(part.text) : part)));
const values = (found: readonly TypedValue[]): string[] => found.map(({ value }) => JSON.stringify(plain(value)));

describe('every official search parameter', () => {
  it('has an expression that compiles, but for those that have none', () => {
    const without = new Set<string>();
    let compiled = 0;
    for (const type of definitions.resourceTypes) {
      for (const { code, expression } of definitions.searchParameters(type)) {
        if (expression === undefined) {
          without.add(code);
          continue;
        }
        compileExpression(expression, type, definitions);
        compiled++;
      }
    }
    // Full text and named queries have no expression in R4.
    expect([...without].toSorted()).toEqual(['_content', '_query', '_text']);
    expect(compiled).toBeGreaterThan(2_500);
  });

  it('gives what fhirpath.js gives on the examples', { timeout: 240_000 }, () => {
    const compiled = new Map<string, { parameter: SearchParameter; own: ReturnType<typeof compileExpression>; reference: (resource: object) => unknown[] }[]>();
    const ofType = (type: string) => {
      let found = compiled.get(type);
      if (found === undefined) {
        found = definitions.searchParameters(type)
          // resolve() fetches in fhirpath.js; its cases are below.
          .filter(({ expression }) => expression !== undefined && !expression.includes('resolve()'))
          .map((parameter) => ({
            parameter, own: compileExpression(parameter.expression!, type, definitions),
            reference: fhirpath.compile(parameter.expression!, r4 as Model) as (resource: object) => unknown[],
          }));
        compiled.set(type, found);
      }
      return found;
    };
    const differing: string[] = [];
    let compared = 0;
    for (const { file, text } of examples()) {
      // fhirpath.js takes 1e-22 and 1e-245 for equal, and its union drops one of them.
      if (file === 'Observation-decimal.json') continue;
      const resource = parse(text);
      const forReference = JSON.parse(text.toString()) as object;
      for (const { parameter, own, reference } of ofType(String(resource['resourceType']))) {
        let found: unknown[];
        try {
          found = reference(forReference);
        } catch (error) {
          // fhirpath.js cannot compare such quantities, which its union does.
          expect(String(error)).toMatch(/FHIR\.Quantity that has a comparator/);
          continue;
        }
        // As sets: a union drops repetitions, and the index does so anyway.
        const expected = [...new Set(found.map((value) => JSON.stringify(JSON.parse(JSON.stringify(value)))))].toSorted();
        const actual = [...new Set(values(own(resource)))].toSorted();
        compared += expected.length;
        if (JSON.stringify(actual) !== JSON.stringify(expected)) differing.push(`${file} ${parameter.code} (${parameter.expression}): ${actual} instead of ${expected}`);
      }
    }
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(5_000);
  });
});

describe('expressions that resolve a reference', () => {
  const expression = "Encounter.subject.where(resolve() is Patient)";
  const cases: readonly [subject: object, found: boolean][] = [
    [{ reference: 'Patient/1' }, true],
    [{ reference: 'http://elsewhere.example.org/fhir/Patient/1/_history/2' }, true],
    [{ reference: 'Group/1' }, false],
    [{ reference: '#p' }, true],
    [{ reference: '#g' }, false],
    [{ reference: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', type: 'Patient' }, true],
    [{ reference: 'Patient?identifier=1' }, true],
    [{ display: 'someone' }, false],
  ];
  const run = compileExpression(expression, 'Encounter', definitions);
  it.each(cases)('%j', (subject, found) => {
    const contained = [{ resourceType: 'Patient', id: 'p' }, { resourceType: 'Group', id: 'g' }];
    expect(run(parse(JSON.stringify({ resourceType: 'Encounter', contained, subject })))).toHaveLength(found ? 1 : 0);
  });
});

it('says the type of a choice and the value set of a required binding', () => {
  const observation = parse('{"resourceType":"Observation","status":"final","valueQuantity":{"value":1.10},"component":[{"valueString":"a"}]}');
  const of = (expression: string): TypedValue[] => compileExpression(expression, 'Observation', definitions)(observation);
  expect(of('Observation.value.as(Quantity)').map(({ type }) => type)).toEqual(['Quantity']);
  expect(of('Observation.value.as(CodeableConcept)')).toEqual([]);
  expect(of('Observation.component.value').map(({ type }) => type)).toEqual(['string']);
  expect(of('Observation.status')[0]!.valueSet).toBe('http://hl7.org/fhir/ValueSet/observation-status');
});
