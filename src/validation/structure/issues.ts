/** What Ajv found, as issues of an OperationOutcome. R4: operationoutcome.html. */
import type { ErrorObject } from 'ajv';
import type { Definitions } from '../../fhir/definitions.ts';
import { JsonNumber, isObject, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';
import { issue, withinLimit, type Issue, type IssueType } from '../../fhir/outcome.ts';
import { faultOfXhtml } from '../../fhir/xhtml.ts';
import { expressionAt } from './expression.ts';
import { faultsOfObject, type FhirKeyword, type ObjectFault } from './keywords.ts';
import { rulesOf } from './rules.ts';

/**
 * @param errors by Ajv, with `data` and `schema`
 * @param root expression of the resource: `Patient`, `Bundle.entry[3].resource`
 */
export function issuesOf(errors: readonly Partial<ErrorObject>[], resource: JsonValue, root: string, definitions: Definitions): readonly Issue[] {
  const seen = new Set<string>();
  const issues: Issue[] = [];
  for (const error of errors) {
    for (const { code, sentence, step } of said(error)) {
      const expression = expressionAt(`${error.instancePath ?? ''}${step}`, resource, root, definitions);
      const one = issue('error', code, sentence, { expression });
      const name = `${one.diagnostics} ${expression}`;
      if (!seen.has(name)) issues.push(one);
      seen.add(name);
    }
  }
  return withinLimit(issues);
}

const shown = (value: unknown): string => {
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return 'An array';
  if (isObject(value)) return 'An object';
  const text = JSON.stringify(value) ?? 'Nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…"` : text;
};

const pointerStep = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

interface Said {
  readonly code: IssueType;
  readonly sentence: string;
  /** From Ajv's place to the element at fault, as JSON Pointer. */
  readonly step: string;
}

const at = (code: IssueType, sentence: string, step = ''): Said => ({ code, sentence, step });

function said({ keyword = '', params = {}, ...outer }: Partial<ErrorObject>): Said[] {
  const given = params as Readonly<Record<string, any>>;
  const { data, schema } = (given['own'] as Partial<ErrorObject> | undefined) ?? outer;
  switch (keyword) {
    case 'if': return [];
    case 'additionalProperties': return [at('structure', `"${String(given['additionalProperty']).slice(0, 80)}" is no element here`, pointerStep(String(given['additionalProperty'])))];
    case 'required': return [at('required', `"${given['missingProperty']}" must be there`, pointerStep(given['missingProperty']))];
    case 'fhir': return (faultsOfObject(schema as FhirKeyword, data as JsonObject) ?? []).map(ofObject);
    case 'type': case 'object': return [at('structure', `${shown(data)} stands where ${schema === 'array' ? 'an array' : 'an object'} is expected`)];
    case 'minItems': return [at('structure', 'An array is empty')];
    case 'minProperties': return [at('structure', 'An object is empty')];
    case 'const': return [at('structure', `${shown(data)} is another type of resource than "${String(schema)}"`)];
    case 'primitive': return [at('value', `${shown(data)} is no ${String(schema)}`)];
    case 'binding': return [at('code-invalid', `${shown(data)} is none of the codes of ${String(schema)}`)];
    case 'div': return [typeof data === 'string' ? at('invariant', faultOfXhtml(data)!) : at('value', `${shown(data)} is no xhtml`)];
    case 'rules': return rulesOf(String(schema)).filter(({ holds }) => !holds(data as JsonObject)).map(({ key, sentence }) => at('invariant', `${sentence} (${key})`));
    default: return [at(given['code'] ?? 'structure', given['sentence'] ?? 'The structure is not that of R4')];
  }
}

function ofObject(fault: ObjectFault): Said {
  const { kind, name } = fault;
  switch (kind) {
    case 'needs': return at('required', `"${name}" must be there`, pointerStep(name));
    case 'lists': return at('structure', `"${name}" and "_${name}" do not say for each place what is there`, `${pointerStep(name)}/${fault.index}`);
    case 'choice': return fault.given.length === 0
      ? at('required', `"${name}[x]" must be there`, pointerStep(name)) : at('structure', `"${name}[x]" is there more than once: ${fault.given.join(', ')}`, pointerStep(fault.given[0]!));
  }
}
