/** The least resource that has a value where a search parameter looks for one, made from the definitions. R4: searchparameter.html, structuredefinition.html. */
import { choiceName, elementsAt, type Definitions, type ElementDefinition, type Elements, type SearchParameter } from '../../src/fhir/definitions.ts';
import { minimalResource, requiredOf } from '../../src/rest/openapi/sample.ts';

export type Json = { [name: string]: any };

/** A step of an expression, with what is said of it: a type of a choice, a type that is referred to, a member that it must have. */
interface Step {
  readonly name: string;
  type?: string;
  target?: string;
  member?: readonly [name: string, value: string];
}

/** `(Observation.value as Quantity)` → value, a Quantity; undefined for an alternative that begins at another type. */
function stepsOf(alternative: string, root: string): Step[] | undefined {
  const text = alternative.split(' and ')[0]!.replaceAll(/\(([\w.]+) as (\w+)\)/g, '$1.ofType($2)').replaceAll(/ as (\w+)\)?$/g, '.ofType($1)')
    .replaceAll(/\.as\(/g, '.ofType(').replace(/^\((.*)\)$/, '$1').replaceAll(/\(([\w.]+\.ofType\(\w+\))\)/g, '$1').replaceAll('DateTime)', 'dateTime)').trim();
  const [first, ...parts] = text.match(/[A-Za-z]+(?:\([^()]*(?:\(\)[^()]*)?\))?/g) ?? [];
  if (first !== root) return undefined;
  const steps: Step[] = [];
  for (const part of parts) {
    const last = steps.at(-1);
    const [, cast] = /^ofType\((\w+)\)$/.exec(part) ?? [];
    const [, target] = /^where\(\s*resolve\(\) is (\w+)\s*\)$/.exec(part) ?? [];
    const [, name, value] = /^where\((\w+)\s*=\s*'([^']*)'\)$/.exec(part) ?? [];
    if (cast !== undefined) last!.type = cast;
    else if (target !== undefined) last!.target = target;
    else if (name !== undefined) last!.member = [name, value!];
    else if (!part.startsWith('exists')) steps.push({ name: part });
  }
  return steps;
}

/** Types that a choice takes first, by what the parameter can find. */
const preferred: Readonly<Record<string, readonly string[]>> = {
  date: ['dateTime', 'date', 'Period', 'instant', 'Timing'], token: ['CodeableConcept', 'Coding', 'code', 'Identifier', 'boolean', 'ContactPoint', 'uri'], reference: ['Reference', 'canonical', 'uri'],
  quantity: ['Quantity', 'Money', 'Age', 'Duration', 'Range'], string: ['string', 'markdown'], number: ['decimal', 'integer', 'Range'], uri: ['uri', 'url', 'canonical'],
};

export interface Wanted {
  /** The type that a reference is to be to, where the parameter lets it. */
  readonly target?: string;
}

const url = (type: string): string => `http://example.org/claimed/${type}`;

/** @returns the resource of a type that others refer to: with what is common to all types, and a url where the type has one */
export function claimedResource(type: string, definitions: Definitions): Json {
  const { id: _, ...minimal } = minimalResource(type, definitions);
  const hasUrl = definitions.type(type)?.elements.get('url')?.types[0]?.code === 'uri';
  return {
    ...minimal, id: 'claimed', ...(hasUrl && { url: url(type) }),
    meta: { source: 'urn:claimed:source', profile: ['http://example.org/claimed/profile'], security: [{ system: 'urn:claimed', code: 'security' }], tag: [{ system: 'urn:claimed', code: 'tag' }] },
  };
}

/**
 * @param id of the resource
 * @returns undefined where nothing of the expression is about the type
 */
export function resourceAt(type: string, parameter: SearchParameter, id: string, definitions: Definitions, wanted: Wanted = {}): Json | undefined {
  const resource: Json = { ...minimalResource(type, definitions), id };
  const elements = definitions.type(type)!.elements;
  const { expression = '', component } = parameter;
  const alternatives = expression.split(' | ');
  if (parameter.type === 'composite') {
    const base = alternatives.map((one) => stepsOf(one, type)).find((steps) => steps !== undefined);
    if (base === undefined) return undefined;
    for (const { definition, expression: inner } of component) {
      const first = inner.split(' | ')[0]!.replace(/^%resource\./, '');
      const own = inner.startsWith('%resource.') ? [] : base;
      place(resource, elements, [...own, ...stepsOf(`x.${first}`, 'x')!], definitions.searchParameterByUrl(definition)!.type, wanted, definitions);
    }
    return resource;
  }
  const candidates = alternatives.map((one) => stepsOf(one, type)).filter((steps) => steps !== undefined && steps.length > 0);
  const steps = candidates.find((one) => one!.at(-1)!.target === undefined || one!.at(-1)!.target === wanted.target) ?? candidates[0];
  if (steps === undefined) return undefined;
  place(resource, elements, steps, parameter.type, wanted, definitions);
  return resource;
}

function place(object: Json, elements: Elements, [step, ...rest]: readonly Step[], kind: string, wanted: Wanted, definitions: Definitions): void {
  const choice = `${step!.name}[x]`;
  const element = elements.get(step!.name) ?? elements.get(choice);
  if (element === undefined) throw new Error(`there is no element ${step!.name}`);
  const code = step!.type ?? preferred[kind]?.find((type) => element.types.some((one) => one.code === type)) ?? element.types[0]?.code ?? 'BackboneElement';
  const isChoice = elements.has(choice);
  if (isChoice) for (const one of element.types) delete object[choiceName(choice, one.code)];
  const key = isChoice ? choiceName(choice, code) : step!.name;
  const value = rest.length === 0 ? leaf(code === 'uri' && kind === 'reference' ? 'canonical' : code, element, step!, wanted, definitions) : inside(object[key], code, element, definitions);
  if (step!.member !== undefined) value[step!.member[0]] = step!.member[1];
  if (rest.length > 0) place(value, elementsOf(code, element, definitions), rest, kind, wanted, definitions);
  object[key] = element.isArray ? [value] : value;
}

function inside(present: any, code: string, element: ElementDefinition, definitions: Definitions): Json {
  const found = Array.isArray(present) ? present[0] : present;
  return found === undefined ? requiredOf(elementsOf(code, element, definitions), code, definitions) : { ...found };
}

const elementsOf = (code: string, element: ElementDefinition, definitions: Definitions): Elements =>
  element.elements ?? (element.sameAs === undefined ? definitions.type(code)!.elements : elementsAt(definitions, element.sameAs)!);

function leaf(code: string, element: ElementDefinition, step: Step, { target: asked }: Wanted, definitions: Definitions): any {
  const allowed = element.types.find((one) => one.code === code)?.target;
  const target = step.target ?? (asked !== undefined && (allowed?.includes(asked) ?? true) ? asked : allowed?.[0]) ?? 'Patient';
  switch (code) {
    case 'Reference': return { reference: `${target}/claimed` };
    case 'canonical': return isFoundByUrl(target, definitions) ? url(target) : `${target}/claimed`;
    case 'Resource': return { ...minimalResource(asked ?? 'Composition', definitions), id: 'claimed' };
    case 'code': return element.requiredValueSet === undefined ? 'claimed' : ([...(definitions.valueSet(element.requiredValueSet)?.values() ?? [])].flat()[0] ?? 'text/plain');
    default: return structuredClone(values[code] ?? requiredOf(elementsOf(code, element, definitions), code, definitions));
  }
}

/** DeviceDefinition has no parameter for its url, and that of Subscription is about another element. */
const isFoundByUrl = (type: string, definitions: Definitions): boolean => definitions.searchParameter(type, 'url') !== undefined && definitions.type(type)?.elements.has('url') === true;

const amount = { value: 42.5, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' };
const age = { value: 42, unit: 'a', system: 'http://unitsofmeasure.org', code: 'a' };

const values: Readonly<Record<string, unknown>> = {
  boolean: true, integer: 42, positiveInt: 42, unsignedInt: 42, decimal: 0.5, date: '2021-03-04', dateTime: '2021-03-04T05:06:07Z', instant: '2021-03-04T05:06:07Z', time: '05:06:07',
  uri: 'http://example.org/claimed/uri', url: 'http://example.org/claimed/url', oid: 'urn:oid:1.2.3', id: 'claimed', string: 'Claimed text', markdown: 'Claimed text',
  CodeableConcept: { coding: [{ system: 'urn:claimed', code: 'concept' }], text: 'Claimed text' }, Coding: { system: 'urn:claimed', code: 'coding' },
  Identifier: { system: 'urn:claimed', value: 'identifier' }, ContactPoint: { system: 'phone', value: '555-0100' }, HumanName: { family: 'Claimed', given: ['Ada'] },
  Address: { line: ['1 Claimed Street'], city: 'Claimville', state: 'CL', postalCode: '12345', country: 'Claimland', use: 'home' },
  Quantity: amount, SimpleQuantity: amount, Age: age, Duration: age, Money: { value: 42.5, currency: 'EUR' }, Range: { low: amount, high: { ...amount, value: 50 } },
  Period: { start: '2021-03-04', end: '2021-03-05' }, Timing: { event: ['2021-03-04T05:06:07Z'] },
  SampledData: { origin: amount, period: 10, dimensions: 1, lowerLimit: 1, upperLimit: 9, data: '2 3' },
  Attachment: { contentType: 'text/plain', url: 'http://example.org/claimed/attachment' },
};
