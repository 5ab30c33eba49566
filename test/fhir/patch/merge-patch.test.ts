/** JSON Merge Patch. RFC 7386; the first cases are of its appendix A. */
import { describe, expect, it } from 'vitest';
import { nodeOf, textOf } from '../../../src/fhir/json/tree.ts';
import { mergePatch } from '../../../src/fhir/patch/merge-patch.ts';

const merged = (target: string, patch: string): string => textOf(mergePatch(nodeOf(Buffer.from(target)), nodeOf(Buffer.from(patch)))).toString();

const cases: readonly [target: string, patch: string, expected: string][] = [
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', 'null', 'null'],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  // Text is kept on both sides, and so is the order.
  ['{"z":1.10,"\\u0061":{"x":1e2,"y":"\\/"},"b":[1.0]}', '{"a":{"y":"\\u00e9"},"n":2.50}', '{"z":1.10,"\\u0061":{"x":1e2,"y":"\\u00e9"},"b":[1.0],"n":2.50}'],
  // Nulls in arrays are values.
  ['{"a":1}', '{"a":[null,{"b":null}]}', '{"a":[null,{"b":null}]}'],
  ['{"a":1,"b":2,"c":3}', '{"b":null,"c":4,"d":null}', '{"a":1,"c":4}'],
  ['{"__proto__":{"a":1}}', '{"__proto__":{"a":null,"b":2}}', '{"__proto__":{"b":2}}'],
];

describe('merge patch', () => {
  it.each(cases)('%s with %s', (target, patch, expected) => expect(merged(target, patch)).toBe(expected));
});
