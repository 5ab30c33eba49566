/** The input of an operation: from the query, from a Parameters body, or from a body that is its one resource. R4: operations.html, parameters.html. */
import type { Context } from '../context.ts';
import { compactJson } from '../fhir/json/scan.ts';
import { isObject, type JsonObject, type JsonValue } from '../fhir/json/value.ts';
import { badValue, invalid, required } from '../fhir/outcome.ts';
import { isPrimitive, isPrimitiveType, primitiveOf } from '../fhir/primitive.ts';
import { resourceOf } from './content.ts';
import type { FhirRequest, OperationParameter, OperationSource } from './endpoint.ts';
import { isControl } from './parameters.ts';
import { parsePreferences } from './preferences.ts';

/** Values of input parameters by name; one that may repeat is an array, one with parts an object. */
export type Input = Readonly<Record<string, unknown>>;

/**
 * @returns the input by name, as `OperationInput` in endpoint.ts has it
 * @throws FhirError 400 naming the parameter: unknown (unless `handling=lenient`), too many or too few, of another type or form
 */
export function operationInput(definition: OperationSource, request: FhirRequest, context: Context): Input {
  const inputs = definition.parameter.filter(({ use }) => use === 'in');
  const isLenient = parsePreferences(request.headers['prefer']).handling === 'lenient';
  const given = [...fromQuery(definition, inputs, request, isLenient), ...fromBody(definition, inputs, request, context, isLenient)];
  return collected(inputs, given, `$${definition.code}`);
}

/** A value of a parameter, and where it stood. */
interface Given {
  readonly parameter: OperationParameter;
  readonly value: unknown;
  readonly expression?: string;
}

function collected(parameters: readonly OperationParameter[], given: readonly Given[], where: string, expression?: string): Input {
  const input = new Map<string, unknown>();
  for (const parameter of parameters) {
    const { name, min, max } = parameter;
    const values = given.filter((one) => one.parameter === parameter);
    if (values.length < min) throw required(`${where} needs the parameter "${name}"`, expression === undefined ? {} : { expression });
    const excess = values[max === '*' ? Infinity : Number(max)];
    if (excess !== undefined) throw badValue(`${where} takes "${name}" at most ${max === '1' ? 'once' : `${max} times`}`, at(excess.expression));
    input.set(name, max === '1' ? values[0]?.value : values.map(({ value }) => value));
  }
  return Object.fromEntries(input);
}

const at = (expression: string | undefined): { expression?: string } => (expression === undefined ? {} : { expression });

function fromQuery({ code }: OperationSource, inputs: readonly OperationParameter[], request: FhirRequest, isLenient: boolean): Given[] {
  return request.parameters.flatMap(([name, value]): Given[] => {
    const parameter = inputs.find((input) => input.name === name);
    // `_format`, `_elements` and the like are everyone's, unless the operation has its own.
    if (value === '' || (parameter === undefined && (isControl(name) || isLenient))) return [];
    if (parameter === undefined) throw badValue(`$${code} has no parameter "${name}"${known(inputs)}`);
    const { type = '' } = parameter;
    if (!isPrimitiveType(type)) throw badValue(`"${name}" of $${code} is ${type === '' ? 'in parts' : `of type ${type}`}, and goes into a Parameters body`);
    const primitive = primitiveOf(type, value);
    if (primitive === undefined) throw badValue(`"${name}" is "${value.slice(0, 80)}", which is no ${type}`);
    return [{ parameter, value: primitive }];
  });
}

const known = (inputs: readonly OperationParameter[]): string => (inputs.length === 0 ? '' : `; it has ${inputs.map(({ name }) => `"${name}"`).join(', ')}`);

function fromBody({ code }: OperationSource, inputs: readonly OperationParameter[], request: FhirRequest, context: Context, isLenient: boolean): Given[] {
  if (request.body === undefined) return [];
  const body = resourceOf(compactJson(request.body.bytes), context, 'Parameters');
  const type = body['resourceType'] as string;
  if (type === 'Parameters') return fromList(body['parameter'], inputs, `$${code}`, 'Parameters.parameter', context, isLenient);
  const [resource, ...others] = inputs.filter((input) => isResourceType(input.type, context));
  if (resource === undefined || others.length > 0) throw invalid(`The body of $${code} is a Parameters, and not a "${type}"`, { expression: 'resourceType' });
  requireType(body, resource, type);
  return [{ parameter: resource, value: body, expression: type }];
}

function fromList(
  list: JsonValue | undefined, inputs: readonly OperationParameter[], where: string, path: string, context: Context, isLenient: boolean,
): Given[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw invalid(`${path} is not an array`, { expression: path });
  return list.flatMap((item, n): Given[] => {
    const expression = `${path}[${n}]`;
    if (!isObject(item)) throw invalid('A parameter is an object', { expression });
    const { name } = item;
    const parameter = inputs.find((input) => input.name === name);
    if (parameter === undefined && isLenient) return [];
    if (parameter === undefined) throw badValue(`${where} has no parameter "${String(name).slice(0, 80)}"${known(inputs)}`, { expression: `${expression}.name` });
    return [{ parameter, expression, value: valueOf(item, parameter, where, expression, context, isLenient) }];
  });
}

function valueOf(item: JsonObject, parameter: OperationParameter, where: string, expression: string, context: Context, isLenient: boolean): unknown {
  const { name, type, part } = parameter;
  if (part !== undefined) {
    const inside = `"${name}" of ${where}`;
    return collected(part, fromList(item['part'], part, inside, `${expression}.part`, context, isLenient), inside, expression);
  }
  if (isResourceType(type, context)) {
    const { resource } = item;
    if (!isObject(resource)) throw required(`"${name}" has no resource`, { expression });
    requireType(resource, parameter, `${expression}.resource`);
    return resource;
  }
  const key = `value${type!.charAt(0).toUpperCase()}${type!.slice(1)}`;
  const value = item[key];
  if (value === undefined) {
    const other = Object.keys(item).find((candidate) => /^value[A-Z]|^resource$|^part$/.test(candidate));
    throw badValue(`"${name}" is of type ${type}: ${key} is expected${other === undefined ? '' : `, and there is ${other}`}`, { expression });
  }
  if (isPrimitiveType(type!) ? !isPrimitive(type!, value) : !isObject(value)) throw badValue(`"${name}" is no ${type}`, { expression: `${expression}.${key}` });
  return value;
}

const isResourceType = (type: string | undefined, { definitions }: Context): boolean => type === 'Resource' || (type !== undefined && definitions.hasResourceType(type));

function requireType(resource: JsonObject, { name, type }: OperationParameter, expression: string): void {
  const given = resource['resourceType'];
  if (type !== 'Resource' && given !== type) throw badValue(`"${name}" is a "${String(given).slice(0, 80)}", and a ${type} is expected`, { expression });
}
