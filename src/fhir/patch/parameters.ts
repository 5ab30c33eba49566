/** The operations of a FHIRPath Patch as they stand in a Parameters resource. R4: fhirpatch.html, parameters.html. */
import { badValue, required, structure } from '../outcome.ts';
import type { ElementNode } from '../json/element.ts';
import { asArray, asObject, asString, memberOf, textOf, type JsonNode } from '../json/tree.ts';

/** A parameter or a part: exactly one of a value, parts and a resource. */
export interface Part {
  readonly name: string;
  /** Where it stands, for outcomes. */
  readonly expression: string;
  /** `valueDate` */
  readonly valueKey?: string;
  readonly value?: ElementNode;
  readonly parts?: readonly Part[];
  readonly resource?: JsonNode;
}

export type OperationType = 'add' | 'insert' | 'delete' | 'replace' | 'move';

/** What an operation needs besides type and path. */
const needs: Readonly<Record<OperationType, readonly string[]>> = {
  add: ['name', 'value'], insert: ['index', 'value'], delete: [], replace: ['value'], move: ['source', 'destination'],
};

export interface Operation {
  readonly type: OperationType;
  readonly path: string;
  readonly expression: string;
  part(name: string): Part;
}

/**
 * @param parameters a Parameters resource
 * @param expression where it stands: `Parameters`, or `Bundle.entry[3].resource`
 * @throws FhirError 400 naming the parameter at fault
 */
export function readOperations(parameters: JsonNode, expression: string): Operation[] {
  const list = memberOf(parameters, 'parameter');
  return list === undefined ? [] : readParts(list, `${expression}.parameter`).map(readOperation);
}

function readOperation({ name, parts = [], expression }: Part): Operation {
  if (name !== 'operation') throw badValue(`A parameter of a patch is an "operation", and this one is "${name.slice(0, 80)}"`, { expression });
  const find = (wanted: string): Part | undefined => {
    const [first, second] = parts.filter((part) => part.name === wanted);
    if (second !== undefined) throw structure(`The operation has "${wanted}" twice`, { expression });
    return first;
  };
  const text = (wanted: string): string => {
    const value = asString(find(wanted)?.value?.value);
    if (value === undefined) throw required(`The operation has no "${wanted}"`, { expression });
    return value;
  };
  const type = text('type');
  if (!Object.hasOwn(needs, type)) throw badValue(`The operation is "${type.slice(0, 80)}", which is not one of ${Object.keys(needs).join(', ')}`, { expression });
  const path = text('path');
  const missing = needs[type as OperationType].find((wanted) => find(wanted) === undefined);
  if (missing !== undefined) throw required(`The operation (${type}) has no "${missing}"`, { expression });
  return { type: type as OperationType, path, expression, part: (wanted) => find(wanted)! };
}

function readParts(node: JsonNode, expression: string): Part[] {
  const list = asArray(node)?.elements;
  if (list === undefined) throw structure('Parameters and parts are arrays', { expression });
  return list.map((part, n) => readPart(part, `${expression}[${n}]`));
}

function readPart(node: JsonNode, expression: string): Part {
  const members = asObject(node)?.members;
  if (members === undefined) throw structure('A parameter or part is an object', { expression });
  const of = (key: string): JsonNode | undefined => members.find((member) => member.key === key)?.value;
  const name = asString(of('name'));
  if (name === undefined) throw required('A parameter or part has a name', { expression });
  const keys = new Set(members.map(({ key }) => key.replace(/^_/, '')).filter((key) => /^value[A-Z]/.test(key)));
  const [valueKey] = keys;
  const [part, resource] = [of('part'), of('resource')];
  if (keys.size + Number(part !== undefined) + Number(resource !== undefined) !== 1) {
    throw structure(`"${name.slice(0, 80)}" has neither or more than one of a value, parts and a resource`, { expression });
  }
  if (part !== undefined) return { name, expression, parts: readParts(part, `${expression}.part`) };
  if (resource !== undefined) return { name, expression, resource };
  const [value, more] = [of(valueKey!), of(`_${valueKey!}`)];
  return { name, expression, valueKey: valueKey!, value: { ...(value !== undefined && { value }), ...(more !== undefined && { more }) } };
}

/** @throws FhirError 400 where the part is no whole number */
export function integerOf({ name, value, expression }: Part): number {
  const text = value?.value === undefined ? '' : textOf(value.value).toString('latin1');
  if (!/^(?:0|[1-9]\d{0,8})$/.test(text)) throw badValue(`"${name}" is not a whole number`, { expression });
  return Number(text);
}

/** @throws FhirError 400 where the part is no text */
export function textOfPart({ name, value, expression }: Part): string {
  const text = asString(value?.value);
  if (text === undefined) throw badValue(`"${name}" is not a string`, { expression });
  return text;
}
