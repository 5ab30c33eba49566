/** The primitive types: which JSON values are of a type, and what a text in a query stands for. R4: datatypes.html#primitive. */
import { isBase64 } from './base64.ts';
import { JsonNumber, numberText, type JsonValue } from './json/value.ts';

const integerForm = /^(?:0|-?[1-9][0-9]{0,9})$/;

interface Test {
  test(value: string): boolean;
}

const date = String.raw`\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?`;
const day = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const time = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,20})?`;
const zone = String.raw`(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))`;
const whole = (form: string): RegExp => new RegExp(`^(?:${form})$`);

/** Some character that is no white space, and no control characters but tab and line ends. */
const text = { test: (value: string): boolean => !/[^\t\n\r -\uFFFF]/.test(value) && /\S/.test(value) };

/** Days of the months, in a leap year. */
const days = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** The form, and a day that there is. */
const calendar = (form: string): Test => {
  const pattern = whole(form);
  return {
    test(value) {
      if (!pattern.test(value)) return false;
      const day = value.length < 10 ? 1 : Number(value.slice(8, 10));
      if (day <= 28) return !value.startsWith('0000');
      const [year, month] = [Number(value.slice(0, 4)), Number(value.slice(5, 7))];
      return year > 0 && (month === 2 && day === 29 ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) : day <= days[month - 1]!);
    },
  };
};

/** Forms of the types that are strings in JSON. None can backtrack: each character has one place in it. */
const texts: ReadonlyMap<string, Test> = new Map([
  ['string', text], ['markdown', text],
  ['code', /^[^\s]+(?: [^\s]+)*$/], ['id', /^[A-Za-z0-9\-.]{1,64}$/],
  ['uri', /^\S+$/], ['url', /^\S+$/], ['canonical', /^\S+$/],
  ['oid', /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/], ['uuid', /^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i],
  ['date', calendar(date)], ['dateTime', calendar(`${date}|${day}T${time}${zone}`)], ['instant', calendar(`${day}T${time}${zone}`)], ['time', whole(time)],
  ['base64Binary', { test: isBase64 }],
]);

/** Types that are numbers in JSON, with the least and the largest of the whole ones. */
const numbers: ReadonlyMap<string, readonly [least: number, largest: number]> = new Map([
  ['integer', [-(2 ** 31), 2 ** 31 - 1]], ['unsignedInt', [0, 2 ** 31 - 1]], ['positiveInt', [1, 2 ** 31 - 1]], ['decimal', [-Infinity, Infinity]],
]);

/** @returns whether it is the name of a primitive type that a parameter can have */
export const isPrimitiveType = (type: string): boolean => type === 'boolean' || texts.has(type) || numbers.has(type);

/** @returns whether the value is of the type */
export const isPrimitive = (type: string, value: JsonValue): boolean => primitiveTest(type)(value);

/** @returns a test of values for a type, which need not be looked up again */
export function primitiveTest(type: string): (value: JsonValue) => boolean {
  if (type === 'boolean') return (value) => typeof value === 'boolean';
  const form = texts.get(type);
  if (form !== undefined) return (value) => typeof value === 'string' && form.test(value);
  return (value) => (typeof value === 'number' || value instanceof JsonNumber) && isNumber(type, numberText(value));
}

function isNumber(type: string, text: string): boolean {
  const [least, largest] = numbers.get(type)!;
  if (type === 'decimal') return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text);
  return integerForm.test(text) && Number(text) >= least && Number(text) <= largest;
}

/** @returns what the text of a query stands for in the type's JSON; undefined where it is not of the type */
export function primitiveOf(type: string, text: string): boolean | number | JsonNumber | string | undefined {
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (texts.has(type)) return texts.get(type)!.test(text) ? text : withPlus(type, text);
  if (!isNumber(type, text)) return undefined;
  return String(Number(text)) === text ? Number(text) : new JsonNumber(text);
}

/** An unescaped "+" of a time zone has become a space on its way through the query. */
function withPlus(type: string, text: string): string | undefined {
  const mended = text.replace(' ', '+');
  return (type === 'dateTime' || type === 'instant') && texts.get(type)!.test(mended) ? mended : undefined;
}
