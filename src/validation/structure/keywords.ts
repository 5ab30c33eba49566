/**
 * The keywords that schemas/json-schema.json has beyond JSON Schema. R4: json.html, datatypes.html; scripts/schemas/json-schema.ts says which.
 *
 * They write their tests into Ajv's code: as functions that Ajv calls they would be handed the path of each value, which takes longer than
 * the tests. What is wrong in detail is found again for the outcome (issues.ts).
 */
import { _, type Ajv, type Code, type KeywordCxt } from 'ajv';
import { JsonNumber, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';
import { primitiveTest } from '../../fhir/primitive.ts';
import { faultOfXhtml } from '../../fhir/xhtml.ts';
import { rulesOf } from './rules.ts';

export interface FhirKeyword {
  readonly needs?: readonly string[];
  readonly choices?: readonly (readonly [name: string, least: number, names: readonly string[]])[];
  readonly lists?: readonly string[];
}

/** Codes of a ValueSet that enumerates them. */
export type CodesOf = (valueSet: string) => ReadonlySet<string>;

/** Adds the keywords that are tests of a value; `refuse` writes what follows where a condition of Ajv's code is true. */
export function addTests(ajv: Ajv, codes: CodesOf, refuse: (cxt: KeywordCxt, condition: Code) => void): void {
  const testing = (keyword: string, test: (schema: any, parent: object) => (value: any) => boolean, type?: 'object') => ({
    keyword, ...(type !== undefined && { type }), error: { message: keyword },
    code(cxt: KeywordCxt): void {
      const run = cxt.gen.scopeValue('func', { ref: test(cxt.schema, cxt.parentSchema) });
      refuse(cxt, _`!${run}(${cxt.data})`);
    },
  });
  ajv.addKeyword(testing('primitive', (type: string, parent) => {
    const test = primitiveTest(type);
    return 'orNull' in parent ? (value: JsonValue) => value === null || test(value) : test;
  }));
  ajv.addKeyword('orNull');
  ajv.addKeyword(testing('binding', (valueSet: string) => {
    const known = codes(valueSet);
    // What is no string is the business of `primitive`.
    return (value: JsonValue) => typeof value !== 'string' || known.has(value);
  }));
  ajv.addKeyword(testing('object', () => (value: JsonValue) => !(value instanceof JsonNumber)));
  ajv.addKeyword(testing('div', () => (value: JsonValue) => typeof value === 'string' && faultOfXhtml(value) === undefined));
  ajv.addKeyword(testing('rules', (path: string) => {
    const rules = rulesOf(path);
    return rules.length === 1 ? rules[0]!.holds : (object: JsonObject) => rules.every(({ holds }) => holds(object));
  }, 'object'));
}

export type ObjectFault =
  | { readonly kind: 'needs'; readonly name: string }
  | { readonly kind: 'choice'; readonly name: string; readonly given: readonly string[] }
  | { readonly kind: 'lists'; readonly name: string; readonly index: number };

/** @returns what the keyword `fhir` finds wrong with an object; undefined where that is nothing */
export function faultsOfObject({ needs, choices, lists }: FhirKeyword, object: JsonObject): ObjectFault[] | undefined {
  let found: ObjectFault[] | undefined;
  if (needs !== undefined) for (const name of needs) if (object[name] === undefined && object[`_${name}`] === undefined) (found ??= []).push({ kind: 'needs', name });
  if (choices !== undefined) {
    for (const [name, least, names] of choices) {
      let first: string | undefined;
      let given: string[] | undefined;
      // An object has few keys, a choice up to fifty names.
      for (const key in object) {
        const at = key.charCodeAt(0) === 0x5f ? 1 : 0;
        if (!key.startsWith(name, at)) continue;
        const own = at === 1 ? key.slice(1) : key;
        if (own === first || !names.includes(own)) continue;
        if (first === undefined) first = own;
        else (given ??= [first]).push(own);
      }
      if (given !== undefined || (first === undefined && least > 0)) (found ??= []).push({ kind: 'choice', name, given: given ?? [] });
    }
  }
  if (lists !== undefined) {
    for (const name of lists) {
      const values = object[name];
      const more = object[`_${name}`];
      if (values === undefined && more === undefined) continue;
      const index = faultOfLists(values, more);
      if (index !== undefined) (found ??= []).push({ kind: 'lists', name, index });
    }
  }
  return found;
}

/** @returns the first place that has neither a value nor extensions, or the length where the two are not of one length */
export function faultOfLists(values: JsonValue | undefined, more: JsonValue | undefined): number | undefined {
  const [a, b] = [Array.isArray(values) ? values : undefined, Array.isArray(more) ? more : undefined];
  if (a !== undefined && b !== undefined && a.length !== b.length) return Math.min(a.length, b.length);
  const length = a?.length ?? b?.length ?? 0;
  for (let n = 0; n < length; n++) if ((a?.[n] ?? null) === null && (b?.[n] ?? null) === null) return n;
  return undefined;
}
