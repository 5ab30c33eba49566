/**
 * Whether all is well, and no more: the schemas compiled to code that ends at the first fault and says nothing of it.
 *
 * Nearly all that is written is well-formed, so that this is the pass whose time counts. It visits the members that an object has, not all
 * that its type could have; it knows no paths; a data type is compiled when its first value comes. report.ts finds the faults.
 */
import { _, Ajv, type Code, type KeywordCxt, type Name, type ValidateFunction } from 'ajv';
import type { JsonObject, JsonValue } from '../../fhir/json/value.ts';
import { addTests, faultOfLists, type CodesOf, type FhirKeyword } from './keywords.ts';
import type { Schema } from './schemas.ts';

type Test = (value: any) => boolean;

/**
 * @param isSound of a resource that stands within another value
 * @returns by the name of a type: a test of its values
 */
export function createVerdicts(schemas: readonly Schema[], codes: CodesOf, isSound: (resource: JsonValue, place: 'contained' | 'any') => boolean): (type: string) => Test {
  // Ajv's own optimisation of its code takes as long as the rest of compiling, and V8 does as much.
  const ajv = new Ajv({ code: { optimize: false }, messages: false, strict: false, inlineRefs: false, validateSchema: false, logger: false });
  const tests = new Map<string, Test>();
  const testOf = (id: string): Test => {
    let test = tests.get(id);
    if (test === undefined) {
      let compiled: ValidateFunction | undefined;
      test = (value: unknown): boolean => (compiled ??= ajv.getSchema(id)!)(value) === true;
      tests.set(id, test);
    }
    return test;
  };
  const define = (keyword: string, type: 'array' | 'object' | undefined, code: (cxt: KeywordCxt) => void): void =>
    void ajv.removeKeyword(keyword).addKeyword({ keyword, ...(type !== undefined && { type }), code });
  const calling = (cxt: KeywordCxt, test: Test): void => refuse(cxt, _`!${cxt.gen.scopeValue('func', { ref: test })}(${cxt.data})`);
  define('$ref', undefined, (cxt) => calling(cxt, testOf(cxt.schema.startsWith('#') ? `${cxt.it.baseId}${cxt.schema}` : cxt.schema)));
  define('resource', undefined, (cxt) => {
    const place = cxt.schema as 'contained' | 'any';
    calling(cxt, (resource) => isSound(resource, place));
  });
  define('minProperties', 'object', (cxt) => calling(cxt, hasMembers));
  define('items', 'array', itemsCode);
  define('properties', 'object', membersCode);
  // `properties` does their work.
  for (const keyword of ['additionalProperties', 'fhir']) ajv.removeKeyword(keyword).addKeyword(keyword);
  addTests(ajv, codes, refuse);
  for (const schema of schemas) ajv.addSchema(schema, schema.$id);
  return testOf;
}

const refuse = ({ gen }: KeywordCxt, condition: Code): void => void gen.if(condition, () => gen.return(false));

function hasMembers(object: JsonObject): boolean {
  for (const _name in object) return true;
  return false;
}

function itemsCode(cxt: KeywordCxt): void {
  const valid = cxt.gen.name('valid');
  cxt.gen.forRange('i', 0, _`${cxt.data}.length`, (i) => void cxt.subschema({ keyword: 'items', dataProp: i, dataPropType: 0 }, valid));
}

/** A loop over the members, which are told apart by a place in the list of all names, halved until one is left. */
function membersCode(cxt: KeywordCxt): void {
  const { gen, data } = cxt;
  const names = Object.keys(cxt.schema as object);
  const { needs = [], choices = [], lists = [] } = ((cxt.parentSchema as { fhir?: FhirKeyword }).fhir ?? {});
  const places = gen.scopeValue('func', { ref: new Map(names.map((name, place) => [name, place])) });
  const areFaulty = gen.scopeValue('func', { ref: (values: JsonValue | undefined, more: JsonValue | undefined) => faultOfLists(values, more) !== undefined });
  const chosen = choices.map(([, least, of]) => ({ least, of, given: gen.let('given') }));
  const valid = gen.name('valid');
  const member = (name: string): void => {
    const own = name.startsWith('_') ? name.slice(1) : name;
    for (const { of, given } of chosen) {
      if (!of.includes(own)) continue;
      refuse(cxt, _`${given} !== undefined && ${given} !== ${own}`);
      gen.assign(given, _`${own}`);
    }
    if (lists.includes(own)) refuse(cxt, _`${areFaulty}(${data}[${own}], ${data}[${`_${own}`}])`);
    cxt.subschema({ keyword: 'properties', schemaProp: name, dataProp: name }, valid);
  };
  const among = (place: Name, from: number, to: number): void => {
    if (to - from === 1) return member(names[from]!);
    const middle = (from + to) >> 1;
    gen.if(_`${place} < ${middle}`, () => among(place, from, middle), () => among(place, middle, to));
  };
  gen.forIn('name', data, (name) => {
    const place = gen.const('place', _`${places}.get(${name})`);
    refuse(cxt, _`${place} === undefined`);
    among(place, 0, names.length);
  });
  for (const { least, given } of chosen) if (least > 0) refuse(cxt, _`${given} === undefined`);
  for (const name of needs) refuse(cxt, _`${data}[${name}] === undefined && ${data}[${`_${name}`}] === undefined`);
}
