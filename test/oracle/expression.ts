/**
 * Expressions of search parameters, evaluated by fhirpath.js. R4: searchparameter.html, fhirpath.html.
 *
 * Each alternative of a union is evaluated by itself: the union's removal of equal values changes no search, and hashes whole
 * resources. `where(resolve() is X)` becomes a function that looks at the reference's text, for a search index cannot resolve either.
 */
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import { isObject, textOf, type Json, type JsonObject } from './json.ts';
import { hasResourceType, type Parameter } from './definitions.ts';

export interface Typed {
  /** FHIR's name of the element's type: `CodeableConcept`, `code`; `boolean` for what an operator gave. */
  readonly type: string;
  /** Null for a primitive that has only extensions. */
  readonly value: Json;
  /** The element in its type: `Patient.gender`, `Attachment.contentType`. */
  readonly path: string;
}

/** As much of fhirpath.js's ResourceNode as is needed here. */
interface Node {
  readonly data: Json;
  readonly path: string | null;
  readonly fhirNodeDataType: string | null;
  readonly parentResNode: Node | null;
  readonly propName: string | null;
  getParentResource(): Node | null;
}

type Evaluate = (input: JsonObject | readonly Node[], variables?: Record<string, unknown>) => readonly (Node | boolean)[];

const options = {
  resolveInternalTypes: false,
  userInvocationTable: {
    refersTo: { internalStructures: true, fn: (nodes: readonly Node[], type: string): Node[] => nodes.filter((node) => targetType(node) === type), arity: { 0: [], 1: ['String'] } },
  },
};

const compiled = new Map<string, Evaluate>();

function compile(text: string): Evaluate {
  let found = compiled.get(text);
  if (found === undefined) {
    const rewritten = text
      .replace(/where\(\s*resolve\(\) is (\w+)\s*\)/g, "refersTo('$1')")
      // R4 spells a data type with a capital here; the type meant is dateTime.
      .replaceAll('ofType(DateTime)', 'ofType(dateTime)');
    if (rewritten.includes('resolve()')) throw new Error(`the oracle cannot evaluate "${text}"`);
    found = fhirpath.compile(rewritten, r4 as never, options as never) as unknown as Evaluate;
    compiled.set(text, found);
  }
  return found;
}

/** The type that a Reference's text names; of a fragment, the contained resource's. */
function targetType(node: Node): string | undefined {
  const text = textOf(node.data, 'reference');
  if (text === undefined) return undefined;
  if (text.startsWith('#')) {
    const container = node.getParentResource()?.data;
    const contained = isObject(container) ? container['contained'] : undefined;
    return Array.isArray(contained) ? textOf(contained.find((one) => textOf(one, 'id') === text.slice(1)), 'resourceType') : undefined;
  }
  return typeAndId(text)?.type;
}

/** @returns type and id at the end of a literal reference, and the base before them */
export function typeAndId(text: string): { base: string | undefined; type: string; id: string; version: string | undefined } | undefined {
  const match = /^(?:(https?:\/\/.+?)\/)?([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/.exec(text);
  if (match === null || !hasResourceType(match[2]!)) return undefined;
  return { base: match[1], type: match[2]!, id: match[3]!, version: match[4] };
}

/** Splits at `|` outside parentheses and quotes. */
function alternatives(expression: string): string[] {
  const parts = [''];
  let depth = 0;
  let isQuoted = false;
  for (const character of expression) {
    if (character === "'") isQuoted = !isQuoted;
    if (!isQuoted && character === '(') depth++;
    if (!isQuoted && character === ')') depth--;
    if (character === '|' && depth === 0 && !isQuoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}

const plans = new Map<string, readonly Evaluate[]>();

/** Alternatives that begin at another type give nothing, and are left out. */
function planOf(type: string, expression: string): readonly Evaluate[] {
  const key = `${type} ${expression}`;
  let plan = plans.get(key);
  if (plan === undefined) {
    const begins = (part: string): string => /^\(*\s*([A-Za-z]+)/.exec(part)?.[1] ?? '';
    plan = alternatives(expression).filter((part) => !hasResourceType(begins(part)) || begins(part) === type).map(compile);
    plans.set(key, plan);
  }
  return plan;
}

const typed = (node: Node | boolean): Typed =>
  typeof node === 'boolean'
    ? { type: 'boolean', value: node, path: '' }
    : { type: node.fhirNodeDataType ?? '', value: node.data ?? null, path: `${node.parentResNode?.path ?? ''}.${node.propName ?? ''}` };

/** @returns all values of a parameter's expression in a resource */
export const valuesOf = (resource: JsonObject, { expression }: Parameter): Typed[] =>
  expression === undefined ? [] : planOf(resource['resourceType'] as string, expression).flatMap((evaluate) => evaluate(resource).map(typed));

/** @returns for each base element of a composite the values of its components */
export function tuplesOf(resource: JsonObject, { expression, component = [] }: Parameter): Typed[][][] {
  const type = resource['resourceType'] as string;
  const bases = planOf(type, expression ?? '').flatMap((evaluate) => evaluate(resource) as readonly Node[]);
  return bases.map((base) => component.map((one) => alternatives(one.expression).flatMap((part) => {
    const ofResource = /^%resource\.(.+)$/.exec(part);
    return ofResource === null ? compile(part)([base]).map(typed) : compile(`${type}.${ofResource[1]}`)(resource).map(typed);
  })));
}
