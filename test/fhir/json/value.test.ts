/** JSON texts as values: R4 json.html#decimal asks that a decimal's precision be kept. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactJson } from '../../../src/fhir/json/scan.ts';
import { isObject, JsonNumber, numberText, parseJson, type JsonValue } from '../../../src/fhir/json/value.ts';
import { members, elements } from '../../../src/fhir/json/walk.ts';
import { spelled } from './arbitrary.ts';

const parsed = (text: string): JsonValue => parseJson(compactJson(Buffer.from(text)));

/** Every number of a value as text, by a walk that knows nothing of the text. */
function written(value: JsonValue): unknown {
  if (typeof value === 'number' || value instanceof JsonNumber) return { number: numberText(value) };
  if (Array.isArray(value)) return value.map(written);
  if (isObject(value)) return Object.entries(value).map(([key, inner]) => [key, written(inner)]);
  return value;
}

/** The same of the text itself; integer keys come first in a JavaScript object, so members are compared in that order. */
function spelledOut(bytes: Buffer, start: number, end: number): unknown {
  const byte = bytes[start];
  if (byte === 0x5b) return elements(bytes, start).map((span) => spelledOut(bytes, span.start, span.end));
  if (byte === 0x7b) {
    const found = new Map(members(bytes, start).map((member) => [member.key, spelledOut(bytes, member.start, member.end)]));
    return Object.keys(JSON.parse(bytes.toString('utf8', start, end)) as object).map((key) => [key, found.get(key)]);
  }
  const text = bytes.toString('utf8', start, end);
  return byte === 0x2d || (byte! >= 0x30 && byte! <= 0x39) ? { number: text } : JSON.parse(text);
}

describe('parseJson', () => {
  const lossy = ['1.10', '1.0', '-0', '-0.0', '1e2', '1.2e+2', '12345678901234567890', '0.1234567890123456789', '1e400'];
  it.each(lossy)('keeps the text of %s', (text) => {
    const value = parsed(text);
    expect(value).toBeInstanceOf(JsonNumber);
    expect(numberText(value as JsonNumber)).toBe(text);
    expect(Number(value)).toBe(Number(text));
    expect(`${value as JsonNumber}`).toBe(text);
  });

  it('gives plain numbers where nothing is lost, beside numbers where something is', () => {
    expect(parsed('{"a":[1.5,{"b":2.50,"c":-3}],"d":4.0,"e":"1.0"}')).toEqual({
      a: [1.5, { b: new JsonNumber('2.50'), c: -3 }], d: new JsonNumber('4.0'), e: '1.0',
    });
  });

  it('finds its way through arrays, strings with quotes and commas, and empty containers', () => {
    expect(parsed('[[],{},"a,\\"[",[1.0,[],2.0],{"x,\\"":[{"y":{}},3.0]},4.0]')).toEqual([
      [], {}, 'a,"[', [new JsonNumber('1.0'), [], new JsonNumber('2.0')], { 'x,"': [{ y: {} }, new JsonNumber('3.0')] }, new JsonNumber('4.0'),
    ]);
  });

  it('treats __proto__ as any other key', () => {
    for (const text of ['{"__proto__":{"a":1.5}}', '{"__proto__":{"a":1.50,"__proto__":2.0}}', '{"__proto__":1.0}']) {
      const value = parsed(text) as Record<string, JsonValue>;
      expect(Object.keys(value)).toEqual(['__proto__']);
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    }
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it('parses a value cut out of a larger text', () => {
    const { bytes, canonicalNumbers } = compactJson(Buffer.from('{"a":{"b":1.0},"c":2}'));
    expect(parseJson({ bytes: bytes.subarray(5, 14), canonicalNumbers })).toEqual({ b: new JsonNumber('1.0') });
  });

  it('keeps the text of every number, and everything else as JSON.parse has it', () => {
    fc.assert(fc.property(spelled, ({ spaced }) => {
      const compact = compactJson(Buffer.from(spaced));
      const value = parseJson(compact);
      expect(written(value)).toEqual(spelledOut(compact.bytes, 0, compact.bytes.length));
      expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(spaced)));
    }), { numRuns: 1000 });
  });

  it('makes a JsonNumber only of a number that JavaScript would write otherwise', () => {
    const all = (value: JsonValue): JsonValue[] => (Array.isArray(value) ? value.flatMap(all) : isObject(value) ? Object.values(value).flatMap(all) : [value]);
    fc.assert(fc.property(spelled, ({ spaced }) => {
      for (const value of all(parsed(spaced))) {
        if (value instanceof JsonNumber) expect(String(Number(value.text))).not.toBe(value.text);
      }
    }), { numRuns: 300 });
  });
});

describe('isObject', () => {
  it.each([[{}, true], [{ a: 1 }, true], [null, false], [[], false], ['', false], [1, false], [new JsonNumber('1.0'), false], [undefined, false]])('%j: %s', (value, expected) => {
    expect(isObject(value)).toBe(expected);
  });
});
