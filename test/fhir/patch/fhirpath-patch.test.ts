/** FHIRPath Patch, operation by operation, and the cases of fhir-test-cases. R4: fhirpatch.html. */
import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { compactJson } from '../../../src/fhir/json/scan.ts';
import { nodeOf, textOf } from '../../../src/fhir/json/tree.ts';
import { FhirError } from '../../../src/fhir/outcome.ts';
import { readFhirPathPatch } from '../../../src/fhir/patch/fhirpath-patch.ts';
import { hasShared, readShared } from '../../support/shared.ts';
import { parseXml, resourceFromXml, type Xml } from '../../support/xml.ts';

const definitions = loadDefinitions();
const node = (text: string) => nodeOf(compactJson(Buffer.from(text)).bytes);

/** An operation in short: `{ type: 'add', path: 'Patient', name: 'active', value: '"valueBoolean":true' }`. */
interface Short {
  readonly type?: string;
  readonly path?: string;
  readonly name?: string;
  /** Members of the part, as JSON text. */
  readonly value?: string;
  readonly index?: number;
  readonly source?: number;
  readonly destination?: number;
}

function parametersOf(operations: readonly Short[]): string {
  const parameter = operations.map(({ type, path, name, value, ...numbers }) => {
    const part = [
      ...(type === undefined ? [] : [`{"name":"type","valueCode":"${type}"}`]),
      ...(path === undefined ? [] : [`{"name":"path","valueString":${JSON.stringify(path)}}`]),
      ...(name === undefined ? [] : [`{"name":"name","valueString":"${name}"}`]),
      ...Object.entries(numbers).map(([key, number]) => `{"name":"${key}","valueInteger":${number}}`),
      ...(value === undefined ? [] : [`{"name":"value",${value}}`]),
    ];
    return `{"name":"operation","part":[${part.join()}]}`;
  });
  return `{"resourceType":"Parameters","parameter":[${parameter.join()}]}`;
}

function patched(document: string, parameters: string): string {
  const { resourceType } = JSON.parse(document) as { resourceType: string };
  return textOf(readFhirPathPatch(node(parameters), resourceType, definitions, 'Parameters')(node(document))).toString();
}

function refusal(document: string, parameters: string): [status: number, diagnostics: string, expression: string | undefined] {
  try {
    return [200, patched(document, parameters), undefined];
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    return [error.status, error.issues[0]!.diagnostics, error.issues[0]!.expression?.[0]];
  }
}

const patient = (more: string): string => `{"resourceType":"Patient"${more === '' ? '' : `,${more}`}}`;
const observation = (more: string): string => `{"resourceType":"Observation"${more === '' ? '' : `,${more}`}}`;

describe('an operation', () => {
  const two = '"identifier":[{"system":"a","value":"1.10"},{"system":"b","value":"2"}]';
  const cases: readonly [name: string, document: string, operation: Short | readonly Short[], expected: string][] = [
    ['add a primitive', patient(''), { type: 'add', path: 'Patient', name: 'birthDate', value: '"valueDate":"1930-01-01"' }, patient('"birthDate":"1930-01-01"')],
    ['add keeps the text of a number', observation(''), { type: 'add', path: 'Observation', name: 'value', value: '"valueQuantity":{"value":1.10}' }, observation('"valueQuantity":{"value":1.10}')],
    ['add to a list', patient(two), { type: 'add', path: 'Patient', name: 'identifier', value: '"valueIdentifier":{"value":"3"}' }, patient(two.replace(']', ',{"value":"3"}]'))],
    ['add a first element to a list', patient(''), { type: 'add', path: 'Patient', name: 'name', value: '"valueHumanName":{"family":"x"}' }, patient('"name":[{"family":"x"}]')],
    ['add a choice', patient(''), { type: 'add', path: 'Patient', name: 'deceased', value: '"valueBoolean":true' }, patient('"deceasedBoolean":true')],
    ['add a choice by its own name', patient(''), { type: 'add', path: 'Patient', name: 'deceasedBoolean', value: '"valueBoolean":true' }, patient('"deceasedBoolean":true')],
    ['add to one selected by a criterion', patient(two), { type: 'add', path: 'Patient.identifier.where(system = \'b\')', name: 'use', value: '"valueCode":"old"' }, patient(two.replace('"2"', '"2","use":"old"'))],
    ['add with and', patient(two), { type: 'add', path: 'Patient.identifier.where(system=\'b\' and value=\'2\').first()', name: 'use', value: '"valueCode":"old"' }, patient(two.replace('"2"', '"2","use":"old"'))],
    ['add by parts', patient(''), { type: 'add', path: 'Patient', name: 'contact', value: '"part":[{"name":"name","valueHumanName":{"text":"n"}},{"name":"telecom","part":[{"name":"value","valueString":"1"}]},{"name":"telecom","valueContactPoint":{"value":"2"}},{"name":"gender","valueCode":"male"}]' },
      patient('"contact":[{"name":{"text":"n"},"telecom":[{"value":"1"},{"value":"2"}],"gender":"male"}]')],
    ['add by parts with a choice', observation(''), { type: 'add', path: 'Observation', name: 'component', value: '"part":[{"name":"code","valueCodeableConcept":{"text":"c"}},{"name":"value","valueQuantity":{"value":2.0}}]' },
      observation('"component":[{"code":{"text":"c"},"valueQuantity":{"value":2.0}}]')],
    ['add an extension to a primitive', patient('"birthDate":"1930"'), { type: 'add', path: 'Patient.birthDate', name: 'extension', value: '"part":[{"name":"url","valueUri":"http://x"},{"name":"value","valueString":"y"}]' },
      patient('"birthDate":"1930","_birthDate":{"extension":[{"url":"http://x","valueString":"y"}]}')],
    ['add an extension to a primitive in a list', patient('"name":[{"given":["a","b"]}]'), { type: 'add', path: 'Patient.name[0].given[1]', name: 'extension', value: '"valueExtension":{"url":"http://x"}' },
      patient('"name":[{"given":["a","b"],"_given":[null,{"extension":[{"url":"http://x"}]}]}]')],
    ['add with the value\'s own extension', patient(''), { type: 'add', path: 'Patient', name: 'birthDate', value: '"_valueDate":{"extension":[{"url":"http://x"}]}' }, patient('"_birthDate":{"extension":[{"url":"http://x"}]}')],
    ['add inside of a contained resource', patient('"contained":[{"resourceType":"Organization","id":"o"}]'), { type: 'add', path: 'Patient.contained[0]', name: 'name', value: '"valueString":"n"' }, patient('"contained":[{"resourceType":"Organization","id":"o","name":"n"}]')],
    ['add a contained resource', patient(''), { type: 'add', path: 'Patient', name: 'contained', value: '"resource":{"resourceType":"Basic","id":"b"}' }, patient('"contained":[{"resourceType":"Basic","id":"b"}]')],
    ['insert', patient(two), { type: 'insert', path: 'Patient.identifier', index: 1, value: '"valueIdentifier":{"value":"x"}' }, patient(two.replace('},{', '},{"value":"x"},{'))],
    ['insert at the end', patient(two), { type: 'insert', path: 'Patient.identifier', index: 2, value: '"valueIdentifier":{"value":"x"}' }, patient(two.replace(']', ',{"value":"x"}]'))],
    ['insert into nothing', patient(''), { type: 'insert', path: 'identifier', index: 0, value: '"valueIdentifier":{"value":"x"}' }, patient('"identifier":[{"value":"x"}]')],
    ['insert a primitive beside extensions', patient('"name":[{"given":["a","b"],"_given":[null,{"id":"i"}]}]'), { type: 'insert', path: 'Patient.name.given', index: 0, value: '"valueString":"z"' }, patient('"name":[{"given":["z","a","b"],"_given":[null,null,{"id":"i"}]}]')],
    ['delete', patient(`${two},"active":true`), { type: 'delete', path: 'Patient.active' }, patient(two)],
    ['delete what is not there', patient(two), { type: 'delete', path: 'Patient.active' }, patient(two)],
    ['delete a primitive with its extensions', patient('"birthDate":"1930","_birthDate":{"id":"i"}'), { type: 'delete', path: 'Patient.birthDate' }, patient('')],
    ['delete an element of a list', patient(two), { type: 'delete', path: 'Patient.identifier[0]' }, patient('"identifier":[{"system":"b","value":"2"}]')],
    ['delete the last element of a list', patient('"identifier":[{"value":"1"}]'), { type: 'delete', path: 'Patient.identifier' }, patient('')],
    ['delete by last()', patient(two), { type: 'delete', path: 'Patient.identifier.last()' }, patient('"identifier":[{"system":"a","value":"1.10"}]')],
    ['delete what leaves nothing behind', patient('"contact":[{"name":{"text":"x"}}]'), { type: 'delete', path: 'Patient.contact[0].name.text' }, patient('')],
    ['delete a choice', patient('"deceasedBoolean":true'), { type: 'delete', path: 'Patient.deceased' }, patient('')],
    ['delete by $this', patient('"name":[{"given":["a","b"]}]'), { type: 'delete', path: 'Patient.name.given.where($this = \'b\')' }, patient('"name":[{"given":["a"]}]')],
    ['delete an extension', patient('"extension":[{"url":"http://a"},{"url":"http://b"}]'), { type: 'delete', path: 'Patient.extension(\'http://a\')' }, patient('"extension":[{"url":"http://b"}]')],
    ['delete an extension of a primitive', patient('"birthDate":"1930","_birthDate":{"extension":[{"url":"http://a"}]}'), { type: 'delete', path: 'Patient.birthDate.extension.where(url=\'http://a\')' }, patient('"birthDate":"1930"')],
    ['replace in its place', patient('"active":true,"gender":"male"'), { type: 'replace', path: 'Patient.active', value: '"valueBoolean":false' }, patient('"active":false,"gender":"male"')],
    ['replace a choice by another type', patient('"deceasedBoolean":true,"gender":"male"'), { type: 'replace', path: 'Patient.deceased', value: '"valueDateTime":"2020"' }, patient('"deceasedDateTime":"2020","gender":"male"')],
    ['replace by ofType', observation('"valueQuantity":{"value":1.0}'), { type: 'replace', path: 'Observation.value.ofType(Quantity).value', value: '"valueDecimal":2.00' }, observation('"valueQuantity":{"value":2.00}')],
    ['replace by the name of a choice', observation('"valueQuantity":{"value":1.0}'), { type: 'replace', path: 'Observation.valueQuantity', value: '"valueString":"x"' }, observation('"valueString":"x"')],
    ['replace in a list of primitives', patient('"name":[{"given":["a","b"],"_given":[null,{"id":"i"}]}]'), { type: 'replace', path: 'Patient.name[0].given[1]', value: '"valueString":"c"' }, patient('"name":[{"given":["a","c"]}]')],
    ['move', patient('"name":[{"text":"a"},{"text":"b"},{"text":"c"}]'), { type: 'move', path: 'Patient.name', source: 0, destination: 2 }, patient('"name":[{"text":"b"},{"text":"c"},{"text":"a"}]')],
    ['several, each on what the one before left', patient(''), [{ type: 'add', path: 'Patient', name: 'name', value: '"valueHumanName":{"family":"x"}' }, { type: 'add', path: 'Patient.name[0]', name: 'given', value: '"valueString":"g"' }], patient('"name":[{"family":"x","given":["g"]}]')],
    ['none', patient(two), [], patient(two)],
  ];
  it.each(cases)('%s', (_name, document, operation, expected) => {
    expect(patched(document, parametersOf(Array.isArray(operation) ? operation as Short[] : [operation as Short]))).toBe(expected);
  });

  it('keeps the text of all that it does not touch', () => {
    const document = '{"resourceType":"Observation","\\u0073tatus":"final","extension":[{"url":"x","valueDecimal":1.10}],"code":{"text":"\\/ \\u00e9"},"zzz":[1e2,{}]}';
    expect(patched(document, parametersOf([{ type: 'replace', path: 'Observation.status', value: '"valueCode":"amended"' }]))).toBe(document.replace('"final"', '"amended"'));
  });
});

describe('what cannot be carried out names operation and parameter', () => {
  const two = '"name":[{"text":"a"},{"text":"b"}]';
  const cases: readonly [name: string, document: string, operation: Short, status: number, says: string][] = [
    ['add to nothing', patient(''), { type: 'add', path: 'Patient.contact', name: 'gender', value: '"valueCode":"male"' }, 422, 'the path selects nothing'],
    ['add to several', patient(two), { type: 'add', path: 'Patient.name', name: 'use', value: '"valueCode":"old"' }, 422, 'more than one element'],
    ['add what is there', patient('"active":true'), { type: 'add', path: 'Patient', name: 'active', value: '"valueBoolean":true' }, 422, '"active" is there already'],
    ['add a choice that is there as another type', patient('"deceasedBoolean":true'), { type: 'add', path: 'Patient', name: 'deceased', value: '"valueDateTime":"2020"' }, 422, '"deceased" is there already'],
    ['add what the type does not have', patient(''), { type: 'add', path: 'Patient', name: 'wings', value: '"valueInteger":2' }, 400, 'Patient has no element "wings"'],
    ['add a choice of a type that it is never', patient(''), { type: 'add', path: 'Patient', name: 'deceased', value: '"valueString":"x"' }, 400, '"deceased" is never a String'],
    ['a choice by parts', observation(''), { type: 'add', path: 'Observation', name: 'value', value: '"part":[{"name":"value","valueDecimal":1}]' }, 400, 'several types'],
    ['a string for a boolean', patient(''), { type: 'add', path: 'Patient', name: 'active', value: '"valueString":"true"' }, 400, '"active" is a boolean'],
    ['a primitive for a datatype', patient(''), { type: 'add', path: 'Patient', name: 'name', value: '"valueString":"x"' }, 400, '"name" is a HumanName'],
    ['parts for a primitive', patient(''), { type: 'add', path: 'Patient', name: 'active', value: '"part":[]' }, 400, '"active" has no parts'],
    ['a part twice', patient(''), { type: 'add', path: 'Patient', name: 'contact', value: '"part":[{"name":"gender","valueCode":"male"},{"name":"gender","valueCode":"male"}]' }, 400, 'given twice'],
    ['insert behind the end', patient(two), { type: 'insert', path: 'Patient.name', index: 3, value: '"valueHumanName":{"text":"c"}' }, 422, '"index" is 3, and the list goes up to 2'],
    ['insert into what is no list', patient(''), { type: 'insert', path: 'Patient.active', index: 0, value: '"valueBoolean":true' }, 422, '"active" is no list'],
    ['insert at an element', patient(two), { type: 'insert', path: 'Patient.name[0]', index: 0, value: '"valueHumanName":{"text":"c"}' }, 422, 'not that of a list'],
    ['delete several', patient(two), { type: 'delete', path: 'Patient.name' }, 422, 'more than one element'],
    ['delete the resource', patient(two), { type: 'delete', path: 'Patient' }, 422, 'whole resource'],
    ['replace what is not there', patient(''), { type: 'replace', path: 'Patient.active', value: '"valueBoolean":true' }, 422, 'the path selects nothing'],
    ['replace the resource', patient(''), { type: 'replace', path: 'Patient', value: '"resource":{"resourceType":"Patient"}' }, 422, 'whole resource'],
    ['another type\'s path', patient(two), { type: 'replace', path: 'Observation.status', value: '"valueCode":"final"' }, 422, 'the path selects nothing'],
    ['move from behind the end', patient(two), { type: 'move', path: 'Patient.name', source: 2, destination: 0 }, 422, '"source" is 2'],
    ['move behind the end', patient(two), { type: 'move', path: 'Patient.name', source: 0, destination: 2 }, 422, '"destination" is 2'],
    ['a function that is not there', patient(two), { type: 'delete', path: 'Patient.name.skip(1)' }, 400, 'skip(…) is not supported'],
    ['an expression that is no path', patient(two), { type: 'delete', path: 'Patient.name | Patient.contact' }, 400, 'not the path of an element'],
  ];
  it.each(cases)('%s', (_name, document, operation, status, says) => {
    const found = refusal(document, parametersOf([{ type: 'delete', path: 'Patient.photo' }, operation]));
    expect(found).toEqual([status, expect.stringContaining(says), 'Parameters.parameter[1]']);
    expect(found[1]).toMatch(new RegExp(`^Operation 1 \\(${operation.type} `));
  });
});

describe('what is no FHIRPath Patch is 400', () => {
  const part = (text: string): string => `{"resourceType":"Parameters","parameter":[{"name":"operation","part":${text}}]}`;
  const cases: readonly [name: string, parameters: string][] = [
    ['another parameter', '{"resourceType":"Parameters","parameter":[{"name":"op","part":[]}]}'], ['a parameter that is no object', '{"resourceType":"Parameters","parameter":[1]}'],
    ['parameters that are no array', '{"resourceType":"Parameters","parameter":{}}'], ['no parts', '{"resourceType":"Parameters","parameter":[{"name":"operation"}]}'],
    ['no type', part('[{"name":"path","valueString":"Patient"}]')], ['no path', part('[{"name":"type","valueCode":"delete"}]')], ['no name', part('[{"valueString":"Patient"}]')],
    ['another type', parametersOf([{ type: 'upsert', path: 'Patient' }])], ['a type that is a word of JavaScript', parametersOf([{ type: 'constructor', path: 'Patient' }])],
    ['no value', parametersOf([{ type: 'replace', path: 'Patient.active' }])], ['no index', parametersOf([{ type: 'insert', path: 'Patient.name', value: '"valueHumanName":{}' }])],
    ['no destination', parametersOf([{ type: 'move', path: 'Patient.name', source: 1 }])], ['a negative index', parametersOf([{ type: 'insert', path: 'Patient.name', index: -1, value: '"valueHumanName":{}' }])],
    ['a path that is none', parametersOf([{ type: 'delete', path: 'Patient..name' }])], ['a path that nests without end', parametersOf([{ type: 'delete', path: '('.repeat(100_000) }])], ['a path that nests to the limit', parametersOf([{ type: 'delete', path: '('.repeat(1_000) }])], ['type twice', part('[{"name":"type","valueCode":"delete"},{"name":"type","valueCode":"delete"},{"name":"path","valueString":"Patient"}]')],
    ['two values', part('[{"name":"type","valueCode":"delete","valueString":"delete"},{"name":"path","valueString":"Patient.active"}]')],
  ];
  it.each(cases)('%s', (_name, parameters) => {
    const [status, , expression] = refusal(patient(''), parameters);
    expect([status, expression]).toEqual([400, expect.stringMatching(/^Parameters\.parameter/)]);
  });
});

describe.skipIf(!hasShared)('the FHIRPath Patch cases of fhir-test-cases', () => {
  const cases = hasShared ? parseXml(readShared('data', 'fhir-test-cases', 'r4', 'patch', 'fhir-patch-tests.xml').toString()).children : [];
  const json = (xml: Xml | undefined): string => JSON.stringify(resourceFromXml(xml!.children[0]!, definitions));
  /** Narrative comes from XML on one side and from a string on the other. */
  const plain = (text: string): unknown => JSON.parse(text.replaceAll('&quot;', '\\"').replaceAll(/(?:\\[nr]|\s)+/g, ' '));

  it('are 33', () => expect(cases).toHaveLength(33));
  it.each(cases.map((xml) => [xml.attributes['name']!, xml] as const))('%s', (_name, xml) => {
    const of = (name: string): Xml | undefined => xml.children.find((child) => child.name === name);
    const [status, result] = refusal(json(of('input')), json(of('diff')));
    const output = of('output');
    if (output === undefined) expect(status).toBe(422);
    else expect(plain(result)).toEqual(plain(json(output)));
  });
});
