/** Laying a text out for _pretty: R4 http.html#general. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactJson } from '../../../src/fhir/json/scan.ts';
import { prettyJson } from '../../../src/fhir/json/pretty.ts';
import { spelled } from './arbitrary.ts';

describe('prettyJson', () => {
  it('indents by two spaces and leaves tokens as they are', () => {
    expect(prettyJson('{"b":1.10,"a":[1.2e+2,"\\u00e9\\/ {,}",{}],"c":[],"d":{"e":[[true]]}}')).toBe(`{
  "b": 1.10,
  "a": [
    1.2e+2,
    "\\u00e9\\/ {,}",
    {}
  ],
  "c": [],
  "d": {
    "e": [
      [
        true
      ]
    ]
  }
}`);
  });

  it.each(['1.0', '"a b"', '{}', '[]', 'null'])('leaves %s alone', (text) => expect(prettyJson(text)).toBe(text));

  it('does what JSON.stringify does, where that keeps the tokens', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      expect(prettyJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    }), { numRuns: 500 });
  });

  it('changes white space only, whatever white space there was', () => {
    fc.assert(fc.property(spelled, ({ spaced, compact }) => {
      expect(compactJson(Buffer.from(prettyJson(spaced))).bytes.toString()).toBe(compact);
      expect(prettyJson(spaced)).toBe(prettyJson(compact));
    }), { numRuns: 500 });
  });

  it('returns a text as it is whose indentation would come to more than 256 MiB', () => {
    const text = `${'['.repeat(200)}${'0,'.repeat(700_000)}0${']'.repeat(200)}`;
    expect(prettyJson(text)).toBe(text);
  });
});
