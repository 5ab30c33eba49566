/** All that is wrong with a resource, with the place of each fault: what Ajv says by the same schemas that verdict.ts judges by. */
import { _, Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { JsonObject, JsonValue } from '../../fhir/json/value.ts';
import { boundLoops } from './bounded.ts';
import { addTests, faultsOfObject, type CodesOf, type FhirKeyword } from './keywords.ts';
import type { Schema } from './schemas.ts';

/** Gives Ajv's errors of a resource that stands at the path, with their paths from the whole. */
export type Report = (resource: JsonValue, path: string) => readonly Partial<ErrorObject>[];

/** @param faultsOf a resource that stands within another value */
export function createReports(schemas: readonly Schema[], codes: CodesOf, faultsOf: (resource: JsonValue, place: 'contained' | 'any', path: string) => readonly Partial<ErrorObject>[]): (type: string) => Report {
  const ajv = new Ajv({ code: { optimize: false }, allErrors: true, verbose: true, strict: false, ownProperties: true, inlineRefs: false, validateSchema: false, logger: false });
  boundLoops(ajv);
  addTests(ajv, codes, (cxt, condition) => cxt.fail(condition));
  ajv.addKeyword({
    keyword: 'fhir', type: 'object', error: { message: 'fhir' },
    code(cxt) {
      const keyword = cxt.schema as FhirKeyword;
      cxt.fail(_`!${cxt.gen.scopeValue('func', { ref: (object: JsonObject) => faultsOfObject(keyword, object) === undefined })}(${cxt.data})`);
    },
  });
  ajv.addKeyword({
    keyword: 'resource', errors: 'full',
    compile(place: 'contained' | 'any') {
      const check: { (value: any, context?: { readonly instancePath: string }): boolean; errors: Partial<ErrorObject>[] } = Object.assign((value: any, context?: { readonly instancePath: string }) => {
        // Ajv puts this keyword's value and schema in the place of the errors' own.
        check.errors = faultsOf(value, place, context!.instancePath).map((error) => ({ ...error, params: { own: { data: error.data, schema: error.schema }, ...error.params } }));
        return check.errors.length === 0;
      }, { errors: [] as Partial<ErrorObject>[] });
      return check;
    },
  });
  for (const schema of schemas) ajv.addSchema(schema, schema.$id);
  const compiled = new Map<string, ValidateFunction>();
  return (type) => (resource, path) => {
    let validate = compiled.get(type);
    if (validate === undefined) compiled.set(type, (validate = ajv.getSchema(type)!));
    // Ajv takes the place within the whole, so that paths go on from there.
    return validate(resource, { instancePath: path, parentData: {}, parentDataProperty: '', rootData: resource as object, dynamicAnchors: {} }) ? [] : validate.errors!;
  };
}
