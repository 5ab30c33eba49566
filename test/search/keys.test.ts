/** SipHash-2-4 by the vectors of its authors' reference implementation (Aumasson and Bernstein, 2012), and keys of lists of parts. */
import { describe, expect, it } from 'vitest';
import { createKeyHash, createSipHash } from '../../src/search/keys.ts';

const secret = Buffer.from(Array.from({ length: 16 }, (_, n) => n));
const input = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, n) => n));

describe('SipHash-2-4', () => {
  it.each<[number, bigint]>([
    [0, 0x726fdb47dd0e0e31n], [1, 0x74f839c593dc67fdn], [2, 0x0d6c8009d9a94f5an], [3, 0x85676696d7fb7e2dn], [7, 0xab0200f58b01d137n], [8, 0x93f5f5799a932462n], [15, 0xa129ca6149be45e5n],
  ])('of %i bytes', (length, expected) => expect(BigInt.asUintN(64, createSipHash(secret)(input(length)))).toBe(expected));
});

describe('keys', () => {
  const hash = createKeyHash(secret);
  it('are of the parts, whatever was asked before', () => {
    const lists = [['a', 'bc'], ['ab', 'c'], ['abc'], ['a', 'b', 'c'], ['a'], [''], ['', ''], [], ['é'], ['1:a'], ['x'.repeat(300)], ['x'.repeat(300), 'y'], ['y', 'x'.repeat(301)]];
    const keys = lists.map((parts) => hash(...parts));
    expect(new Set(keys).size).toBe(lists.length);
    const other = createKeyHash(secret);
    expect(lists.toReversed().map((parts) => other(...parts)).toReversed()).toEqual(keys);
    expect(lists.map((parts) => hash(...parts))).toEqual(keys);
  });

  it('that follow from parts are made once, and are not the key of the parts', () => {
    let made = 0;
    const make = (): bigint[] => [BigInt(made++)];
    expect([hash.all(['a', 'b'], make), hash.all(['a', 'b'], make), hash.all(['a'], make), hash.all(['a', 'b'], make)]).toEqual([[0n], [0n], [1n], [0n]]);
    expect([hash.all(['a', 'x'.repeat(300)], make), hash.all(['a', 'x'.repeat(301)], make)]).toEqual([[2n], [3n]]);
    expect(hash('a', 'b')).toBe(createKeyHash(secret)('a', 'b'));
  });

  it('stay the same when what was kept is dropped', () => {
    const before = hash('code', 'system|code', 'urn:x', 'a');
    for (let n = 0; n < 60_000; n++) hash('code', String(n));
    expect(hash('code', 'system|code', 'urn:x', 'a')).toBe(before);
  });
});
