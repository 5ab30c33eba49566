/** The byte scanner: RFC 8259 and R4 json.html, and the limits of Postgres's jsonb. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactJson, compactJsonInSteps } from '../../../src/fhir/json/scan.ts';
import { parseJson } from '../../../src/fhir/json/value.ts';
import { FhirError } from '../../../src/fhir/outcome.ts';
import { numberToken, spelled } from './arbitrary.ts';

const compact = (text: string | Buffer): string => compactJson(Buffer.from(text as string)).bytes.toString('utf8');

/** What the scanner says of a text that it refuses. */
function refusal(text: string | Buffer): { diagnostics: string; line: number; column: number } {
  try {
    compactJson(Buffer.from(text as string));
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    const { diagnostics, code, position } = error.issues[0]!;
    expect([error.status, code]).toEqual([400, 'invalid']);
    return { diagnostics, line: position!.line, column: position!.column };
  }
  throw new Error('accepted');
}

it('in steps it says what it says at once, wherever a step ends', () => {
  const nested = '[{"a": {"b": [1.0, "x  y", true, {"c": null}]}}, '.repeat(40);
  const item = String.raw`{"text": "é \\ \" ${'x'.repeat(900)}", "list": [1, 2.50, [{}]], "more": {"deep": ${nested}0${']'.repeat(40)}}}`;
  const bytes = Buffer.from(`{"entry": [${Array.from({ length: 1_500 }, () => item).join(' , ')}] }`);
  expect(bytes.length).toBeGreaterThan(4 * 2 ** 20);
  const steps = compactJsonInSteps(bytes);
  let count = 0;
  let last = steps.next();
  for (; last.done !== true; last = steps.next()) count++;
  expect(count).toBeGreaterThanOrEqual(4);
  const whole = compactJson(bytes);
  expect([last.value.canonicalNumbers, last.value.bytes.equals(whole.bytes)]).toEqual([whole.canonicalNumbers, true]);
  // What is wrong far behind the first step is found where it stands.
  const broken = Buffer.concat([bytes.subarray(0, -3), Buffer.from('x')]);
  const message = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return (error as FhirError).issues;
    }
  };
  expect(message(() => [...compactJsonInSteps(broken)])).toEqual(message(() => compactJson(broken)));
});

describe('compactJson keeps every token as it was sent', () => {
  const kept = [
    'null', 'true', 'false', '0', '-0', '1.10', '1.2e+2', '1E400', '-12.5e-07', '"\\u00e9"', '"\\/"', '"\\u00E9é😀\\ud83d\\ude00"', '""',
    '{}', '[]', '[[],{}]', '{"b":1,"a":2,"1":3,"0":4}', '{"":{"":""}}', '{"__proto__":{"a":1},"constructor":2}', '"\u2028\uffff\u{10ffff}\u007f"',
    '{"a":{"id":1},"b":{"id":1},"id":1}', '[{"id":1},{"id":1}]', '"a  b : , c"', '{"a b":" c "}',
  ];
  it.each(kept)('%s', (text) => {
    expect(compact(text)).toBe(text);
    expect(compact(` \t\r\n${text}\n `)).toBe(text);
  });

  it('drops white space between tokens and nowhere else', () => {
    expect(compact('\n{ "b" :\t1.10 ,\r\n "a" : [ ] , "c":[ 1 , { } , " x " ] }\n')).toBe('{"b":1.10,"a":[],"c":[1,{}," x "]}');
  });

  it('skips one byte order mark', () => {
    expect(compact('\ufeff {"a": 1}')).toBe('{"a":1}');
    expect(refusal('\ufeff\ufeff1').column).toBe(1);
  });

  it('gives a view of the text where there is nothing to drop between tokens', () => {
    for (const text of ['{"a":[1,2]}', ' \n{"a":[1,2]} \n', '\ufeff1']) {
      const bytes = Buffer.from(text);
      expect(compactJson(bytes).bytes.buffer).toBe(bytes.buffer);
      const { byteOffset } = compactJson(bytes).bytes;
      expect(byteOffset).toBe(bytes.byteOffset + bytes.findIndex((byte) => byte === 0x7b || byte === 0x31));
    }
  });

  it('leaves the bytes given as they are', () => {
    const text = ' { "a" : [ 1 , 2 ] } ';
    const bytes = Buffer.from(text);
    compactJson(bytes);
    expect(bytes.toString()).toBe(text);
  });

  it('copies long strings whole', () => {
    const long = JSON.stringify('x'.repeat(5000));
    expect(compact(`[ ${long} , ${long} ]`)).toBe(`[${long},${long}]`);
  });
});

describe('compactJson refuses with line and column', () => {
  const end = (expected: string) => `The text ends where ${expected} is expected`;
  const at = (character: string, expected: string) => `Unexpected ${character} where ${expected} is expected`;
  const twice = (key: string) => `The key ${key} stands twice in one object`;
  const cases: [text: string, line: number, column: number, diagnostics: string][] = [
    ['', 1, 1, 'The text is empty'],
    [' \n\t', 2, 2, 'The text is empty'],
    ['\ufeff', 1, 1, 'The text is empty'],
    ['{', 1, 2, end('a key or "}"')],
    ['[', 1, 2, end('a value')],
    ['[1', 1, 3, end('"," or "]"')],
    ['[1,', 1, 4, end('a value')],
    ['[1,]', 1, 4, at('"]"', 'a value')],
    ['[,1]', 1, 2, at('","', 'a value')],
    ['[1 2]', 1, 4, at('"2"', '"," or "]"')],
    ['[1}', 1, 3, at('"}"', '"," or "]"')],
    ['{"a":1]', 1, 7, at('"]"', '"," or "}"')],
    ['{"a":1,}', 1, 8, at('"}"', 'a key')],
    ['{"a"}', 1, 5, at('"}"', '":"')],
    ['{"a" 1}', 1, 6, at('"1"', '":"')],
    ['{"a":}', 1, 6, at('"}"', 'a value')],
    ['{"a"', 1, 5, end('":"')],
    ['{a:1}', 1, 2, at('"a"', 'a key or "}"')],
    ["{'a':1}", 1, 2, at('"\'"', 'a key or "}"')],
    ['{"a":1} x', 1, 9, at('"x"', 'the end of the text')],
    ['1 2', 1, 3, at('"2"', 'the end of the text')],
    ['{}{}', 1, 3, at('"{"', 'the end of the text')],
    [']', 1, 1, at('"]"', 'a value')],
    ['tru', 1, 1, at('"t"', 'a value')],
    ['[nul]', 1, 2, at('"n"', 'a value')],
    ['True', 1, 1, at('"T"', 'a value')],
    ['truefalse', 1, 5, at('"f"', 'the end of the text')],
    ['NaN', 1, 1, at('"N"', 'a value')],
    ['// c\n1', 1, 1, at('"/"', 'a value')],
    ['\u00a01', 1, 1, at('U+00A0', 'a value')],
    ['[\u00011]', 1, 2, at('U+0001', 'a value')],
    ['[1,\ufeff2]', 1, 4, at('U+FEFF', 'a value')],
    ['[\u0000]', 1, 2, at('U+0000', 'a value')],
    ['+1', 1, 1, at('"+"', 'a value')],
    ['.5', 1, 1, at('"."', 'a value')],
    ['-', 1, 2, end('a digit')],
    ['-a', 1, 2, at('"a"', 'a digit')],
    ['1.', 1, 3, end('a digit')],
    ['[1.]', 1, 4, at('"]"', 'a digit')],
    ['1.e1', 1, 3, at('"e"', 'a digit')],
    ['1e', 1, 3, end('a digit')],
    ['1e+', 1, 4, end('a digit')],
    ['[1E-x]', 1, 5, at('"x"', 'a digit')],
    ['01', 1, 1, 'A number has a needless zero in front'],
    ['[-012.5]', 1, 3, 'A number has a needless zero in front'],
    ['0x10', 1, 2, at('"x"', 'the end of the text')],
    ['1_000', 1, 2, at('"_"', 'the end of the text')],
    ['"abc', 1, 5, 'The text ends inside a string'],
    ['"abc\\', 1, 6, 'The text ends inside a string'],
    ['"abc\\"', 1, 7, 'The text ends inside a string'],
    ['"a\tb"', 1, 3, 'The control character U+0009 stands in a string without escape'],
    ['{"a\nb":1}', 1, 4, 'The control character U+000A stands in a string without escape'],
    ['"\u0000"', 1, 2, 'The control character U+0000 stands in a string without escape'],
    ['"\\x41"', 1, 2, 'There is no escape of "x" in JSON'],
    ["\"\\'\"", 1, 2, 'There is no escape of "\'" in JSON'],
    ['"\\é"', 1, 2, 'There is no escape of "é" in JSON'],
    ['"\\u12"', 1, 2, 'The escape \\u is not followed by four hexadecimal digits'],
    ['"\\u12g4"', 1, 2, 'The escape \\u is not followed by four hexadecimal digits'],
    ['"\\u1', 1, 2, 'The escape \\u is not followed by four hexadecimal digits'],
    ['"\\U0041"', 1, 2, 'There is no escape of "U" in JSON'],
    ['"a\\u0000"', 1, 3, 'The character \\u0000 cannot be stored'],
    ['{"\\u0000":1}', 1, 3, 'The character \\u0000 cannot be stored'],
    ['"\\ud83d"', 1, 2, 'The escape \\ud83d is half of a surrogate pair'],
    ['"\\ud83dx"', 1, 2, 'The escape \\ud83d is half of a surrogate pair'],
    ['"\\uDE00"', 1, 2, 'The escape \\ude00 is half of a surrogate pair'],
    ['"\\ud83d\\ud83d\\ude00"', 1, 2, 'The escape \\ud83d is half of a surrogate pair'],
    ['"\\ud83d\\u0041"', 1, 2, 'The escape \\ud83d is half of a surrogate pair'],
    ['{"id":1,"id":2}', 1, 9, twice('"id"')],
    ['{"id":1,"i\\u0064":2}', 1, 9, twice('"id"')],
    ['{"i\\u0064":1,"id":2}', 1, 14, twice('"id"')],
    ['{"😀":1,"\\ud83d\\ude00":2}', 1, 9, twice('"😀"')],
    ['{"é":1,"\\u00E9":2}', 1, 8, twice('"é"')],
    ['{"":1,"":2}', 1, 7, twice('""')],
    ['{"a\\n":1,"a\\u000a":2}', 1, 10, twice('"a\\n"')],
    ['{"__proto__":1,"__proto__":2}', 1, 16, twice('"__proto__"')],
    ['{"a":{"b":1,"c":[{"d":1}],"b":2}}', 1, 27, twice('"b"')],
    ['{"a":{"x":1},"b":2,"a":3}', 1, 20, twice('"a"')],
    ['{\n  "a": 1,\r\n  "b": x\n}', 3, 8, at('"x"', 'a value')],
    ['[1,\r2,\rx]', 3, 1, at('"x"', 'a value')],
    ['["é😀", x]', 1, 9, at('"x"', 'a value')],
    ['\ufeff[x]', 1, 2, at('"x"', 'a value')],
    ['\ufeff\n[x]', 2, 2, at('"x"', 'a value')],
    ['[😀]', 1, 2, at('"😀"', 'a value')],
  ];
  it.each(cases)('%j', (text, line, column, diagnostics) => {
    expect(refusal(text)).toEqual({ diagnostics, line, column });
  });

  it('a key of any length, shortened in the diagnostics', () => {
    const key = 'k'.repeat(1000);
    expect(refusal(`{"${key}":1,"${key}":1}`).diagnostics).toBe(twice(`"${'k'.repeat(80)}…"`));
  });
});

describe('compactJson refuses bytes that are not UTF-8', () => {
  const cases: [name: string, bytes: number[]][] = [
    ['overlong slash of two bytes', [0xc0, 0xaf]], ['overlong of three bytes', [0xe0, 0x80, 0xaf]], ['overlong of four bytes', [0xf0, 0x80, 0x80, 0xaf]],
    ['overlong null', [0xc0, 0x80]], ['surrogate D800', [0xed, 0xa0, 0x80]], ['surrogate DFFF', [0xed, 0xbf, 0xbf]],
    ['code point 110000', [0xf4, 0x90, 0x80, 0x80]], ['lead F5', [0xf5, 0x80, 0x80, 0x80]], ['FF', [0xff]], ['a lone continuation', [0x80]],
    ['truncated pair', [0xc3]], ['truncated triple', [0xe2, 0x82]], ['truncated quadruple', [0xf0, 0x9f, 0x98]],
    ['a quote in the middle of a sequence', [0xe2, 0x82, 0x22]],
  ];
  it.each(cases)('%s', (_name, wrong) => {
    const text = Buffer.concat([Buffer.from('{"a":\n"é😀'), Buffer.from(wrong), Buffer.from('"}')]);
    expect(refusal(text)).toEqual({ diagnostics: 'The text is not valid UTF-8', line: 2, column: 5 });
    expect(refusal(Buffer.from(wrong))).toEqual({ diagnostics: 'The text is not valid UTF-8', line: 1, column: 1 });
  });

  it('UTF-16', () => {
    expect(refusal(Buffer.from('\ufeff{}', 'utf16le')).diagnostics).toBe('The text is not valid UTF-8');
  });

  it('takes the first and last code point of each length', () => {
    const text = JSON.stringify('\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}');
    expect(compact(text)).toBe(text);
  });
});

describe('compactJson limits', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  it('takes 200 levels of arrays and objects, and no more', () => {
    expect(compact(nested(200))).toBe(nested(200));
    expect(refusal(nested(201))).toEqual({ diagnostics: 'The nesting is deeper than 200 levels', line: 1, column: 201 });
    const objects = `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`;
    expect(compact(objects)).toBe(objects);
    expect(refusal(`${'{"a":'.repeat(200)}{}${'}'.repeat(200)}`).column).toBe(1001);
    expect(compact(`[${nested(199)},${nested(199)}]`)).toHaveLength(1 + 398 + 1 + 398 + 1);
  });

  const nines = (count: number) => '9'.repeat(count);
  const zeros = (count: number) => '0'.repeat(count);
  // Each was given to a Postgres 18 as jsonb.
  const taken = [
    '1e131071', '10e131070', '9.99e131071', '0.001e131074', '-1e131071', '1e-16383', '1.0e-16382', '0e999999', '0e-16383', '0e1073741823', '123e-16383',
    '0.1e131072', '1e0000000000000000000000000000000001', '1.5e16400', `0.${zeros(16383)}e16000`, `0.${zeros(17000)}1e16000`,
    nines(131_072), `-${nines(131_072)}.${nines(16_383)}`, '1234567890.12345e131062',
  ];
  const refused = [
    '1e999999', '1e-20000', '1e131072', '10e131071', '9.99e131072', '0.001e131075', '1E+131072', '-1e131072', '1e-16384', '10e-16384', '1.0e-16383', '0e-20000',
    '0e1073741824', `0e${nines(30)}`, `1e-${nines(30)}`, `1e${nines(100_000)}`, nines(131_073), `0.${nines(16_384)}`, `1.${zeros(16_384)}`,
    '1234567890.12345e131063', '123e-16384',
  ];
  const name = (text: string) => (text.length > 40 ? `${text.slice(0, 20)}… (${text.length} characters)` : text);
  it.each(taken.map((text) => [name(text), text]))('takes the number %s', (_name, text) => {
    expect(compact(`[ ${text} ]`)).toBe(`[${text}]`);
  });
  it.each(refused.map((text) => [name(text), text]))('refuses the number %s', (_name, text) => {
    const { diagnostics, line, column } = refusal(`{"a":\n ${text}}`);
    expect(diagnostics).toMatch(/^The number .{1,81} is out of range: over 131072 digits before or 16383 after the decimal point$/);
    expect([line, column]).toEqual([2, 2]);
  });
});

describe('canonicalNumbers', () => {
  const canonical = ['0', '1', '-1', '10', '123456789012345', '0.1', '-0.5', '1.5', '0.000001', '1e-7', '1.5e+300', '1e+21', '5e-324', '9007199254740992'];
  const other = ['-0', '1.0', '1.10', '0.0', '-0.0', '1e2', '1E-7', '1e21', '1.5e300', '0.0000001', '9007199254740993', '12345678901234567890', '0.1234567890123456789', '1e400', '100000000000000000000000', '0e0'];
  it.each(canonical)('%s is what JavaScript writes', (text) => expect(compactJson(Buffer.from(`[${text}]`)).canonicalNumbers).toBe(true));
  it.each(other)('%s is not', (text) => expect(compactJson(Buffer.from(`[1,${text},2]`)).canonicalNumbers).toBe(false));

  it('says for any number whether String(Number(text)) gives it back', () => {
    const doubles = fc.oneof(numberToken, fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => String(value)), fc.tuple(fc.integer(), fc.nat(9)).map(([value, digits]) => (value / 10 ** digits).toFixed(digits)));
    fc.assert(fc.property(doubles, (text) => {
      expect(compactJson(Buffer.from(text)).canonicalNumbers).toBe(String(Number(text)) === text);
    }), { numRuns: 2000 });
  });
});

describe('compactJson and JSON.parse', () => {
  it('agree on every valid text, and only white space goes', () => {
    fc.assert(fc.property(spelled, ({ spaced, compact: text, numbers }) => {
      const found = compactJson(Buffer.from(spaced));
      expect(found.bytes.toString('utf8')).toBe(text);
      expect(found.canonicalNumbers).toBe(numbers.every((number) => String(Number(number)) === number));
      expect(JSON.parse(found.bytes.toString('utf8'))).toEqual(JSON.parse(spaced));
    }), { numRuns: 1000 });
  });

  // Where JSON.parse is more lenient, the diagnostics must be one of these.
  const stricter = /stands twice|\\u0000|half of a surrogate pair|out of range|deeper than/;
  it('agree on what is no JSON, but for the rules that JSON.parse does not have', () => {
    const scrap = fc.constantFrom(...'{}[]",:0123456789.eE+-\\ut\nfalsenr \u0000\u0001é', '\\ud800', '\\u0000', '"a":1', 'null', '00', '\ufeff');
    const mutation = fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(2), fc.oneof(scrap, fc.constant('')));
    fc.assert(fc.property(spelled, fc.array(mutation, { minLength: 1, maxLength: 3 }), ({ spaced }, mutations) => {
      let text = spaced;
      for (const [where, removed, added] of mutations) {
        const from = Math.floor(where * (text.length + 1));
        text = text.slice(0, from) + added + text.slice(from + removed);
      }
      text = Buffer.from(text).toString('utf8');
      let expected: unknown;
      let isJson = true;
      try {
        expected = JSON.parse(text.replace(/^\ufeff/, ''));
      } catch {
        isJson = false;
      }
      try {
        const found = compactJson(Buffer.from(text));
        expect(isJson).toBe(true);
        expect(JSON.parse(found.bytes.toString('utf8'))).toEqual(expected);
      } catch (error) {
        if (!(error instanceof FhirError)) throw error;
        if (isJson) expect(error.message).toMatch(stricter);
      }
    }), { numRuns: 5000 });
  });

  it('agrees with a strict decoder on what is UTF-8', () => {
    const byte = fc.constantFrom(0x61, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff);
    fc.assert(fc.property(fc.array(byte, { maxLength: 5 }), (inside) => {
      const bytes = Buffer.from([0x22, ...inside, 0x22]);
      let expected: string | undefined;
      try {
        expected = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      } catch {
        const { diagnostics, column } = refusal(bytes);
        expect(diagnostics).toBe('The text is not valid UTF-8');
        const good = bytes.toString('utf8').indexOf('\ufffd');
        expect(column).toBe(good + 1);
        return;
      }
      expect(compact(bytes)).toBe(expected);
    }), { numRuns: 3000 });
  });
});

describe('compactJson takes time in proportion to the text', () => {
  const repeated = (text: string, count: number) => Array<string>(count).fill(text).join(',');
  const keys = (count: number, key: (i: number) => string) => `{${Array.from({ length: count }, (_, i) => `"${key(i)}":1`).join(',')}}`;
  const large: [name: string, text: string][] = [
    ['an array of a million elements', `[${repeated('1.0', 1_000_000)}]`],
    ['an object of 100,000 keys', keys(100_000, String)],
    ['an object of 100,000 keys with escapes', keys(100_000, (i) => `\\u0061${i}`)],
    ['keys that are integers alike in their low bits', keys(100_000, (i) => String(i * 16_777_216))],
    ['objects of keys that look alike', `[${repeated(keys(30, (i) => `aXXXXX${String.fromCharCode(48 + i)}${'x'.repeat(50)}`), 2_000)}]`],
    ['nesting of 200 levels, over and over', `[${repeated(`${'{"a":'.repeat(199)}1.0${'}'.repeat(199)}`, 1_000)}]`],
    ['a long string of escapes', `"${'\\ud83d\\ude00\\\\'.repeat(200_000)}"`],
    ['the longest numbers', `[${repeated(`1.${'1'.repeat(16_000)}`, 100)}]`],
    ['an exponent of a million zeros', `1e${'0'.repeat(1_000_000)}`],
  ];
  it.each(large)('%s', (_name, text) => {
    const started = process.cpuUsage();
    const compacted = compactJson(Buffer.from(text));
    parseJson(compacted);
    const { user, system } = process.cpuUsage(started);
    expect(compacted.bytes).toHaveLength(Buffer.byteLength(text));
    // Generous by a factor of ten and more; anything quadratic takes minutes.
    expect((user + system) / 1e6).toBeLessThan(10);
  });

  it('finds a key that stands twice among 100,000', () => {
    expect(refusal(`${keys(100_000, (i) => `k${i}`).slice(0, -1)},"k7":1}`).diagnostics).toBe('The key "k7" stands twice in one object');
    for (const count of [1, 2, 31, 32, 33, 34, 70]) {
      for (const again of [0, count - 1]) {
        expect(refusal(`${keys(count, (i) => `k${i}`).slice(0, -1)},"k${again}":1}`).diagnostics).toBe(`The key "k${again}" stands twice in one object`);
      }
    }
  });
});
