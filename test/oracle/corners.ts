/**
 * Resources with what Synthea's never have: hierarchies, contained targets of chains, canonicals with versions, comparators, Ranges,
 * Timing, accents, media types with parameters, typed identifiers, Lists, elements with extensions alone. Numbers stand in text, so
 * that `5.0` stays `5.0`.
 */

const concept = (system: string, code: string): string => `{"coding":[{"system":"${system}","code":"${code}"}]}`;
const quantity = (value: string, code: string, more = ''): string => `{"value":${value},"unit":"${code}","system":"http://unitsofmeasure.org","code":"${code}"${more}}`;
const resource = (type: string, id: string, members: string): string => `{"resourceType":"${type}","id":"corner-${id}"${members === '' ? '' : ','}${members}}`;

const final = '"status":"final"';
const absent = '{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}';
const observation = (id: string, code: string, members: string): string => resource('Observation', id, `${final},"code":${concept('http://example.org/codes', code)},${members}`);

const hierarchies = [
  resource('Location', 'campus', '"name":"Campus","position":{"latitude":52.3702,"longitude":4.8952}'),
  resource('Location', 'house', '"name":"House","partOf":{"reference":"Location/corner-campus"},"position":{"latitude":52.3800,"longitude":4.9000}'),
  resource('Location', 'ward', '"name":"Ward","partOf":{"reference":"Location/corner-house"}'),
  resource('Location', 'bed', '"name":"Bed","partOf":{"reference":"Location/corner-ward"}'),
  resource('Organization', 'group', '"name":"Groep Zuid"'),
  resource('Organization', 'clinic', '"name":"Kliniek Noord","partOf":{"reference":"Organization/corner-group"}'),
  resource('Encounter', 'stay', `"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},"subject":{"reference":"Patient/corner-a"},"location":[{"location":{"reference":"Location/corner-ward"}}],"length":${quantity('3', 'd')}`),
  resource('Encounter', 'visit', `"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},"subject":{"reference":"Patient/corner-a"},"partOf":{"reference":"Encounter/corner-stay"},"location":[{"location":{"reference":"Location/corner-bed"}}],"serviceProvider":{"reference":"Organization/corner-clinic"},"period":{"start":"2020-02-29T23:30:00-05:00"}`),
];

const people = [
  resource('Patient', 'a', '"identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"system":"http://example.org/mrn","value":"MRN-1"},{"system":"http://example.org/other","value":"MRN-1"}],"active":true,"name":[{"family":"van der Berg","given":["José","Anna-Maria"]}],"gender":"female","birthDate":"1980-05","managingOrganization":{"reference":"Organization/corner-clinic"}'),
  resource('Patient', 'b', '"identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"SS"}]},"system":"http://example.org/mrn","value":"mrn-1"}],"name":[{"family":"O\'Brien","text":"Dr. Peter O’Brien"}],"gender":"unknown","birthDate":"1980","deceasedBoolean":false,"address":[{"line":["1 Main St."],"city":"Zürich","postalCode":"8001"}],"link":[{"other":{"reference":"Patient/corner-a"},"type":"seealso"}],"generalPractitioner":[{"identifier":{"system":"http://example.org/gp","value":"77"}}]'),
  resource('Patient', 'c', `"_gender":${absent},"_birthDate":${absent},"name":[{"family":"Straße"},{"family":"王"}],"telecom":[{"system":"phone","value":"555-0100"},{"system":"email","value":"A@example.org"}],"deceasedDateTime":"2020-01-01","meta":{"tag":[{"system":"http://example.org/tags","code":"corner"}],"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}],"source":"http://example.org/feeds/1"}`),
  resource('Practitioner', 'p', '"name":[{"family":"Ångström","given":["Åsa"]}],"meta":{"tag":[{"code":"corner"}]}'),
  resource('List', 'l', '"status":"current","mode":"working","entry":[{"item":{"reference":"Patient/corner-a"}},{"item":{"reference":"Patient/corner-c"}},{"item":{"reference":"Observation/corner-less"}}]'),
  resource('Group', 'g', `"type":"person","actual":true,"member":[{"entity":{"reference":"Patient/corner-a"}}],"characteristic":[{"code":${concept('http://example.org/traits', 'smoker')},"valueBoolean":true,"exclude":false},{"code":${concept('http://example.org/traits', 'colour')},"valueCodeableConcept":${concept('http://example.org/colours', 'red')},"exclude":false}]`),
];

const amounts = [
  observation('less', 'amount', `"valueQuantity":${quantity('5.0', 'mg', ',"comparator":"<"')},"subject":{"reference":"Patient/corner-a"}`),
  observation('more', 'amount', `"valueQuantity":${quantity('5', 'mg', ',"comparator":">="')},"subject":{"reference":"Patient/corner-b"}`),
  observation('kilogram', 'amount', `"valueQuantity":${quantity('1', 'kg')},"effectiveInstant":"2020-02-29T12:00:00.1234567Z"`),
  observation('gram', 'amount', `"valueQuantity":${quantity('1000', 'g')},"effectiveDateTime":"2020-02-29T12:00:00+01:00"`),
  observation('acid', 'ph', `"valueQuantity":${quantity('7.2', '[pH]')}`),
  observation('alkaline', 'ph', `"valueQuantity":${quantity('7.6', '[pH]')}`),
  observation('text-unit', 'amount', '"valueQuantity":{"value":-0.050,"unit":"drops"},"effectiveDateTime":"2020-02"'),
  observation('pair', 'pair', `"component":[{"code":${concept('http://example.org/codes', 'x')},"valueQuantity":${quantity('1', 'mg')}},{"code":${concept('http://example.org/codes', 'y')},"valueQuantity":${quantity('2', 'mg')}}]`),
  observation('pair-turned', 'pair', `"component":[{"code":${concept('http://example.org/codes', 'x')},"valueQuantity":${quantity('2', 'mg')}},{"code":${concept('http://example.org/codes', 'y')},"valueQuantity":${quantity('1', 'mg')}}]`),
  observation('event', 'timing', '"effectiveTiming":{"event":["2020-01-10","2020-03-10T10:00:00Z"]},"valueString":"Größe: ca. 3/4"'),
  observation('bounds', 'timing', '"effectiveTiming":{"repeat":{"boundsPeriod":{"start":"2020-01","end":"2020-02-15"},"frequency":1,"period":1,"periodUnit":"d"}},"valueDateTime":"2020-02-29"'),
  observation('until', 'timing', '"effectivePeriod":{"end":"2019-12-31T23:59:59Z"},"valuePeriod":{"start":"2020-02-29"}'),
  observation('units', 'UNIT', `"valueCodeableConcept":${concept('http://unitsofmeasure.org', 'mg')}`),
  observation('units-large', 'unit', `"valueCodeableConcept":${concept('http://unitsofmeasure.org', 'Mg')}`),
  resource('RiskAssessment', 'risk', `${final},"subject":{"reference":"Patient/corner-a"},"prediction":[{"probabilityDecimal":0.30},{"probabilityRange":{"low":${quantity('0.5', '%')},"high":${quantity('0.7', '%')}}}]`),
  resource('RiskAssessment', 'risk-exact', `${final},"subject":{"reference":"Patient/corner-b"},"prediction":[{"probabilityDecimal":1e2},{"probabilityDecimal":0.300}]`),
  resource('MolecularSequence', 'sequence', '"coordinateSystem":0,"referenceSeq":{"windowStart":10,"windowEnd":200},"variant":[{"start":11,"end":20},{"start":100,"end":120}]'),
];

const links = [
  resource('MedicationRequest', 'contained', `"status":"active","intent":"order","subject":{"reference":"Patient/corner-a"},"medicationReference":{"reference":"#m"},"contained":[{"resourceType":"Medication","id":"m","code":${concept('http://example.org/drugs', 'aspirin')}}]`),
  resource('MedicationRequest', 'stored', '"status":"active","intent":"order","subject":{"reference":"Patient/corner-b/_history/1"},"medicationReference":{"reference":"Medication/corner-m"}'),
  resource('Medication', 'm', `"code":${concept('http://example.org/drugs', 'aspirin')},"status":"active"`),
  resource('QuestionnaireResponse', 'q1', '"status":"completed","questionnaire":"http://example.org/Questionnaire/q|1.0"'),
  resource('QuestionnaireResponse', 'q2', '"status":"completed","questionnaire":"http://example.org/Questionnaire/q|1.1.3"'),
  resource('QuestionnaireResponse', 'q3', '"status":"completed","questionnaire":"http://example.org/Questionnaire/q"'),
  resource('QuestionnaireResponse', 'q4', '"status":"completed","questionnaire":"http://example.org/Questionnaire/q|10"'),
  resource('ValueSet', 'v1', '"status":"active","url":"http://example.org/fhir/ValueSet/123","name":"One"'),
  resource('ValueSet', 'v2', `"status":"draft","url":"http://example.org/fhir/ValueSet/123/part","name":"Two","useContext":[{"code":{"system":"http://terminology.hl7.org/CodeSystem/usage-context-type","code":"age"},"valueRange":{"low":${quantity('18', 'a')},"high":${quantity('65', 'a')}}}]`),
  resource('ValueSet', 'v3', `"status":"active","url":"urn:oid:1.2.3","name":"Three","useContext":[{"code":{"system":"http://terminology.hl7.org/CodeSystem/usage-context-type","code":"focus"},"valueCodeableConcept":${concept('http://snomed.info/sct', '73211009')}}]`),
  resource('DocumentReference', 'd1', '"status":"current","content":[{"attachment":{"contentType":"text/xml;charset=UTF-8","url":"http://example.org/d1"}}],"relatesTo":[{"code":"replaces","target":{"reference":"DocumentReference/corner-d2"}},{"code":"appends","target":{"reference":"DocumentReference/corner-d3"}}]'),
  resource('DocumentReference', 'd2', '"status":"superseded","content":[{"attachment":{"contentType":"text/plain"}}]'),
  resource('DocumentReference', 'd3', '"status":"current","content":[{"attachment":{"contentType":"application/pdf"}}],"subject":{"reference":"http://elsewhere.example.org/fhir/Patient/corner-a"}'),
];

export const corners: readonly string[] = [...hierarchies, ...people, ...amounts, ...links];
