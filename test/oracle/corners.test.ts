/** The oracle itself, on what no vector covers: expectations that follow from R4's text by reading it. R4: search.html; readings in DECISIONS.md. */
import { describe, expect, it } from 'vitest';
import { corners } from './corners.ts';
import { createData } from './data.ts';
import { parseJson, type JsonObject } from './json.ts';
import { parseQuery, search } from './search.ts';
import { firstMisplaced } from './sort.ts';
import type { Reading } from './values.ts';

const data = createData(corners.map((text) => parseJson(text) as JsonObject), ['http://localhost:8080/fhir']);
const reading: Reading = { approximate: 'narrow', now: new Date('2026-01-01T00:00:00Z'), canonicalUnits: true };
const found = (query: string, more: Partial<Reading> = {}): string =>
  search(data, parseQuery(query), { ...reading, ...more }).map(({ id }) => id.replace('corner-', '')).toSorted().join(' ');

const cases: readonly [query: string, expected: string][] = [
  // search.html#string
  ['Patient?family=van', 'a'], ['Patient?family=berg', 'a'], ['Patient?given=anna maria', 'a'], ['Patient?given=maria', ''], ['Patient?given:contains=maria', 'a'],
  ['Patient?name=strasse', 'c'], ['Patient?family=obrien', 'b'], ['Patient?family:exact=van der Berg', 'a'], ['Patient?family:exact=Van der Berg', ''], ['Patient?address=zur', 'b'],
  // search.html#token
  ['Patient?identifier=MRN-1', 'a b'], ['Patient?identifier=http://example.org/mrn|', 'a b'], ['Patient?gender=Female', ''],
  ['Patient?gender=http://hl7.org/fhir/administrative-gender|female', 'a'], ['Patient?gender=|female', ''], ['Patient?gender:not=female', 'b c'], ['Patient?gender:missing=true', 'c'],
  ['Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|MRN-1', 'a'], ['Patient?email=a@example.org', 'c'], ['Patient?phone=A@example.org', ''],
  ['Patient?deceased=true', 'c'], ['Patient?deceased=false', 'a b'], ['Observation?value-concept=http://unitsofmeasure.org|Mg', 'units-large'], ['Observation?code=unit', 'units units-large'],
  ['DocumentReference?contenttype:below=text/xml', 'd1'], ['DocumentReference?contenttype:below=text', 'd1 d2'], ['DocumentReference?contenttype=text/xml', ''],
  // search.html#reference
  ['Patient?link=corner-a', 'b'], ['Patient?link=http://localhost:8080/fhir/Patient/corner-a', 'b'], ['Patient?general-practitioner:identifier=http://example.org/gp|77', 'b'],
  ['DocumentReference?patient=corner-a', ''], ['DocumentReference?subject=http://elsewhere.example.org/fhir/Patient/corner-a', 'd3'], ['MedicationRequest?subject=Patient/corner-b', 'stored'],
  ['Encounter?location:below=Location/corner-campus', 'stay visit'], ['Encounter?location:below=Location/corner-bed', 'visit'], ['Encounter?location:above=Location/corner-bed', 'stay visit'],
  ['Location?partof:below=Location/corner-campus', 'bed house ward'], ['Encounter?part-of:above=Encounter/corner-visit', 'visit'],
  ['QuestionnaireResponse?questionnaire=http://example.org/Questionnaire/q', 'q1 q2 q3 q4'], ['QuestionnaireResponse?questionnaire=http://example.org/Questionnaire/q|1.0', 'q1'],
  ['QuestionnaireResponse?questionnaire:below=http://example.org/Questionnaire/q|1', 'q1 q2'],
  // search.html#date
  ['Observation?date=2020-02-29', 'gram kilogram'], ['Observation?date=2020-02-29T12:00:00.1234567Z', 'kilogram'], ['Observation?date=2020-02', 'gram kilogram text-unit'],
  ['Observation?date=ge2020-03-09', 'event'], ['Observation?date=eb2020', 'until'], ['Encounter?date=sa2020-02', 'visit'], ['Encounter?date=ge2020-03-01', 'visit'], ['Patient?birthdate=ne1980-05', 'b'],
  // search.html#number, search.html#quantity
  ['RiskAssessment?probability=0.3', 'risk risk-exact'], ['RiskAssessment?probability=0.3000', 'risk risk-exact'], ['RiskAssessment?probability=100', 'risk-exact'], ['RiskAssessment?probability=gt0.6', 'risk risk-exact'],
  ['Observation?value-quantity=lt4|http://unitsofmeasure.org|mg', 'less'], ['Observation?value-quantity=ge5||mg', 'more'], ['Observation?value-quantity=sa5||mg', ''], ['Observation?value-quantity=-0.05||drops', 'text-unit'],
  ['Observation?value-quantity=1|http://unitsofmeasure.org|kg', 'gram kilogram'], ['Observation?value-quantity=sa999|http://unitsofmeasure.org|g', 'gram kilogram'], ['Observation?value-quantity=sa1000|http://unitsofmeasure.org|g', ''],
  // A logarithm is compared with its like alone, and in its own direction.
  ['Observation?value-quantity=gt7.4|http://unitsofmeasure.org|[pH]', 'alkaline'], ['Observation?value-quantity=lt1|http://unitsofmeasure.org|mmol/L', ''],
  // search.html#uri
  ['ValueSet?url:below=http://example.org/fhir', 'v1 v2'], ['ValueSet?url:above=http://example.org/fhir/ValueSet/123/part/more', 'v1 v2'], ['ValueSet?url=http://example.org/fhir/ValueSet', ''],
  // search.html#composite
  ['Observation?component-code-value-quantity=x$1', 'pair'], ['Observation?component-code-value-quantity=x$2', 'pair-turned'], ['Group?characteristic-value=smoker$true', 'g'], ['Group?characteristic-value=colour$true', ''],
  ['DocumentReference?relationship=replaces$DocumentReference/corner-d3', ''], ['DocumentReference?relationship=appends$DocumentReference/corner-d3', 'd1'],
  ['MolecularSequence?chromosome-variant-coordinate=x$1$2', ''], ['ValueSet?context-type-quantity=age$gt64', 'v2'],
  // location.html#positional-searching: 1.14 km lie between the two
  ['Location?near=52.3702|4.8952|1|km', 'campus'], ['Location?near=52.3702|4.8952|1.2|km', 'campus house'], ['Location?near=52.3702|4.8952|1200|m', 'campus house'],
  // search.html#chaining, search.html#has
  ['MedicationRequest?medication.code=aspirin', 'contained stored'], ['MedicationRequest?medication:Medication.status=active', 'stored'], ['MedicationRequest?patient.gender=unknown', 'stored'],
  ['Encounter?patient.organization.name=kliniek', 'stay visit'], ['Encounter?subject:Patient.organization.partof.name=groep', 'stay visit'], ['Encounter?patient.gender:not=female', ''],
  ['Patient?_has:RiskAssessment:patient:probability=gt1', 'b'], ['Patient?_has:Encounter:patient:_has:Encounter:part-of:status=finished', 'a'], ['Location?_has:Encounter:location:patient.family=berg', 'bed ward'],
  // search.html#all
  ['Patient?_id=corner-a,corner-b', 'a b'], ['Patient?_id=CORNER-A', ''], ['Patient?_list=corner-l', 'a c'], ['?_list=corner-l', 'a c less'], ['?_type=Patient,Practitioner&_tag=corner', 'c p'],
  ['Patient?_security=R', 'c'], ['Patient?_source=http://example.org/feeds/1', 'c'],
  // compartmentdefinition.html
  ['Patient/corner-a/Encounter', 'stay visit'], ['Patient/corner-a/Encounter?status=planned', ''], ['Patient/corner-b/*', 'b more risk-exact stored'],
];

describe('the oracle on the corners', () => {
  it.each(cases)('%s finds "%s"', (query, expected) => {
    expect(found(query)).toBe(expected);
  });

  it('converts units only where it is to', () => {
    expect(found('Observation?value-quantity=1|http://unitsofmeasure.org|kg', { canonicalUnits: false })).toBe('kilogram');
  });

  it.each(['Patient?gender:exact=male', 'Patient?birthdate=x', 'Patient?nonsense=1', 'Observation?code-value-concept:missing=true', 'Patient?name=\\a', 'Observation?code=|', 'Observation?code=a|b|c'])('%s is refused', (query) => {
    expect(() => found(query)).toThrow();
  });

  it('sees what stands in the wrong place', () => {
    const sorted = (query: string, ids: readonly string[]): boolean => firstMisplaced(ids.map((id) => data.get('Patient', `corner-${id}`)!), parseQuery(query).sort, data) === undefined;
    expect(sorted('Patient?_sort=family', ['b', 'c', 'a'])).toBe(true);
    expect(sorted('Patient?_sort=family', ['c', 'b', 'a'])).toBe(false);
    // What has no value is last either way.
    expect(sorted('Patient?_sort=birthdate', ['b', 'a', 'c'])).toBe(true);
    expect(sorted('Patient?_sort=-birthdate', ['c', 'a', 'b'])).toBe(false);
    expect(sorted('Patient?_sort=birthdate,-_id', ['a', 'b', 'c'])).toBe(true);
  });
});
