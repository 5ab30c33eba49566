/** What search expressions begin with, on every parameter of R4 and the official examples. R4: searchparameter.html#expression. */
import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { beginningsOf } from '../../../src/fhir/fhirpath/beginnings.ts';
import { compileExpression } from '../../../src/fhir/fhirpath/compile.ts';
import { compactJson } from '../../../src/fhir/json/scan.ts';
import { parseJson, type JsonObject } from '../../../src/fhir/json/value.ts';
import { examples } from '../../support/examples.ts';

const definitions = loadDefinitions();

describe('what an expression begins with', () => {
  it.each<[type: string, expression: string, expected: readonly string[] | undefined]>([
    ['Patient', 'Patient.name.given', ['name']],
    ['Patient', 'Patient.name.given | Practitioner.name.given', ['name']],
    ['Patient', '$this.name.given', ['name']],
    ['Practitioner', 'Patient.birthDate', []],
    ['Patient', 'Resource.meta.tag', ['meta']],
    ['Observation', '(Observation.value as Quantity) | (Observation.value as SampledData)', ['valueQuantity', 'valueCodeableConcept', 'valueString', 'valueBoolean', 'valueInteger', 'valueRange', 'valueRatio', 'valueSampledData', 'valueTime', 'valueDateTime', 'valuePeriod']],
    ['Observation', 'Observation.subject.where(resolve() is Patient)', ['subject']],
    ['Observation', 'Observation.code | Observation.component.code', ['code', 'component']],
    ['Patient', "Patient.extension('http://example.org/x').value", ['extension']],
    ['Bundle', 'Bundle.entry[0].resource', ['entry']],
    // These have a value where nothing is.
    ['Patient', 'Patient.deceased.exists() and Patient.deceased != false', undefined],
    ['Patient', 'Patient.deceased.exists()', undefined],
    ['Observation', 'Observation', undefined],
    ['Observation', '%resource.code', undefined],
    ['Patient', '$this', undefined],
    ['Observation', 'Observation.code | Observation', undefined],
  ])('on %s, %s', (type, expression, expected) => {
    const found = beginningsOf(expression, type, definitions);
    expect(found?.toSorted()).toEqual(expected?.toSorted());
  });

  it('is all that a value can come of', () => {
    let withValue = 0;
    let known = 0;
    for (const { text } of examples()) {
      const resource = parseJson(compactJson(text)) as JsonObject;
      const type = String(resource['resourceType']);
      for (const { code, expression } of definitions.searchParameters(type)) {
        if (expression === undefined) continue;
        const beginnings = beginningsOf(expression, type, definitions);
        if (beginnings === undefined) continue;
        known++;
        const extract = compileExpression(expression, type, definitions);
        if (extract(resource).length === 0) continue;
        withValue++;
        const without = Object.fromEntries(Object.entries(resource).filter(([key]) => !beginnings.includes(key)));
        expect(extract(without), `${type}.${code}`).toEqual([]);
      }
    }
    expect(withValue).toBeGreaterThan(2_000);
    expect(known).toBeGreaterThan(2 * withValue);
  });
});
