/** Which strings of a JSON text may be one of a list. */
import { describe, expect, it } from 'vitest';
import { beginsLikeOneOf } from '../../../src/interactions/transaction/prefix.ts';

const uuid = 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0';

describe('a string', () => {
  it('may be one of many different ones, which are not compared one by one', () => {
    const many = Array.from({ length: 100 }, (_, n) => `${n}:abc`);
    expect(beginsLikeOneOf(many)(Buffer.from('"x"'), 0, 3)).toBe(true);
    expect(beginsLikeOneOf(many.map((_, n) => `${uuid}${n}`))(Buffer.from('"x"'), 0, 3)).toBe(false);
  });

  it.each<[texts: readonly string[], token: string, expected: boolean]>([
    [[uuid], JSON.stringify(uuid), true], [[uuid], JSON.stringify(`${uuid}#part`), true], [[uuid], '"urn:oid:1.2"', false], [[uuid], '"http://loinc.org"', false],
    [[uuid], '"urn"', false], [[uuid], '""', false],
    // Escapes may be anything.
    [[uuid], '"urn\\u003auuid:x"', true], [[uuid], '"\\u0075rn:uuid:x"', true], [[uuid], '"http:\\/\\/loinc.org"', false],
    [['http://example.org/Patient/1'], '"http:\\/\\/example.org/Patient/1"', true], [['http://example.org/Patient/1'], '"http://loinc.org"', false], [['http://example.org/Patient/1'], '"http://else"', true],
    [['a'], '"a"', true], [['a'], '"abc"', true], [['a'], '"b"', false], [['é'], '"é"', true], [['é'], '"è"', false], [[''], '"x"', true],
    [['urn:a', uuid], '"urn:a#1"', true], [[], '"urn:a"', false],
  ])('of %j, %s', (texts, token, expected) => {
    const bytes = Buffer.from(`{"x":${token},"urn:uuid:":1}`);
    expect(beginsLikeOneOf(texts)(bytes, 5, 5 + Buffer.byteLength(token))).toBe(expected);
  });
});
