/**
 * Keys of the index: 64-bit hashes of what a resource can be found by, keyed with a secret of the database, so that nobody can
 * forge a value that collides with another patient's. SipHash-2-4 (Aumasson and Bernstein, 2012).
 */
import { ownText } from '../fhir/own-text.ts';

/** A signed 64-bit integer, as Postgres's bigint is. */
export type Key = bigint;

export interface KeyHash {
  /** Hashes parts: no two different lists of parts give the same input. */
  (...parts: readonly string[]): Key;
  /** All keys that follow from the parts, which `make` gives: it is called where they are not kept. */
  readonly all: (parts: readonly string[], make: () => readonly Key[]) => readonly Key[];
}

/** Codes repeat by the thousand; so many parts hold nearly all of a load's. Long ones are what clients make up, and are not kept. */
const mostParts = 50_000;
const longestPart = 256;

/** What is known of a list of parts: its key, all keys that follow from it, and the lists that go on from it. */
interface Known {
  key: Key | undefined;
  all: readonly Key[] | undefined;
  next: Map<string, Known> | undefined;
}

const nothingKnown = (): Known => ({ key: undefined, all: undefined, next: undefined });

/** @param secret 16 bytes */
export function createKeyHash(secret: Buffer): KeyHash {
  if (secret.length !== 16) throw new RangeError('the secret of the key hash has 16 bytes');
  const sip = createSipHash(secret);
  let known = nothingKnown();
  let count = 0;
  /** Part by part: to look up a text that is joined of them takes longer than the hash of a short one. */
  const find = (parts: readonly string[]): Known => {
    if (count > mostParts) [known, count] = [nothingKnown(), 0];
    let here = known;
    for (const part of parts) {
      if (part.length > longestPart) return nothingKnown();
      const next: Map<string, Known> = (here.next ??= new Map());
      let one = next.get(part);
      if (one === undefined) {
        next.set(ownText(part), (one = nothingKnown()));
        count++;
      }
      here = one;
    }
    return here;
  };
  return Object.assign((...parts: readonly string[]) => (find(parts).key ??= sip(Buffer.from(inputOf(parts)))), {
    all: (parts: readonly string[], make: () => readonly Key[]) => (find(parts).all ??= make()),
  });
}

/** A length in front of each part: ('a', 'bc') and ('ab', 'c') differ. */
const inputOf = (parts: readonly string[]): string => parts.reduce((input, part) => `${input}${part.length}:${part}`, '');

/** @returns SipHash-2-4 with the 16-byte secret, as a signed 64-bit integer */
export function createSipHash(secret: Buffer): (input: Buffer) => bigint {
  const k = new Int32Array([secret.readInt32LE(0), secret.readInt32LE(4), secret.readInt32LE(8), secret.readInt32LE(12)]);
  // v0..v3, each as low and high half: 32-bit arithmetic is many times as fast as BigInt's.
  const v = new Int32Array(8);
  const tail = new Uint8Array(8);
  const result = new DataView(new ArrayBuffer(8));

  const add = (a: number, b: number): void => {
    const low = (v[a]! >>> 0) + (v[b]! >>> 0);
    v[a + 1] = v[a + 1]! + v[b + 1]! + (low > 0xffffffff ? 1 : 0);
    v[a] = low;
  };
  /** v[b] = rotl(v[b], bits) ^ v[a] */
  const rotateXor = (b: number, bits: number, a: number): void => {
    const low = v[b]!;
    const high = v[b + 1]!;
    const rotatedLow = (low << bits) | (high >>> (32 - bits));
    const rotatedHigh = (high << bits) | (low >>> (32 - bits));
    v[b] = rotatedLow ^ v[a]!;
    v[b + 1] = rotatedHigh ^ v[a + 1]!;
  };
  const swap = (a: number): void => {
    const low = v[a]!;
    v[a] = v[a + 1]!;
    v[a + 1] = low;
  };
  const round = (): void => {
    add(0, 2);
    rotateXor(2, 13, 0);
    swap(0);
    add(4, 6);
    rotateXor(6, 16, 4);
    add(0, 6);
    rotateXor(6, 21, 0);
    add(4, 2);
    rotateXor(2, 17, 4);
    swap(4);
  };

  return (input) => {
    v[0] = k[0]! ^ 0x70736575;
    v[1] = k[1]! ^ 0x736f6d65;
    v[2] = k[2]! ^ 0x6e646f6d;
    v[3] = k[3]! ^ 0x646f7261;
    v[4] = k[0]! ^ 0x6e657261;
    v[5] = k[1]! ^ 0x6c796765;
    v[6] = k[2]! ^ 0x79746573;
    v[7] = k[3]! ^ 0x74656462;
    const { length } = input;
    const whole = length - (length % 8);
    for (let at = 0; at < whole; at += 8) absorb(input.readInt32LE(at), input.readInt32LE(at + 4));
    tail.fill(0);
    for (let n = 0; whole + n < length; n++) tail[n] = input[whole + n]!;
    tail[7] = length & 0xff;
    absorb(pack(tail, 0), pack(tail, 4));
    v[4] = v[4]! ^ 0xff;
    for (let n = 0; n < 4; n++) round();
    result.setInt32(0, v[1]! ^ v[3]! ^ v[5]! ^ v[7]!);
    result.setInt32(4, v[0]! ^ v[2]! ^ v[4]! ^ v[6]!);
    return result.getBigInt64(0);
  };

  function absorb(low: number, high: number): void {
    v[6] = v[6]! ^ low;
    v[7] = v[7]! ^ high;
    round();
    round();
    v[0] = v[0]! ^ low;
    v[1] = v[1]! ^ high;
  }
}

const pack = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
