/**
 * An element of a base with what a differential says of it. A profile may narrow, never widen. R4: profiling.html#4.0.1.
 */
import { choiceOf, typeCode, withoutVersion, type Constraint, type ElementDefinition, type ElementType } from './element.ts';
import { DefinitionFault } from './fault.ts';

/** What a differential's element says of itself and not of instances. */
const ofItself = new Set(['id', 'path', 'sliceName', 'constraint', 'base']);

/**
 * @param base the element that is constrained; a slice's is the element that it slices
 * @param url of the profile, for what is wrong
 * @throws DefinitionFault where the two contradict one another
 */
export function merged(base: ElementDefinition, differential: ElementDefinition, isSlice: boolean, url: string): ElementDefinition {
  const said = Object.fromEntries(Object.entries(differential).filter(([key]) => !ofItself.has(key)));
  const id = differential.id ?? differential.path;
  const result: ElementDefinition = {
    ...without(base, replacedBy(differential)),
    ...said,
    path: base.path,
    ...(base.binding !== undefined && differential.binding !== undefined && { binding: { ...base.binding, ...differential.binding } }),
    ...constraintsOf(base.constraint, differential.constraint),
  };
  const fault = contradiction(base, differential, result, isSlice);
  if (fault !== undefined) throw new DefinitionFault(url, fault, id);
  return result;
}

/** A fixed value or a pattern takes the place of an inherited one, whatever its type is called. */
const replacedBy = (differential: ElementDefinition): string[] =>
  ['fixed', 'pattern', 'minValue', 'maxValue'].filter((stem) => choiceOf(differential, stem) !== undefined);

function without(base: ElementDefinition, stems: readonly string[]): ElementDefinition {
  if (stems.length === 0) return base;
  const gone = new Set(stems.map((stem) => choiceOf(base, stem)?.name));
  return Object.fromEntries(Object.entries(base).filter(([key]) => !gone.has(key))) as unknown as ElementDefinition;
}

/** Constraints add up; one with an inherited key takes its place. */
function constraintsOf(base: readonly Constraint[] = [], own: readonly Constraint[] = []): { constraint?: Constraint[] } {
  if (base.length === 0 && own.length === 0) return {};
  const keys = new Set(own.map(({ key }) => key));
  return { constraint: [...base.filter(({ key }) => !keys.has(key)), ...own] };
}

const most = (max: string | undefined): number => (max === undefined || max === '*' ? Number.POSITIVE_INFINITY : Number(max));

function contradiction(base: ElementDefinition, differential: ElementDefinition, result: ElementDefinition, isSlice: boolean): string | undefined {
  const { min = 0, max } = result;
  if (!Number.isInteger(min) || Number.isNaN(most(max))) return `cardinality ${min}..${max} is none`;
  if (min > most(max)) return `cardinality ${min}..${max} cannot be met`;
  if (differential.max !== undefined && most(differential.max) > most(base.max)) return `max "${differential.max}" is more than "${base.max}" of the base`;
  if (!isSlice && differential.min !== undefined && differential.min < (base.min ?? 0)) return `min ${differential.min} is less than ${base.min} of the base`;
  const wider = differential.type?.find((type) => !base.type?.some((of) => isWithin(type, of)));
  return base.type !== undefined && wider !== undefined ? `type ${wider.code} is none of the base's (${base.type.map(({ code }) => code).join(', ')})` : undefined;
}

/** R4 lets a Quantity be narrowed to a type made from it, a Resource to any. */
const isWithin = (type: ElementType, of: ElementType): boolean => {
  const [code, base] = [withoutVersion(typeCode(type)), withoutVersion(typeCode(of))];
  return code === base || ['Resource', 'DomainResource', 'Element', 'BackboneElement'].includes(base) || (base === 'Quantity' && ['Age', 'Count', 'Distance', 'Duration', 'Money'].includes(code))
    || (base === 'uri' && ['url', 'canonical', 'oid', 'uuid', 'id'].includes(code)) || (base === 'string' && ['code', 'id', 'markdown', 'uri'].includes(code)) || code.startsWith(`${base}`);
};
