/** Where the elements of a path are, in every official example. R4: fhirpatch.html, json.html. */
import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { createLocate } from '../../../src/fhir/fhirpath/locate.ts';
import { ExpressionError, parseExpression } from '../../../src/fhir/fhirpath/parse.ts';
import { compactJson } from '../../../src/fhir/json/scan.ts';
import { asArray, asObject, asString, memberOf, nodeOf, textOf, type JsonNode, type ObjectNode } from '../../../src/fhir/json/tree.ts';
import { examples } from '../../support/examples.ts';

const definitions = loadDefinitions();

/** Every element of a resource with its path, but for what stands beside primitives. */
function* paths(node: JsonNode, path: string): Generator<[path: string, node: JsonNode]> {
  for (const { key, value } of asObject(node)?.members ?? []) {
    if (key === 'resourceType' || key.startsWith('_')) continue;
    const list = asArray(value)?.elements;
    for (const [n, element] of (list ?? [value]).entries()) {
      const at = `${path}.${key}${list === undefined ? '' : `[${n}]`}`;
      yield [at, element];
      yield* paths(element, at);
    }
  }
}

describe('locate', () => {
  it('finds every element of the official examples by its path', { timeout: 240_000 }, () => {
    let tried = 0;
    const wrong: string[] = [];
    for (const { file, text } of examples()) {
      const resource = asObject(nodeOf(compactJson(text).bytes))!;
      const type = asString(memberOf(resource, 'resourceType'))!;
      const locate = createLocate(type, definitions);
      const all = [...paths(resource, type)];
      const step = Math.ceil(all.length / 40);
      for (let n = 0; n < all.length; n += step) {
        const [path, node] = all[n]!;
        // In a list of primitives null stands for an element without a value.
        if (textOf(node).toString() === 'null') continue;
        const [found, other] = locate(parseExpression(path), resource);
        if (found?.element.value !== node || other !== undefined) wrong.push(`${file} ${path}`);
        tried++;
      }
    }
    expect(wrong).toEqual([]);
    expect(tried).toBeGreaterThan(5_000);
  });

  const resource: ObjectNode = asObject(nodeOf(Buffer.from('{"resourceType":"Patient","name":[{"use":"old","given":["a","b"],"_given":[null,{"id":"i"}]},{"use":"usual"}],"deceasedBoolean":true,"contained":[{"resourceType":"Basic","id":"x"}],"extension":[{"url":"u","valueDecimal":1.10}]}')))!;
  const cases: readonly [path: string, values: string[]][] = [
    ['Patient.name.given', ['"a"', '"b"']], ['name.given', ['"a"', '"b"']], ['Patient.name[1].use', ['"usual"']], ['Patient.name.where(use = \'old\').given.last()', ['"b"']], ['Patient.name.where(use != \'old\').use', ['"usual"']],
    ['Patient.name.where(given.exists()).use', ['"old"']], ['Patient.name.given.id', ['"i"']], ['Patient.deceased', ['true']], ['Patient.deceased.ofType(boolean)', ['true']], ['Patient.deceased as boolean', ['true']], ['Patient.deceased.ofType(dateTime)', []],
    ['Patient.contained.where(id = \'x\').id', ['"x"']], ['Patient.contained.ofType(Basic).id', ['"x"']], ['Patient.contained.ofType(Patient)', []], ['%resource.name.first().use', ['"old"']], ['Patient.extension.where(value = 1.1).url', ['"u"']], ['Patient.extension(\'u\').value', ['1.10']],
    ['Resource.id', []], ['DomainResource.extension.url', ['"u"']], ['Observation.name', []], ['Patient.wings', []], ['Patient.name[5]', []], ['Patient.name.where(%resource.deceased = true).use', ['"old"', '"usual"']],
  ];
  it.each(cases)('%s', (path, values) => {
    expect(createLocate('Patient', definitions)(parseExpression(path), resource).map(({ element }) => textOf(element.value!).toString())).toEqual(values);
  });

  it.each(['\'x\'', 'Patient.name | Patient.contact', 'Patient.name.exists()', 'Patient.name.skip(1)', 'Patient.name is HumanName', '%context', 'Patient.name.where(use.upper() = \'x\')'])('%s is no path of a patch', (path) => {
    expect(() => createLocate('Patient', definitions)(parseExpression(path), resource)).toThrow(ExpressionError);
  });
});
