/** Finding members, elements and strings by offset in compact JSON (RFC 8259). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyReader, elements, findMember, members, skipValue, stringAt } from '../../../src/fhir/json/walk.ts';
import { spelled, stringToken } from './arbitrary.ts';

const shown = (text: string) => members(Buffer.from(text), 0)
  .map(({ key, keyStart, start, end }) => [key, Buffer.from(text).toString('utf8', keyStart, start), Buffer.from(text).toString('utf8', start, end)]);

describe('members', () => {
  it('lists keys decoded and values as they stand, in the order of the text', () => {
    expect(shown('{}')).toEqual([]);
    expect(shown('{"b":1.10,"\\u0061":"x\\"}","é":{"c":[1,"]"]},"":[],"t":true}')).toEqual([
      ['b', '"b":', '1.10'], ['a', '"\\u0061":', '"x\\"}"'], ['é', '"é":', '{"c":[1,"]"]}'], ['', '"":', '[]'], ['t', '"t":', 'true'],
    ]);
  });

  it('starts wherever an object starts', () => {
    const bytes = Buffer.from('[{"a":{"b":1}},2]');
    expect(members(bytes, 6)).toEqual([{ key: 'b', keyStart: 7, start: 11, end: 12 }]);
  });
});

describe('elements', () => {
  const cases: [string, string[]][] = [
    ['[]', []], ['[[]]', ['[]']], ['[1,"a,]",{"b":[2]},[3,4],null]', ['1', '"a,]"', '{"b":[2]}', '[3,4]', 'null']],
  ];
  it.each(cases)('%s', (text, expected) => {
    const bytes = Buffer.from(text);
    expect(elements(bytes, 0).map(({ start, end }) => bytes.toString('utf8', start, end))).toEqual(expected);
  });
});

describe('skipValue', () => {
  const values = ['1', '-1.5e+3', 'true', 'null', '""', '"a\\\\"', '"a\\""', '{}', '[[],{"a":"]"}]'];
  it.each(values)('ends behind %s, whatever follows', (text) => {
    for (const rest of ['', ',1', ']', '}']) expect(skipValue(Buffer.from(`x${text}${rest}`), 1)).toBe(1 + text.length);
  });
});

describe('findMember', () => {
  const text = '{"idx":1,"i":2,"i\\u0064":{"id":3},"é":4,"\\u00e9e":5,"\\\\":6,"":7}';
  const bytes = Buffer.from(text);
  const cases: [key: string, value: string | undefined][] = [
    ['idx', '1'], ['i', '2'], ['id', '{"id":3}'], ['é', '4'], ['ée', '5'], ['\\', '6'], ['', '7'], ['\\\\', undefined], ['x', undefined], ['idxx', undefined], ['e', undefined],
  ];
  it.each(cases)('of "%s" is %s', (key, value) => {
    const member = findMember(bytes, 0, key);
    expect(member && bytes.toString('utf8', member.start, member.end)).toBe(value);
  });
  it('finds nothing in an empty object', () => expect(findMember(Buffer.from('{}'), 0, '')).toBeUndefined());
});

describe('walking and JSON.parse agree', () => {
  it('on members and elements of any value', () => {
    fc.assert(fc.property(spelled, ({ compact }) => {
      const bytes = Buffer.from(compact);
      expect(skipValue(bytes, 0)).toBe(bytes.length);
      const value = JSON.parse(compact) as unknown;
      const at = ({ start, end }: { start: number; end: number }) => JSON.parse(bytes.toString('utf8', start, end)) as unknown;
      if (compact.startsWith('[')) expect(elements(bytes, 0).map(at)).toEqual(value);
      if (!compact.startsWith('{')) return;
      const found = members(bytes, 0);
      expect(new Map(found.map((member) => [member.key, at(member)]))).toEqual(new Map(Object.entries(value as object)));
      for (const member of found) expect(findMember(bytes, 0, member.key)).toEqual(member);
    }), { numRuns: 500 });
  });

  it('on what a string says', () => {
    fc.assert(fc.property(stringToken, (token) => {
      const bytes = Buffer.from(`[${token}]`);
      expect(stringAt(bytes, 1, bytes.length - 1)).toBe(JSON.parse(token));
    }), { numRuns: 500 });
  });
});

it('tells keys apart, escaped ones too, whatever keys came before', () => {
  // Far more than are remembered, so that they take one another's places.
  const keys = [...Array.from({ length: 20_000 }, (_, n) => `k${n}`), '', 'é', String.raw`\"`, String.raw`a\\b`, String.raw`\u0061`, 'x'.repeat(200)];
  const keyAt = createKeyReader();
  for (let round = 0; round < 2; round++) {
    for (const key of keys) {
      const token = Buffer.from(` "${key}":`);
      expect(keyAt(token, 1, token.length - 1)).toBe(JSON.parse(`"${key}"`));
    }
  }
});
