/** Leaving elements out by token: R4 search.html#summary, search.html#elements. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactJson } from '../../../src/fhir/json/scan.ts';
import { addSubsettedTag, filterJson, type Keep } from '../../../src/fhir/json/filter.ts';
import { resource, spelled } from './arbitrary.ts';

/** Keeps the elements of these paths whole, and what leads to them. */
const only = (...paths: string[]): Keep => (path) => {
  const here = path.join('.');
  if (paths.includes(here)) return true;
  return paths.some((wanted) => wanted.startsWith(`${here}.`)) ? 'descend' : false;
};

describe('filterJson', () => {
  const text = '{"resourceType":"Patient","id":"1","name":[{"family":"\\u00e9","given":["a","b"]},{"text":"t"}],"_birthDate":{"id":"x"},"birthDate":"2000","n":{"v":1.10,"u":"s"},"l":[1,2],"e":[]}';
  const cases: [name: string, keep: Keep, expected: string][] = [
    ['everything', () => true, text],
    ['everything, asked one by one', () => 'descend', text],
    ['nothing', () => false, '{}'],
    ['top-level elements', only('resourceType', 'birthDate', 'l'), '{"resourceType":"Patient","birthDate":"2000","l":[1,2]}'],
    ['the sibling of a primitive only when asked for', only('_birthDate'), '{"_birthDate":{"id":"x"}}'],
    ['nested elements, and no object that they leave empty', only('name.family', 'n.v'), '{"name":[{"family":"\\u00e9"}],"n":{"v":1.10}}'],
    ['nested elements of every item of a list', only('name.text', 'name.given'), '{"name":[{"given":["a","b"]},{"text":"t"}]}'],
    ['no list that is left empty', only('id', 'name.period'), '{"id":"1"}'],
    ['a list that was empty', only('e'), '{"e":[]}'],
    ['all but one', (path) => path[0] !== 'name', text.replace(/"name":.*?\}\],/, '')],
    ['all but the first', (path) => path[0] !== 'resourceType', text.replace('"resourceType":"Patient",', '')],
    ['all but the last', (path) => path[0] !== 'e', text.replace(',"e":[]', '')],
    ['a primitive that is to be descended into', (path) => (path[0] === 'l' ? 'descend' : false), '{"l":[1,2]}'],
  ];
  it.each(cases)('keeps %s', (_name, keep, expected) => {
    expect(filterJson(text, keep)).toBe(expected);
    expect(filterJson(Buffer.from(text), keep)).toBe(expected);
  });

  it('decodes the keys of a path', () => {
    expect(filterJson('{"\\u0061":{"\\u00e9":1,"x":2}}', only('a.é'))).toBe('{"\\u0061":{"\\u00e9":1}}');
  });

  it('asks for each member once, in order, with the path of keys to it', () => {
    const asked: string[] = [];
    filterJson('{"a":[{"b":1},{"b":{"c":2}}],"d":{"e":3}}', (path) => {
      asked.push(path.join('.'));
      return path[0] === 'd' ? true : 'descend';
    });
    expect(asked).toEqual(['a', 'a.b', 'a.b', 'a.b.c', 'd']);
  });

  it('keeps any text whole when all is kept, and leaves valid JSON whatever is dropped', () => {
    fc.assert(fc.property(spelled, fc.array(fc.constantFrom<boolean | 'descend'>(true, false, 'descend'), { minLength: 1 }), ({ compact }, verdicts) => {
      expect(filterJson(compact, () => 'descend')).toBe(compact);
      let i = 0;
      const filtered = filterJson(compact, () => verdicts[i++ % verdicts.length]!);
      expect(compactJson(Buffer.from(filtered)).bytes.toString()).toBe(filtered);
    }), { numRuns: 500 });
  });
});

describe('addSubsettedTag', () => {
  const tag = '{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}';
  const cases: [before: string, after: string][] = [
    ['{}', `{"meta":{"tag":[${tag}]}}`],
    ['{"x":1.0}', `{"meta":{"tag":[${tag}]},"x":1.0}`],
    ['{"resourceType":"Patient","x":1}', `{"resourceType":"Patient","meta":{"tag":[${tag}]},"x":1}`],
    ['{"resourceType":"Patient","id":"é"}', `{"resourceType":"Patient","id":"é","meta":{"tag":[${tag}]}}`],
    ['{"meta":{}}', `{"meta":{"tag":[${tag}]}}`],
    ['{"meta":{"versionId":"1"},"x":1}', `{"meta":{"versionId":"1","tag":[${tag}]},"x":1}`],
    ['{"meta":{"tag":[]}}', `{"meta":{"tag":[${tag}]}}`],
    ['{"meta":{"tag":[{"system":"s","code":"SUBSETTED"}],"versionId":"1"}}', `{"meta":{"tag":[{"system":"s","code":"SUBSETTED"},${tag}],"versionId":"1"}}`],
  ];
  it.each(cases)('%s', (before, after) => {
    expect(addSubsettedTag(before)).toBe(after);
    expect(addSubsettedTag(after)).toBe(after);
  });

  it('sees a tag that is there in other words', () => {
    const text = `{"meta":{"tag":[{"display":"part","code":"SUB\\u0053ETTED","system":"http:\\/\\/terminology.hl7.org/CodeSystem/v3-ObservationValue"}]}}`;
    expect(addSubsettedTag(text)).toBe(text);
  });

  it('adds the tag once to any resource', () => {
    fc.assert(fc.property(resource, (text) => {
      const once = addSubsettedTag(text);
      expect(compactJson(Buffer.from(once)).bytes.toString()).toBe(once);
      expect((JSON.parse(once) as { meta: { tag: unknown[] } }).meta.tag.at(-1)).toEqual(JSON.parse(tag));
      expect(addSubsettedTag(once)).toBe(once);
    }), { numRuns: 300 });
  });
});
