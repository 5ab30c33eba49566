/**
 * JSON as the oracle reads it: objects, arrays, strings, booleans, null, and numbers that keep how they were written. A parser of its
 * own, so that nothing the engine does to a text can hide from the oracle.
 */

/** A number as it stands in the text: `1.20` is not `1.2`, for search takes precision from it. */
export class Decimal {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Json = null | boolean | string | Decimal | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Decimal);

/** @returns the member as text, or undefined where it is none */
export function textOf(value: Json | undefined, name: string): string | undefined {
  const member = isObject(value) ? value[name] : undefined;
  return typeof member === 'string' ? member : undefined;
}

/** @returns a member as a list, whether it is one or stands alone */
export function listOf(value: Json | undefined, name: string): readonly Json[] {
  const member = isObject(value) ? value[name] : undefined;
  return member === undefined || member === null ? [] : Array.isArray(member) ? member : [member as Json];
}

/** JSON.parse cannot give the text of a number in Node 20: its reviver sees doubles only. So numbers become marked strings first. */
const mark = '\u0001';
const numberOutsideStrings = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

export function parseJson(text: string): Json {
  if (text.includes(mark) || text.includes('\\u0001')) throw new Error('the text holds U+0001, which marks numbers here');
  const marked = text.replace(numberOutsideStrings, (token) => (token.startsWith('"') ? token : `"\\u0001${token}"`));
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? new Decimal(value.slice(1)) : value) as Json;
}
