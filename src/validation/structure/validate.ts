/**
 * Structure: whether a resource is one of R4's, element by element, by JSON Schemas that Ajv compiles. R4: json.html, validation.html.
 *
 * A type is compiled when the first resource of it comes, data types with the first that has them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { Definitions } from '../../fhir/definitions.ts';
import { isObject, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';
import type { Issue } from '../../fhir/outcome.ts';
import { boundLoops, enough } from './bounded.ts';
import { faultsOfContained, faultsOfLocals, type LocalFault } from './contained.ts';
import { issuesOf } from './issues.ts';
import { addKeywords } from './keywords.ts';
import { ruled } from './rules.ts';

/**
 * @param resource of a type of R4
 * @param expression of the resource for issues: `Patient`, `Bundle.entry[3].resource`
 * @param hasLocals whether a `"#` or a contained resource may be anywhere in it: only then references within it are looked for
 * @returns all that is wrong with it
 */
export type StructureValidator = (resource: JsonObject, expression: string, hasLocals?: boolean) => readonly Issue[];

const schemas = join(import.meta.dirname, '../../../schemas/json-schema.json');

type Schema = { $id: string; $defs?: Record<string, object> } & Record<string, unknown>;

export function createStructureValidator(definitions: Definitions): StructureValidator {
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: false, ownProperties: true, inlineRefs: false, validateSchema: false, logger: false });
  boundLoops(ajv);
  const compiled = new Map<string, ValidateFunction>();
  const validatorOf = (type: string): ValidateFunction => {
    let found = compiled.get(type);
    if (found === undefined) {
      found = ajv.getSchema(type)!;
      compiled.set(type, found);
    }
    return found;
  };
  let looksForLocals = true;
  const codes = new Map<string, ReadonlySet<string>>();
  const checkResource = (value: JsonValue, place: 'contained' | 'any', path: string): Partial<ErrorObject>[] => {
    const type = isObject(value) ? value['resourceType'] : undefined;
    if (typeof type !== 'string' || !definitions.hasResourceType(type)) return [said(path, type === undefined ? 'The resource has no resourceType' : `"${String(type).slice(0, 80)}" is not a resource type of R4`)];
    const validator = validatorOf(type);
    // Ajv takes the place within the whole, so that paths go on from there.
    const isValid = validator(value, { instancePath: path, parentData: {}, parentDataProperty: '', rootData: value as object, dynamicAnchors: {} });
    const errors = isValid ? [] : validator.errors!;
    const resource = value as JsonObject;
    const faults = place === 'contained' ? faultsOfContained(resource) : looksForLocals ? faultsOfLocals(resource, enough) : [];
    return faults.length === 0 ? errors : [...errors, ...saidOf(faults, path)];
  };
  addKeywords(ajv, {
    checkResource,
    codes(valueSet) {
      let found = codes.get(valueSet);
      if (found === undefined) codes.set(valueSet, (found = new Set([...(definitions.valueSet(valueSet)?.values() ?? [])].flat())));
      return found;
    },
  });
  for (const schema of Object.values(JSON.parse(readFileSync(schemas, 'utf8')) as Record<string, Schema>)) ajv.addSchema(withRules(schema), schema.$id);
  return (resource, expression, hasLocals = true) => {
    looksForLocals = hasLocals;
    const errors = checkResource(resource, 'any', '');
    return errors.length === 0 ? [] : issuesOf(errors, resource, expression, definitions);
  };
}

const said = (instancePath: string, sentence: string, code = 'structure'): Partial<ErrorObject> => ({ keyword: 'said', instancePath, params: { sentence, code } });

const saidOf = (faults: readonly LocalFault[], path: string): Partial<ErrorObject>[] => faults.map(({ key, sentence, pointer }) => said(`${path}${pointer}`, `${sentence} (${key})`, 'invariant'));

/** The hand-compiled invariants, on the objects that they are about. */
function withRules(schema: Schema): Schema {
  const of = (name: string, one: object): object => (ruled.includes(name) ? { ...one, rules: name } : one);
  return { ...(of(schema.$id, schema) as Schema), ...(schema.$defs !== undefined && { $defs: Object.fromEntries(Object.entries(schema.$defs).map(([path, one]) => [path, of(path, one)])) }) };
}
