/**
 * Structure: whether a resource is one of R4's, element by element, by JSON Schemas that Ajv compiles. R4: json.html, validation.html.
 *
 * A type is compiled when the first resource of it comes: for a verdict, and again for a report when the first faulty one comes.
 */
import type { ErrorObject } from 'ajv';
import type { Definitions } from '../../fhir/definitions.ts';
import { isObject, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';
import type { Issue } from '../../fhir/outcome.ts';
import { enough } from './bounded.ts';
import { faultsOfContained, faultsOfLocals, type LocalFault } from './contained.ts';
import { issuesOf } from './issues.ts';
import { createReports } from './report.ts';
import { readSchemas } from './schemas.ts';
import { createVerdicts } from './verdict.ts';

/**
 * @param resource of a type of R4
 * @param expression of the resource for issues: `Patient`, `Bundle.entry[3].resource`
 * @param hasLocals whether a text in it may begin with `#`: only then references to contained resources are looked for
 * @returns all that is wrong with it
 */
export type StructureValidator = (resource: JsonObject, expression: string, hasLocals?: boolean) => readonly Issue[];

export function createStructureValidator(definitions: Definitions): StructureValidator {
  const schemas = readSchemas();
  const known = new Map<string, ReadonlySet<string>>();
  const codes = (valueSet: string): ReadonlySet<string> => {
    let found = known.get(valueSet);
    if (found === undefined) known.set(valueSet, (found = new Set([...(definitions.valueSet(valueSet)?.values() ?? [])].flat())));
    return found;
  };
  let looksForLocals = true;
  const typeOf = (value: JsonValue): string | undefined => {
    const type = isObject(value) ? value['resourceType'] : undefined;
    return typeof type === 'string' && definitions.hasResourceType(type) ? type : undefined;
  };
  const localFaults = (resource: JsonObject, place: 'contained' | 'any'): readonly LocalFault[] => {
    if (place === 'contained') return faultsOfContained(resource);
    return looksForLocals || resource['contained'] !== undefined ? faultsOfLocals(resource, enough) : [];
  };
  const isSound = (value: JsonValue, place: 'contained' | 'any'): boolean => {
    const type = typeOf(value);
    return type !== undefined && verdictOf(type)(value) && localFaults(value as JsonObject, place).length === 0;
  };
  const faultsOf = (value: JsonValue, place: 'contained' | 'any', path: string): Partial<ErrorObject>[] => {
    const type = typeOf(value);
    if (type === undefined) {
      const given = isObject(value) ? value['resourceType'] : undefined;
      return [said(path, given === undefined ? 'The resource has no resourceType' : `"${String(given).slice(0, 80)}" is not a resource type of R4`)];
    }
    return [...reportOf(type)(value, path), ...saidOf(localFaults(value as JsonObject, place), path)];
  };
  const verdictOf = createVerdicts(schemas, codes, isSound);
  let reports: ReturnType<typeof createReports> | undefined;
  const reportOf: ReturnType<typeof createReports> = (type) => (reports ??= createReports(schemas, codes, faultsOf))(type);
  return (resource, expression, hasLocals = true) => {
    looksForLocals = hasLocals;
    return isSound(resource, 'any') ? [] : issuesOf(faultsOf(resource, 'any', ''), resource, expression, definitions);
  };
}

const said = (instancePath: string, sentence: string, code = 'structure'): Partial<ErrorObject> => ({ keyword: 'said', instancePath, params: { sentence, code } });

const saidOf = (faults: readonly LocalFault[], path: string): Partial<ErrorObject>[] => faults.map(({ key, sentence, pointer }) => said(`${path}${pointer}`, `${sentence} (${key})`, 'invariant'));
