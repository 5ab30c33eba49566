/** JSON Patch, operation by operation. RFC 6902, RFC 6901. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FhirError } from '../../../src/fhir/outcome.ts';
import { nodeOf, textOf } from '../../../src/fhir/json/tree.ts';
import { compactJson } from '../../../src/fhir/json/scan.ts';
import { readJsonPatch } from '../../../src/fhir/patch/json-patch.ts';
import { hasShared, readShared } from '../../support/shared.ts';

const node = (text: string) => nodeOf(compactJson(Buffer.from(text)).bytes);

function patched(document: string, patch: string): string {
  return textOf(readJsonPatch(node(patch), 'Patient')(node(document))).toString();
}

/** What is thrown, as status and diagnostics. */
function refusal(document: string, patch: string): [status: number, diagnostics: string, expression: string | undefined] {
  try {
    return [200, patched(document, patch), undefined];
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    return [error.status, error.issues[0]!.diagnostics, error.issues[0]!.expression?.[0]];
  }
}

describe('an operation', () => {
  const cases: readonly [document: string, patch: string, expected: string][] = [
    // add (4.1)
    ['{"a":1}', '[{"op":"add","path":"/b","value":2}]', '{"a":1,"b":2}'],
    ['{"a":1}', '[{"op":"add","path":"/a","value":2}]', '{"a":2}'],
    ['{"a":[1,3]}', '[{"op":"add","path":"/a/1","value":2}]', '{"a":[1,2,3]}'],
    ['{"a":[1]}', '[{"op":"add","path":"/a/1","value":2}]', '{"a":[1,2]}'],
    ['{"a":[1]}', '[{"op":"add","path":"/a/-","value":[2]}]', '{"a":[1,[2]]}'],
    ['{"a":[]}', '[{"op":"add","path":"/a/-","value":null}]', '{"a":[null]}'],
    ['{"a":{}}', '[{"op":"add","path":"/a/b","value":{}}]', '{"a":{"b":{}}}'],
    ['{"a":1}', '[{"op":"add","path":"","value":[1]}]', '[1]'],
    ['{}', '[{"op":"add","path":"/","value":1}]', '{"":1}'],
    ['{"a":{}}', '[{"op":"add","path":"/a/01","value":1}]', '{"a":{"01":1}}'],
    ['{"a":{}}', '[{"op":"add","path":"/a/-","value":1}]', '{"a":{"-":1}}'],
    // remove (4.2)
    ['{"a":1,"b":2}', '[{"op":"remove","path":"/a"}]', '{"b":2}'],
    ['{"a":[1,2,3]}', '[{"op":"remove","path":"/a/1"}]', '{"a":[1,3]}'],
    ['{"a":[1]}', '[{"op":"remove","path":"/a/0"}]', '{"a":[]}'],
    // replace (4.3): in its place
    ['{"a":1,"b":2}', '[{"op":"replace","path":"/a","value":null}]', '{"a":null,"b":2}'],
    ['{"a":[1,2]}', '[{"op":"replace","path":"/a/0","value":"x"}]', '{"a":["x",2]}'],
    ['{"a":1}', '[{"op":"replace","path":"","value":{"b":1}}]', '{"b":1}'],
    // move (4.4)
    ['{"a":{"b":1},"c":{}}', '[{"op":"move","from":"/a/b","path":"/c/d"}]', '{"a":{},"c":{"d":1}}'],
    ['{"a":[1,2,3]}', '[{"op":"move","from":"/a/0","path":"/a/2"}]', '{"a":[2,3,1]}'],
    ['{"a":[1,2,3]}', '[{"op":"move","from":"/a/2","path":"/a/0"}]', '{"a":[3,1,2]}'],
    ['{"a":1,"b":2}', '[{"op":"move","from":"/a","path":"/a"}]', '{"a":1,"b":2}'],
    ['{"a":1,"b":2}', '[{"op":"move","from":"/a","path":"/b"}]', '{"b":1}'],
    ['{"a":{"b":1}}', '[{"op":"move","from":"/a/b","path":"/a"}]', '{"a":1}'],
    // copy (4.5): what is copied can be changed alone
    ['{"a":{"b":1}}', '[{"op":"copy","from":"/a","path":"/c"},{"op":"replace","path":"/c/b","value":2}]', '{"a":{"b":1},"c":{"b":2}}'],
    ['{"a":[1,2]}', '[{"op":"copy","from":"/a/0","path":"/a/-"}]', '{"a":[1,2,1]}'],
    // test (4.6)
    ['{"a":1.0}', '[{"op":"test","path":"/a","value":1.00}]', '{"a":1.0}'],
    ['{"a":1e2,"b":0,"c":0.10}', '[{"op":"test","path":"","value":{"c":1E-1,"b":-0.0,"a":100}}]', '{"a":1e2,"b":0,"c":0.10}'],
    ['{"a":"\\u00e9","b":[true,null]}', '[{"op":"test","path":"/a","value":"é"},{"op":"test","path":"/b","value":[true,null]}]', '{"a":"\\u00e9","b":[true,null]}'],
    ['{"a":12345678901234567890.1}', '[{"op":"test","path":"/a","value":12345678901234567890.10}]', '{"a":12345678901234567890.1}'],
    // pointers (RFC 6901)
    ['{"/":9,"~1":10,"m~n":8}', '[{"op":"remove","path":"/~01"},{"op":"remove","path":"/~1"}]', '{"m~n":8}'],
    ['{"":{"":1}}', '[{"op":"replace","path":"//","value":2}]', '{"":{"":2}}'],
    ['{"é":1,"\\u0061":2}', '[{"op":"replace","path":"/\\u00e9","value":3},{"op":"replace","path":"/a","value":4}]', '{"é":3,"\\u0061":4}'],
    ['{"__proto__":1}', '[{"op":"add","path":"/constructor","value":2},{"op":"remove","path":"/__proto__"}]', '{"constructor":2}'],
    // unknown members are ignored
    ['{}', '[{"op":"add","path":"/a","value":1,"xyz":1}]', '{"a":1}'],
    ['{"a":1}', '[]', '{"a":1}'],
  ];
  it.each(cases)('%s %s', (document, patch, expected) => expect(patched(document, patch)).toBe(expected));
});

describe('what cannot be carried out is 422, naming operation and place', () => {
  const cases: readonly [document: string, operation: string, says: string][] = [
    ['{"a":1}', '{"op":"add","path":"/b/c","value":1}', 'there is nothing at "/b"'],
    ['{"a":[1]}', '{"op":"add","path":"/a/2","value":1}', '"2" is no place in an array of 1'],
    ['{"a":[1]}', '{"op":"add","path":"/a/01","value":1}', '"01" is no place'],
    ['{"a":[1]}', '{"op":"add","path":"/a/1e0","value":1}', '"1e0" is no place'],
    ['{"a":[1]}', '{"op":"add","path":"/a/-1","value":1}', '"-1" is no place'],
    ['{"a":[[1]]}', '{"op":"replace","path":"/a/00/0","value":1}', 'there is nothing at "/a/00"'],
    ['{"a":"x"}', '{"op":"add","path":"/a/b","value":1}', '"/a" is neither an object nor an array'],
    ['{"a":1}', '{"op":"remove","path":"/b"}', 'there is nothing at "/b"'],
    ['{"a":[1]}', '{"op":"remove","path":"/a/1"}', 'there is nothing at "/a/1"'],
    ['{"a":[1]}', '{"op":"remove","path":"/a/-"}', 'there is nothing at "/a/-"'],
    ['{"a":1}', '{"op":"remove","path":""}', 'the whole resource cannot be removed'],
    ['{"a":1}', '{"op":"replace","path":"/b","value":1}', 'there is nothing at "/b"'],
    ['{"a":[1]}', '{"op":"replace","path":"/a/-","value":1}', 'there is nothing at "/a/-"'],
    ['{"a":{"b":{}}}', '{"op":"move","from":"/a","path":"/a/b/c"}', '"/a" cannot be moved into itself'],
    ['{"a":1}', '{"op":"move","from":"/b","path":"/c"}', 'there is nothing at "/b"'],
    ['{"a":1}', '{"op":"copy","from":"/b","path":"/c"}', 'there is nothing at "/b"'],
    ['{"a":1}', '{"op":"test","path":"/a","value":2}', 'the value there is another'],
    ['{"a":1}', '{"op":"test","path":"/a","value":"1"}', 'the value there is another'],
    ['{"a":12345678901234567890}', '{"op":"test","path":"/a","value":12345678901234567891}', 'the value there is another'],
    ['{"a":{"b":1}}', '{"op":"test","path":"/a","value":{"b":1,"c":1}}', 'the value there is another'],
    ['{"a":[1,2]}', '{"op":"test","path":"/a","value":[2,1]}', 'the value there is another'],
    ['{"a":null}', '{"op":"test","path":"/a","value":false}', 'the value there is another'],
    ['{"a":1}', '{"op":"test","path":"/b","value":null}', 'there is nothing at "/b"'],
  ];
  it.each(cases)('%s %s', (document, operation, says) => {
    const [status, diagnostics] = refusal(document, `[{"op":"test","path":"","value":${document}},${operation}]`);
    expect([status, diagnostics]).toEqual([422, expect.stringContaining(says)]);
    expect(diagnostics).toMatch(/^Operation 1 \(/);
  });

  it('names the place as FHIRPath', () => {
    expect(refusal('{"name":[{}]}', '[{"op":"remove","path":"/name/0/given/1"}]')[2]).toBe('Patient.name[0].given[1]');
    expect(refusal('{}', '[{"op":"remove","path":"/a b"}]')[2]).toBe('Patient.`a b`');
  });
});

describe('what is no JSON Patch is 400', () => {
  const cases: readonly string[] = [
    '{}', '"x"', '[1]', '[{}]', '[{"op":1,"path":""}]', '[{"op":"delete","path":"/a"}]', '[{"op":"toString","path":"/a"}]', '[{"op":"remove"}]', '[{"op":"remove","path":1}]', '[{"op":"remove","path":"a"}]',
    '[{"op":"remove","path":"/a~2"}]', '[{"op":"remove","path":"/a~"}]', '[{"op":"add","path":"/a"}]', '[{"op":"test","path":"/a"}]', '[{"op":"replace","path":"/a"}]', '[{"op":"move","path":"/a"}]', '[{"op":"copy","path":"/a","from":1}]',
  ];
  it.each(cases)('%s', (patch) => expect(refusal('{"a":1}', patch)[0]).toBe(400));
});

it('keeps the text of all that it does not touch, and of the values in the patch', () => {
  const document = '{"\\u0061":1.10,"b":{"c":"\\/ \\u00e9","d":[1e2,0.00]},"z":1,"e":2}';
  expect(patched(document, '[{"op":"add","path":"/b/d/-","value":{"x":1.20,"y":"\\u00e9"}},{"op":"remove","path":"/z"}]'))
    .toBe('{"\\u0061":1.10,"b":{"c":"\\/ \\u00e9","d":[1e2,0.00,{"x":1.20,"y":"\\u00e9"}]},"e":2}');
});

it('refuses copies that double the resource without end', () => {
  const copies = Array.from({ length: 40 }, (_, n) => ({ op: 'copy', from: '', path: `/c${n}` }));
  expect(refusal('{"a":"some text"}', JSON.stringify(copies)).slice(0, 2)).toEqual([422, expect.stringContaining('larger than 67108864 bytes')]);
});

it('refuses more operations than a patch may have', () => {
  const many = JSON.stringify(Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a', value: 1 })));
  expect(refusal('{"a":1}', many)[0]).toBe(422);
});

describe('the inverse of an operation', () => {
  const value = fc.json({ maxDepth: 3 });
  it('of add is remove, and of replace is replace', () => {
    fc.assert(fc.property(value, value, (a, b) => {
      const document = `{"a":[${JSON.stringify(JSON.parse(a))}],"b":1}`;
      const other = JSON.stringify(JSON.parse(b));
      expect(patched(document, `[{"op":"add","path":"/a/0","value":${other}},{"op":"remove","path":"/a/0"}]`)).toBe(document);
      expect(patched(document, `[{"op":"replace","path":"/a/0","value":${other}},{"op":"test","path":"/a/0","value":${other}},{"op":"replace","path":"/a/0","value":${JSON.stringify(JSON.parse(a))}}]`)).toBe(document);
    }), { numRuns: 200 });
  });
});

describe.skipIf(!hasShared)('the JSON Patch cases of fhir-test-cases', () => {
  const cases = hasShared ? (JSON.parse(readShared('data', 'fhir-test-cases', 'r4', 'patch', 'json-patch-tests.json').toString()) as { comment: string; doc: unknown; patch: unknown; expected?: unknown; error?: string }[]) : [];
  it.each(cases)('$comment', ({ doc, patch, expected, error }) => {
    const [status, result] = refusal(JSON.stringify(doc), JSON.stringify(patch));
    if (error !== undefined) expect([400, 422]).toContain(status);
    else expect(JSON.parse(result)).toEqual(expected);
  });
});
