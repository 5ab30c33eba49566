/** What can be asked of the data that is there: every type, each of its parameters that has values, each form those values can have. */
import { parametersOf, type Parameter } from './definitions.ts';
import { present, type Data, type Resource } from './data.ts';
import { tuplesOf, type Typed } from './expression.ts';
import { draw, forms, type Drawn } from './forms.ts';
import { componentsOf } from './match.ts';
import type { Random } from './random.ts';

export interface Shape {
  readonly type: string;
  readonly parameter: Parameter;
  readonly form: string;
}

/** What the server answers from a resource's columns has no modifiers in R4's own sense. */
const plainOnly: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);
/** Resources of a type that are looked at for values. */
const sample = 400;

const sampleOf = (data: Data, type: string): readonly Resource[] => {
  const all = data.ofType(type);
  const step = Math.max(1, Math.floor(all.length / sample));
  return all.filter((_, n) => n % step === 0);
};

export function shapesOf(data: Data, random: Random): Shape[] {
  return data.types.flatMap((type) => [...parametersOf(type).values()].flatMap((parameter): Shape[] => {
    if (parameter.expression === undefined) return [];
    const resources = sampleOf(data, type);
    const isThere = (resource: Resource): boolean => (parameter.type === 'composite' ? tuplesOf(resource.json, parameter).some(isWhole) : present(resource, parameter).length > 0);
    const withValues = resources.filter(isThere);
    if (withValues.length === 0) return [];
    return forms[parameter.type]
      .filter((form) => !plainOnly.has(parameter.code) || (form !== ':missing' && form !== ':not'))
      .filter((form) => parameter.type === 'composite' || occurs(parameter, form, withValues, data, random))
      .map((form) => ({ type, parameter, form }));
  }));
}

/** Tries a form on values here and there. */
const occurs = (parameter: Parameter, form: string, resources: readonly Resource[], data: Data, random: Random): boolean =>
  Array.from({ length: 20 }).some(() => draw(parameter, form, random.one(present(random.one(resources), parameter)), data, random) !== undefined);

const isWhole = (tuple: readonly (readonly Typed[])[]): boolean => tuple.every((values) => values.length > 0);

/** @returns a value of a parameter as some resource has it, in that form */
export function drawShape({ type, parameter, form }: Shape, data: Data, random: Random): Drawn | undefined {
  for (let tries = 0; tries < 60; tries++) {
    const drawn = drawOf(random.one(data.ofType(type)), parameter, form, data, random);
    if (drawn !== undefined) return drawn;
  }
  return undefined;
}

/** The same, of one resource. */
export function drawOf(resource: Resource, parameter: Parameter, form: string, data: Data, random: Random): Drawn | undefined {
  if (parameter.type === 'composite') return drawTuple(resource, parameter, data, random);
  const values = present(resource, parameter);
  return values.length === 0 ? undefined : draw(parameter, form, random.one(values), data, random);
}

/** Components of one base element, or of two: that must not match where each is met in another. */
function drawTuple(resource: Resource, parameter: Parameter, data: Data, random: Random): Drawn | undefined {
  const tuples = tuplesOf(resource.json, parameter).filter(isWhole);
  if (tuples.length === 0) return undefined;
  const [first, other] = [random.one(tuples), random.one(tuples)];
  const parts = componentsOf(parameter).map((component, n) => {
    const from = n > 0 && random.chance(0.3) ? other : first;
    const usable = forms[component.type].filter((form) => !form.startsWith(':'));
    return draw(component, random.one(usable), random.one(from[n]!), data, random)?.value;
  });
  return parts.some((part) => part === undefined) ? undefined : { value: parts.join('$') };
}
