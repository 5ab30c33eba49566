/** Trees whose untouched parts stay bytes, values compared as JSON Patch means it, and elements with what stands beside them. R4: json.html; RFC 6902 4.6. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeObject, elementsOf, withElements } from '../../../src/fhir/json/element.ts';
import { sameValue } from '../../../src/fhir/json/equal.ts';
import { sameNumber } from '../../../src/fhir/json/number.ts';
import {
  arrayNode, asArray, asObject, asString, memberOf, nodeOf, objectNode, sameText, textOf, withMember, withoutMember, type JsonNode, type ObjectNode,
} from '../../../src/fhir/json/tree.ts';
import { compactJson } from '../../../src/fhir/json/scan.ts';
import { examples } from '../../support/examples.ts';
import { spelled } from './arbitrary.ts';

const node = (text: string): JsonNode => nodeOf(Buffer.from(text));
const object = (text: string): ObjectNode => asObject(node(text))!;
const shown = (of: JsonNode): string => textOf(of).toString();

/** The same tree, with every object and array made anew. */
function rebuilt(of: JsonNode): JsonNode {
  const [members, elements] = [asObject(of)?.members, asArray(of)?.elements];
  if (members !== undefined) return objectNode(members.map((member) => ({ ...member, value: rebuilt(member.value) })));
  return elements === undefined ? of : arrayNode(elements.map(rebuilt));
}

describe('a tree', () => {
  it('gives back the text that it was made of, however far it was opened', () => {
    fc.assert(fc.property(spelled, ({ compact }) => {
      expect(shown(rebuilt(node(compact)))).toBe(compact);
    }), { numRuns: 500 });
  });

  it('gives back every official example', () => {
    for (const { file, text } of examples()) {
      const { bytes } = compactJson(text);
      if (!textOf(rebuilt(nodeOf(bytes))).equals(bytes)) expect.fail(file);
    }
  });

  it('changes a member in its place, adds one behind the others, and leaves the first tree as it was', () => {
    const before = object('{"a":1.10,"\\u0062":[1e2],"c":{}}');
    expect(shown(withMember(withMember(before, 'b', node('2')), 'é', node('3')))).toBe('{"a":1.10,"\\u0062":2,"c":{},"é":3}');
    expect(shown(withoutMember(before, 'b'))).toBe('{"a":1.10,"c":{}}');
    expect(shown(before)).toBe('{"a":1.10,"\\u0062":[1e2],"c":{}}');
  });

  it('keeps what is untouched as the same node', () => {
    const before = object('{"a":{"x":1},"b":2}');
    const after = withMember(before, 'b', node('3'));
    expect(memberOf(after, 'a')).toBe(memberOf(before, 'a'));
    expect(sameText(after, before)).toBe(false);
    expect(sameText(withMember(after, 'b', node('2')), before)).toBe(true);
  });

  it('tells its values apart', () => {
    expect([asObject(node('[]')), asArray(node('{}')), asString(node('1')), asString(node('"\\u00e9"')), asString(undefined)]).toEqual([undefined, undefined, undefined, 'é', undefined]);
  });
});

describe('numbers are the same', () => {
  const cases: readonly [a: string, b: string, same: boolean][] = [
    ['1', '1', true], ['1.0', '1.00', true], ['1e2', '100', true], ['1E+2', '100.0', true], ['0.1', '1e-1', true], ['-0', '0', true], ['0e5', '0.000', true], ['1', '-1', false], ['1', '10', false],
    ['0.1', '0.10000000000000000001', false], ['12345678901234567890', '12345678901234567891', false], ['1.5e3', '1500', true], ['120', '12e1', true], ['0.012', '12e-3', true],
  ];
  it.each(cases)('%s and %s: %s', (a, b, same) => expect([sameNumber(a, b), sameNumber(b, a)]).toEqual([same, same]));
});

it('a value is the same as itself in any spelling and order of members', () => {
  expect(sameValue(node('{"a":1.0,"b":["x",null]}'), node('{"\\u0062":["\\u0078",null],"a":1}'))).toBe(true);
  for (const [a, b] of [['{"a":1}', '{"b":1}'], ['[1]', '[1,1]'], ['null', 'false'], ['"1"', '1'], ['{}', '[]'], ['true', '"true"']]) expect(sameValue(node(a!), node(b!)), `${a} ${b}`).toBe(false);
  fc.assert(fc.property(spelled, ({ compact }) => sameValue(node(compact), rebuilt(node(compact)))), { numRuns: 300 });
});

describe('elements', () => {
  it('are a value and what stands beside it', () => {
    const parts = (text: string): unknown => elementsOf(object(text), 'a').items.map(({ value, more }) => [value && shown(value), more && shown(more)]);
    expect(parts('{}')).toEqual([]);
    expect(parts('{"a":1}')).toEqual([['1', undefined]]);
    expect(parts('{"_a":{"id":"x"}}')).toEqual([[undefined, '{"id":"x"}']]);
    expect(parts('{"a":["x",null,"z"],"_a":[null,{"id":"y"}]}')).toEqual([['"x"', undefined], [undefined, '{"id":"y"}'], ['"z"', undefined]]);
  });

  it('go back into two arrays side by side, and leave no empty one', () => {
    const before = object('{"a":["x","y"],"_a":[null,{"id":"y"}],"b":1}');
    const { items } = elementsOf(before, 'a');
    const set = (some: typeof items): string => shown(withElements(before, 'a', { items: some, isArray: true }));
    expect(set(items.toReversed())).toBe('{"a":["y","x"],"_a":[{"id":"y"},null],"b":1}');
    expect(set(items.slice(0, 1))).toBe('{"a":["x"],"b":1}');
    expect(set([{ more: items[1]!.more! }])).toBe('{"_a":[{"id":"y"}],"b":1}');
    expect(set([])).toBe('{"b":1}');
  });

  it('that are left empty go, and so on upwards', () => {
    const before = object('{"a":[{"b":{"c":1}},{"d":2}],"e":"x"}');
    const steps = [{ key: 'a', index: 0, isPrimitive: false }, { key: 'b', index: undefined, isPrimitive: false }];
    expect(shown(changeObject(before, steps, (inner) => withoutMember(inner, 'c')))).toBe('{"a":[{"d":2}],"e":"x"}');
    expect(shown(changeObject(before, [{ key: 'e', index: undefined, isPrimitive: true }], (inner) => withMember(inner, 'id', node('"i"'))))).toBe('{"a":[{"b":{"c":1}},{"d":2}],"e":"x","_e":{"id":"i"}}');
  });
});
