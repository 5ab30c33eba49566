/** Random JSON texts in all the spellings that RFC 8259 allows, for the property tests of the scanner and what stands on it. */
import fc from 'fast-check';

/** One JSON value spelled twice: with random white space, and without any; the number tokens in it in order. */
export interface Spelled {
  readonly spaced: string;
  readonly compact: string;
  readonly numbers: readonly string[];
}

const space = fc.constantFrom('', '', '', ' ', '\n', '\r\n', '\t', '  \n\r\t ');

const escapedUnit = (unit: string, upper: boolean): string => {
  const digits = unit.charCodeAt(0).toString(16).padStart(4, '0');
  return `\\u${upper ? digits.toUpperCase() : digits}`;
};

/** One character of a string as it may be written. */
const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abcxyz019 :,{}[]-') },
  { weight: 1, arbitrary: fc.constantFrom('\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t', '\\u00e9', '\\u0001', '\\ud83d\\ude00') },
  { weight: 1, arbitrary: fc.constantFrom('é', 'ß', '€', '\u2028', '\uffff', '😀', '\u{10ffff}', '\u007f', '/') },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('a', '"', '\\', 'é', '€'), fc.boolean()).map(([unit, upper]) => escapedUnit(unit, upper)) },
);

/** A string token, quotes included. */
export const stringToken = fc.array(character, { maxLength: 12 }).map((characters) => `"${characters.join('')}"`);

const digits = fc.oneof(fc.nat(20).map(String), fc.nat().map(String), fc.bigInt(0n, 10n ** 25n).map(String));

/** A number token that numeric can hold. */
export const numberToken = fc.tuple(
  fc.constantFrom('', '', '-'),
  digits,
  fc.oneof(fc.constant(''), fc.constantFrom('.0', '.5', '.10', '.000001', '.0000001'), digits.map((text) => `.${text}`)),
  fc.oneof({ weight: 4, arbitrary: fc.constant('') }, fc.constantFrom('e0', 'E1', 'e+2', 'e-07', 'E21', 'e-300', 'e400')),
).map((parts) => parts.join(''));

const leaf = (token: fc.Arbitrary<string>, numeric = false): fc.Arbitrary<Spelled> =>
  token.map((text) => ({ spaced: text, compact: text, numbers: numeric ? [text] : [] }));

const joined = (open: string, close: string, parts: readonly Spelled[], inner: string): Spelled => ({
  spaced: `${open}${parts.length === 0 ? inner : parts.map(({ spaced }) => spaced).join(',')}${close}`,
  compact: `${open}${parts.map(({ compact }) => compact).join(',')}${close}`,
  numbers: parts.flatMap(({ numbers }) => numbers),
});

const { element } = fc.letrec<{ element: Spelled; value: Spelled }>((tie) => ({
  element: fc.tuple(space, tie('value'), space).map(([before, value, after]) => ({ ...value, spaced: `${before}${value.spaced}${after}` })),
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf(fc.constantFrom('null', 'true', 'false')),
    leaf(stringToken),
    leaf(numberToken, true),
    fc.tuple(fc.array(tie('element'), { maxLength: 5 }), space).map(([parts, inner]) => joined('[', ']', parts, inner)),
    fc.tuple(membersOf(tie('element')), space).map(([parts, inner]) => joined('{', '}', parts, inner)),
  ),
}));

function membersOf(value: fc.Arbitrary<Spelled>): fc.Arbitrary<Spelled[]> {
  const key = fc.oneof(stringToken, fc.constantFrom('"id"', '"meta"', '"__proto__"', '"1"', '"0"', '"constructor"', '"\\u006deta"'));
  const member = fc.tuple(key, space, space, value).map(([name, before, after, part]) => ({
    name: JSON.parse(name) as string,
    spaced: `${before}${name}${after}:${part.spaced}`,
    compact: `${name}:${part.compact}`,
    numbers: part.numbers,
  }));
  return fc.uniqueArray(member, { maxLength: 6, selector: ({ name }) => name });
}

/** Any JSON value with white space around and between its tokens. */
export const spelled: fc.Arbitrary<Spelled> = element;

/** A compact object whose members may be those that a stamp touches, in any order. */
export const resource: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom('', '"resourceType":"Patient"'),
  fc.constantFrom('', '"id":"old"', '"\\u0069d":"old"'),
  fc.oneof(
    fc.constant(''),
    fc.uniqueArray(fc.constantFrom('"versionId":"9"', '"lastUpdated":"1999"', '"tag":[{"code":"}"}]', '"profile":["a\\"b"]'), { maxLength: 4 })
      .map((parts) => `"meta":{${parts.join(',')}}`),
  ),
  fc.constantFrom('', '"_id":{"extension":[]}', '"contained":[{"id":"a","meta":{"versionId":"1"}}]'),
  element.map(({ compact }) => `"x":${compact}`),
).chain((parts) => fc.shuffledSubarray(parts.filter((part) => part !== ''))).map((parts) => `{${parts.join(',')}}`);
