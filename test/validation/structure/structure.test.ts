/** Structure and base invariants, rule by rule. R4: json.html, datatypes.html, domainresource.html, narrative.html; VALIDATION.md. */
import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { compactJson } from '../../../src/fhir/json/scan.ts';
import { parseJson, type JsonObject } from '../../../src/fhir/json/value.ts';
import { sampleOf } from '../../../src/rest/openapi/sample.ts';
import { createStructureValidator } from '../../../src/validation/structure/validate.ts';

const definitions = loadDefinitions();
const validate = createStructureValidator(definitions);
const problems = (text: string): string[] => {
  const resource = parseJson(compactJson(Buffer.from(text))) as JsonObject;
  return validate(resource, String(resource['resourceType'])).map(({ code, expression }) => `${code} ${expression?.[0] ?? ''}`);
};
const patient = (more: string): string => `{"resourceType":"Patient"${more === '' ? '' : `,${more}`}}`;
const observation = (more: string): string => `{"resourceType":"Observation","status":"final","code":{"text":"x"}${more === '' ? '' : `,${more}`}}`;
const div = (content: string): string => patient(`"text":{"status":"generated","div":${JSON.stringify(`<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`)}}`);

describe('what is right', () => {
  const texts = [
    patient(''), patient('"birthDate":"2020-02-29"'), patient('"birthDate":"2020-02"'), patient('"birthDate":"1900"'), patient('"_birthDate":{"extension":[{"url":"urn:x","valueCode":"unknown"}]}'),
    patient('"birthDate":"2020","_birthDate":{"id":"a"}'), patient('"name":[{"given":["A",null],"_given":[null,{"extension":[{"url":"urn:x","valueBoolean":true}]}]}]'),
    patient('"deceasedDateTime":"2020-01-01T12:00:00.123456789+14:00"'), patient('"multipleBirthInteger":2147483647'), patient('"active":false'),
    patient('"photo":[{"contentType":"image/png","data":"aGk="}]'), patient('"contained":[{"resourceType":"Organization","id":"o","name":"x"}],"managingOrganization":{"reference":"#o"}'),
    observation('"valueQuantity":{"value":1.10}'), observation('"valueQuantity":{"value":1e2}'), observation('"valueQuantity":{"value":-0}'), observation('"component":[{"code":{"text":"y"},"valueString":"z"}]'),
    observation('"effectivePeriod":{"start":"2020-01","end":"2020"}'), observation('"effectivePeriod":{"start":"2020-05-05T10:00:00+02:00","end":"2020-05-05T08:00:00Z"}'),
    div('text &amp; <b>bold</b><br/><img src="data:image/png;base64,aGk=" alt="x"/><a href="Patient/1">y</a><!-- comment -->'),
    '{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient"}}]}', '{"resourceType":"Parameters","parameter":[{"name":"a","valueString":"b"},{"name":"c","part":[{"name":"d","resource":{"resourceType":"Basic","code":{"text":"x"}}}]}]}',
    '{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"1","type":"group","item":[{"linkId":"2","type":"string"}]}]}',
  ];
  it.each(texts)('%s', (text) => expect(problems(text)).toEqual([]));
});

describe('what is wrong', () => {
  const cases: readonly [text: string, ...problems: string[]][] = [
    // Elements and cardinality.
    [patient('"nonsense":1'), 'structure Patient.nonsense'], [patient('"constructor":1'), 'structure Patient.constructor'], [patient('"__proto__":{}'), 'structure Patient.__proto__'], [patient('"fhir_comments":["x"]'), 'structure Patient.fhir_comments'],
    [patient('"name":{"family":"A"}'), 'structure Patient.name'], [patient('"name":[]'), 'structure Patient.name'], [patient('"name":[{}]'), 'structure Patient.name[0]'], [patient('"name":[null]'), 'structure Patient.name[0]'],
    [patient('"birthDate":["2020"]'), 'value Patient.birthDate'], [patient('"maritalStatus":1.10'), 'structure Patient.maritalStatus'], [patient('"maritalStatus":[]'), 'structure Patient.maritalStatus'],
    ['{"resourceType":"Observation","code":{"text":"x"}}', 'required Observation.status'], ['{"resourceType":"Observation","status":"final"}', 'required Observation.code'],
    [patient('"link":[{"type":"seealso"}]'), 'required Patient.link[0].other'], [observation('"component":[{"valueString":"x"}]'), 'required Observation.component[0].code'],
    [patient('"id":"a_b"'), 'value Patient.id'], [patient('"id":["a"]'), 'value Patient.id'], [patient('"resourceType2":"x"'), 'structure Patient.resourceType2'],
    // Choices.
    [patient('"deceasedBoolean":true,"deceasedDateTime":"2020"'), 'structure Patient.deceased'], [patient('"deceasedString":"x"'), 'structure Patient.deceasedString'], [patient('"deceased":true'), 'structure Patient.deceased'],
    [patient('"deceasedBoolean":true,"_deceasedDateTime":{"id":"x"}'), 'structure Patient.deceased'],
    ['{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"display":"x"}}', 'required MedicationRequest.medication'],
    // Primitives.
    [patient('"birthDate":"2019-02-29"'), 'value Patient.birthDate'], [patient('"birthDate":"2020-04-31"'), 'value Patient.birthDate'], [patient('"birthDate":"0000"'), 'value Patient.birthDate'], [patient('"birthDate":"2020-1-1"'), 'value Patient.birthDate'],
    [patient('"birthDate":2020'), 'value Patient.birthDate'], [patient('"birthDate":""'), 'value Patient.birthDate'], [patient('"birthDate":null'), 'value Patient.birthDate'], [patient('"deceasedDateTime":"2020-01-01T12:00:00"'), 'value Patient.deceased'],
    [patient('"deceasedDateTime":"2020-01-01T25:00:00Z"'), 'value Patient.deceased'], [patient('"meta":{"lastUpdated":"2020-01-01"}'), 'value Patient.meta.lastUpdated'],
    [patient('"active":"true"'), 'value Patient.active'], [patient('"multipleBirthInteger":1.0'), 'value Patient.multipleBirth'], [patient('"multipleBirthInteger":2147483648'), 'value Patient.multipleBirth'], [patient('"multipleBirthInteger":"1"'), 'value Patient.multipleBirth'],
    [patient('"telecom":[{"system":"phone","value":"1","rank":0}]'), 'value Patient.telecom[0].rank'], [observation('"valueQuantity":{"value":"1"}'), 'value Observation.value.value'], [patient('"name":[{"family":" "}]'), 'value Patient.name[0].family'],
    [patient('"name":[{"family":"a\\u0007b"}]'), 'value Patient.name[0].family'], [patient('"language":" en"'), 'value Patient.language'], [patient('"language":"e  n"'), 'value Patient.language'], [patient('"implicitRules":"a b"'), 'value Patient.implicitRules'],
    [patient('"photo":[{"contentType":"x","data":"aGk"}]'), 'value Patient.photo[0].data'], [patient('"photo":[{"contentType":"x","data":"a*k="}]'), 'value Patient.photo[0].data'],
    [patient('"gender":"Male"'), 'code-invalid Patient.gender'], [patient('"name":[{"use":"x"}]'), 'code-invalid Patient.name[0].use'],
    // Lists of primitives.
    [patient('"name":[{"given":[null]}]'), 'structure Patient.name[0].given[0]'], [patient('"name":[{"given":["a",null],"_given":[{"id":"x"},null]}]'), 'structure Patient.name[0].given[1]'],
    [patient('"name":[{"given":["a"],"_given":[null,{"id":"x"}]}]'), 'structure Patient.name[0].given[1]'], [patient('"name":[{"given":["a",1]}]'), 'value Patient.name[0].given[1]'], [patient('"_birthDate":{}'), 'structure Patient.birthDate'],
    [patient('"_birthDate":{"value":"2020"}'), 'structure Patient.birthDate.value'], [patient('"_name":[{"id":"x"}]'), 'structure Patient.name'],
    // Resources within.
    [patient('"contained":[{"id":"o"}],"managingOrganization":{"reference":"#o"}'), 'structure Patient.contained[0]'], [patient('"contained":[{"resourceType":"Nonsense","id":"o"}],"managingOrganization":{"reference":"#o"}'), 'structure Patient.contained[0]'],
    [patient('"contained":[{"resourceType":"Organization","id":"o","nonsense":1,"name":"x"}],"managingOrganization":{"reference":"#o"}'), 'structure Patient.contained[0].nonsense'],
    [patient('"contained":[{"resourceType":"Organization","id":"o","name":"x","contained":[{"resourceType":"Basic","id":"b","code":{"text":"x"}}]}],"managingOrganization":{"reference":"#o"}'), 'invariant Patient.contained[0].contained'],
    [patient('"contained":[{"resourceType":"Organization","id":"o","name":"x","meta":{"versionId":"1"}}],"managingOrganization":{"reference":"#o"}'), 'invariant Patient.contained[0].meta.versionId'],
    [patient('"managingOrganization":{"reference":"#o"}'), 'invariant Patient.managingOrganization.reference'], [patient('"contained":[{"resourceType":"Organization","id":"o","name":"x"}]'), 'invariant Patient.contained[0]'],
    ['{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","gender":"x"}}]}', 'code-invalid Bundle.entry[0].resource.gender'],
    ['{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"1","type":"group","item":[{"type":"string"}]}]}', 'required Questionnaire.item[0].item[0].linkId'],
    // Invariants.
    [patient('"extension":[{"url":"urn:x"}]'), 'invariant Patient.extension[0]'], [patient('"extension":[{"url":"urn:x","valueString":"a","extension":[{"url":"b","valueString":"c"}]}]'), 'invariant Patient.extension[0]'],
    [patient('"extension":[{"valueString":"a"}]'), 'required Patient.extension[0].url'], [patient('"contact":[{"gender":"male"}]'), 'invariant Patient.contact[0]'], [patient('"telecom":[{"value":"1"}]'), 'invariant Patient.telecom[0]'],
    [observation('"valueString":"x","dataAbsentReason":{"text":"y"}'), 'invariant Observation'], [observation('"effectivePeriod":{"start":"2021","end":"2020"}'), 'invariant Observation.effective'], [observation('"referenceRange":[{"age":{"low":{"value":1}}}]'), 'invariant Observation.referenceRange[0]'],
    [observation('"effectivePeriod":{"start":"2020-05-05T10:00:01Z","end":"2020-05-05T10:00:00Z"}'), 'invariant Observation.effective'], [observation('"valueQuantity":{"value":1,"code":"kg"}'), 'invariant Observation.value'],
    ['{"resourceType":"Bundle","type":"collection","total":1}', 'invariant Bundle'], ['{"resourceType":"Bundle","type":"document","identifier":{"system":"urn:x","value":"1"},"timestamp":"2020-01-01T00:00:00Z","entry":[{"resource":{"resourceType":"Patient"}}]}', 'invariant Bundle'],
    // Narrative.
    [div('<script>alert(1)</script>'), 'invariant Patient.text.div'], [div('<b onclick="x">y</b>'), 'invariant Patient.text.div'], [div('<a href="java&#x73;cript:x">y</a>'.replace('&#x73;', 's')), 'invariant Patient.text.div'], [div('<b>x</i>'), 'invariant Patient.text.div'],
    [div('<b>x'), 'invariant Patient.text.div'], [div('a & b'), 'invariant Patient.text.div'], [div('<iframe src="x"/>'), 'invariant Patient.text.div'], [patient('"text":{"status":"generated","div":"x"}'), 'invariant Patient.text.div'],
    [patient('"text":{"status":"generated"}'), 'required Patient.text.div'], [div('x').replace('</div>"', '</div><div/>"'), 'invariant Patient.text.div'],
  ];
  it.each(cases)('%s', (text, ...expected) => expect(problems(text)).toEqual(expected));

  it('all of it at once, and no more than a hundred of it', () => {
    expect(problems(patient('"gender":"x","birthDate":"y","nonsense":1'))).toEqual(expect.arrayContaining(['code-invalid Patient.gender', 'value Patient.birthDate', 'structure Patient.nonsense']));
    const many = problems(patient(Array.from({ length: 1_000 }, (_, n) => `"x${n}":1`).join()));
    expect([many.length, many.at(-1)!.split(' ')[0]]).toEqual([101, 'incomplete']);
  });
});

describe('hostile texts', () => {
  const long = 200_000;
  const texts = [
    ...['language', 'implicitRules', 'birthDate'].flatMap((name) => ['a'.repeat(long), ' a'.repeat(long / 2), `${'a '.repeat(long / 2)}\u0000`.slice(0, -1), '-'.repeat(long)].map((value) => patient(`"${name}":${JSON.stringify(value)}`))),
    ...['<'.repeat(long), '<div '.repeat(long / 5), `<b ${'a="" '.repeat(long / 5)}`, '<!--'.repeat(long / 4), '&'.repeat(long), `<b${' '.repeat(long)}`, `<b ${'a'.repeat(long)}`, '<b>'.repeat(long / 3)].map(div),
    ...[`${' '.repeat(long)}!`, `A${' '.repeat(long)}=!`, '='.repeat(long)].map((data) => patient(`"photo":[{"contentType":"x","data":"${data}"}]`)),
    ...['1,', '{},', 'null,', '"",', '{"family":""},', '{"nonsense":[1]},'].flatMap((one) => ['name', 'contained', 'extension'].map((list) => patient(`"${list}":[${one.repeat(long)}1]`))),
    patient(Array.from({ length: long }, (_, n) => `"k${n}":1`).join()), patient(`"generalPractitioner":[${'{"reference":"#x"},'.repeat(long)}{}]`),
    patient(`"photo":[{"contentType":"x","data":"${'A '.repeat(long / 2)}="}]`), patient(`"telecom":[{"system":"phone","value":"${'\\t'.repeat(long)}"}]`),
  ];
  it.each(texts.map((text, n) => [n, text] as const))('%i takes no longer than its length', (_n, text) => {
    const cpu = process.cpuUsage();
    problems(text);
    expect(process.cpuUsage(cpu).user).toBeLessThan(1_500_000);
  });
});

it('the sample bodies of the API are right', () => {
  expect(definitions.resourceTypes.flatMap((type) => problems(JSON.stringify(sampleOf(type, definitions))).map((problem) => `${type}: ${problem}`))).toEqual([]);
});
