/** Splicing and stamping: id and meta are the server's (R4 resource.html#Meta, http.html#create), all else stays as sent. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactJson } from '../../../src/fhir/json/scan.ts';
import { applyStamp, applyStampAround, splice, stamp, stampPlan, unstamped, type Edit } from '../../../src/fhir/json/splice.ts';
import { FhirError } from '../../../src/fhir/outcome.ts';
import { resource } from './arbitrary.ts';

describe('splice', () => {
  const cases: [name: string, edits: Edit[], expected: string][] = [
    ['no edit', [], 'abcdef'],
    ['a replacement, an insertion and a removal', [{ start: 1, end: 2, text: 'XYZ' }, { start: 3, end: 3, text: '-' }, { start: 5, end: 6, text: '' }], 'aXYZc-de'],
    ['edits out of order', [{ start: 5, end: 6, text: '' }, { start: 0, end: 0, text: '<' }, { start: 3, end: 4, text: 'D' }], '<abcDe'],
    ['insertions at one place in their order', [{ start: 6, end: 6, text: '1' }, { start: 6, end: 6, text: '2' }, { start: 0, end: 0, text: '0' }], '0abcdef12'],
    ['an insertion before a replacement at one place', [{ start: 2, end: 3, text: 'C' }, { start: 2, end: 2, text: '|' }], 'ab|Cdef'],
    ['bytes and text beyond ASCII', [{ start: 0, end: 1, text: Buffer.from('é') }, { start: 1, end: 6, text: '😀' }], 'é😀'],
  ];
  it.each(cases)('makes %s', (_name, edits, expected) => {
    const bytes = Buffer.from('abcdef');
    expect(splice(bytes, edits).toString()).toBe(expected);
    expect(bytes.toString()).toBe('abcdef');
  });
  it.each([[[{ start: 0, end: 3, text: '' }, { start: 2, end: 4, text: '' }]], [[{ start: 5, end: 7, text: '' }]], [[{ start: 3, end: 2, text: '' }]]])('refuses %j', (edits) => {
    expect(() => splice(Buffer.from('abcdef'), edits)).toThrow(RangeError);
  });
});

const values = { id: 'new', versionId: '7', lastUpdated: '2025-01-31T12:00:00.000Z' };
const whole = '"meta":{"versionId":"7","lastUpdated":"2025-01-31T12:00:00.000Z"}';

describe('stamp', () => {
  const cases: [before: string, after: string][] = [
    ['{}', `{"id":"new",${whole}}`],
    ['{"x":1.10}', `{"id":"new",${whole},"x":1.10}`],
    ['{"resourceType":"Patient"}', `{"resourceType":"Patient","id":"new",${whole}}`],
    ['{"x":[1.0],"resourceType":"Patient","y":{}}', `{"x":[1.0],"resourceType":"Patient","id":"new",${whole},"y":{}}`],
    ['{"id":"old","resourceType":"Patient"}', `{"id":"new",${whole},"resourceType":"Patient"}`],
    ['{"i\\u0064":7,"x":1}', `{"i\\u0064":"new",${whole},"x":1}`],
    ['{"resourceType":"Patient","meta":{}}', `{"resourceType":"Patient","id":"new",${whole}}`],
    ['{"meta":{}}', `{"id":"new",${whole}}`],
    ['{"meta":{},"id":"old"}', `{${whole},"id":"new"}`],
    ['{"meta":{"tag":[]},"resourceType":"Patient"}', '{"meta":{"versionId":"7","lastUpdated":"2025-01-31T12:00:00.000Z","tag":[]},"resourceType":"Patient","id":"new"}'],
    ['{"id":"old","meta":{"lastUpdated":"1999","versionId":null}}', '{"id":"new","meta":{"lastUpdated":"2025-01-31T12:00:00.000Z","versionId":"7"}}'],
    ['{"id":"old","meta":{"profile":["a"],"versionId":"1"}}', '{"id":"new","meta":{"lastUpdated":"2025-01-31T12:00:00.000Z","profile":["a"],"versionId":"7"}}'],
    ['{"id":"old","meta":{"profile":["a"],"lastUpdated":"1"}}', '{"id":"new","meta":{"versionId":"7","profile":["a"],"lastUpdated":"2025-01-31T12:00:00.000Z"}}'],
    ['{"_id":{"id":"z"},"contained":[{"id":"c","meta":{"versionId":"1"}}]}', `{"id":"new",${whole},"_id":{"id":"z"},"contained":[{"id":"c","meta":{"versionId":"1"}}]}`],
  ];
  it.each(cases)('%s', (before, after) => {
    expect(stamp(Buffer.from(before), values).toString()).toBe(after);
    expect(applyStamp(stampPlan(Buffer.from(before)), values).toString()).toBe(after);
  });

  it.each(cases)('leaves out the instant alone: %s', (before, after) => {
    const [head, tail] = applyStampAround(stampPlan(Buffer.from(before)), { id: values.id, versionId: values.versionId });
    expect(`${head.toString()}${values.lastUpdated}${tail.toString()}`).toBe(after);
  });

  it.each(['null', '"x"', '[]', '7'])('refuses a meta of %s', (meta) => {
    const refused = (): unknown => {
      try {
        return stamp(Buffer.from(`{"resourceType":"Patient","meta":${meta}}`), values);
      } catch (error) {
        return error instanceof FhirError ? [error.status, error.issues[0]!.code, error.issues[0]!.expression] : error;
      }
    };
    expect(refused()).toEqual([400, 'structure', ['meta']]);
  });

  it.each(['[]', '"x"', '1'])('refuses %s, which is no resource', (text) => {
    expect(() => stamp(Buffer.from(text), values)).toThrow(FhirError);
  });

  it('writes values as JSON strings whatever they hold', () => {
    expect(stamp(Buffer.from('{"id":"a","meta":{"versionId":"","lastUpdated":""}}'), { ...values, id: 'a"b\\' }).toString())
      .toContain('"id":"a\\"b\\\\"');
  });
});

describe('unstamped', () => {
  const cases: [before: string, after: string][] = [
    ['{}', '{}'],
    ['{"id":"a"}', '{}'],
    ['{"resourceType":"Patient","id":"a","meta":{"versionId":"1","lastUpdated":"2"},"x":1.10}', '{"resourceType":"Patient","x":1.10}'],
    ['{"meta":{"tag":[{"code":"é"}],"versionId":"1","profile":[]},"id":"a"}', '{"meta":{"tag":[{"code":"é"}],"profile":[]}}'],
    ['{"met\\u0061":{"version\\u0049d":"1","tag":[]},"\\u0069d":"a"}', '{"met\\u0061":{"tag":[]}}'],
    ['{"meta":{},"_id":{"id":"b"},"contained":[{"id":"c","meta":{"versionId":"1"}}]}', '{"_id":{"id":"b"},"contained":[{"id":"c","meta":{"versionId":"1"}}]}'],
    ['{"meta":null,"x":"😀"}', '{"meta":null,"x":"😀"}'],
  ];
  it.each(cases)('%s', (before, after) => expect(unstamped(Buffer.from(before)).toString()).toBe(after));
});

describe('stamping any resource', () => {
  it('sets three values, keeps the rest token for token, and is undone by unstamped', () => {
    fc.assert(fc.property(resource, (text) => {
      const bytes = Buffer.from(text);
      const stamped = stamp(bytes, values);
      // The scanner takes it as valid JSON without white space or keys that stand twice.
      expect(compactJson(stamped).bytes.equals(stamped)).toBe(true);
      const before = JSON.parse(text) as { meta?: object };
      expect(JSON.parse(stamped.toString())).toEqual({ ...before, id: 'new', meta: { ...before.meta, versionId: '7', lastUpdated: values.lastUpdated } });
      expect(unstamped(stamped).toString()).toBe(unstamped(bytes).toString());
      expect(compactJson(unstamped(bytes)).bytes.toString()).toBe(unstamped(bytes).toString());
      // A second stamp replaces in place: as long a stamp gives as long a text, the same stamp the same text.
      expect(stamp(stamped, values).equals(stamped)).toBe(true);
      expect(stamp(stamped, { ...values, id: 'old' })).toHaveLength(stamped.length);
    }), { numRuns: 1000 });
  });

  it('tells 1.0 from 1.00, and one order of keys from another', () => {
    const same = (a: string, b: string) => unstamped(stamp(Buffer.from(a), values)).equals(unstamped(Buffer.from(b)));
    expect(same('{"x":1.0}', '{"id":"other","x":1.0}')).toBe(true);
    expect(same('{"x":1.0}', '{"x":1.00}')).toBe(false);
    expect(same('{"x":1,"y":2}', '{"y":2,"x":1}')).toBe(false);
    expect(same('{"x":"é"}', '{"x":"\\u00e9"}')).toBe(false);
  });
});
