/**
 * Random queries over the data that is there, the same for the same seed: single criteria of every shape in turn, and beside them
 * alternatives, several criteria, chains, `_has`, compartments, system searches and sorts.
 */
import { compartmentCodes, parametersOf, type Parameter } from './definitions.ts';
import { kept, present, type Data, type Resource } from './data.ts';
import { forms, targetIn, type Drawn } from './forms.ts';
import { createRandom, type Random } from './random.ts';
import { prepareReference } from './reference.ts';
import { drawOf, drawShape, shapesOf, type Shape } from './shapes.ts';

type Criterion = readonly [name: string, value: string];

/** @returns an endless row of URLs after the base */
export function* queries(data: Data, seed: number): Generator<string> {
  const random = createRandom(seed);
  const shapes = shapesOf(data, random);
  const all = random.shuffled(shapes);
  for (let n = 0; ; n++) {
    const url = n % 2 === 0 ? single(all[(n / 2) % all.length]!, data, random) : composed(shapes, data, random);
    if (url !== undefined) yield url;
  }
}

const nameOf = (code: string, { modifier }: Drawn): string => (modifier === undefined ? code : `${code}:${modifier}`);

function single(shape: Shape, data: Data, random: Random): string | undefined {
  const one = criterionOf(shape, data, random);
  return one === undefined ? undefined : url(shape.type, [one]);
}

function criterionOf(shape: Shape, data: Data, random: Random): Criterion | undefined {
  const first = drawShape(shape, data, random);
  return first === undefined ? undefined : [nameOf(shape.parameter.code, first), first.value];
}

function composed(shapes: readonly Shape[], data: Data, random: Random): string | undefined {
  const kind = random.one([either, both, both, chained, chained, chained, has, has, has, inCompartment, ofSystem, sorted, sorted, sorted]);
  // What a resource does not hold cannot be asked of it: most tries at chains end so.
  for (let tries = 0; tries < 25; tries++) {
    const url = kind(shapes, data, random);
    if (url !== undefined) return url;
  }
  return undefined;
}

type Compose = (shapes: readonly Shape[], data: Data, random: Random) => string | undefined;

/** Two or three alternatives under one name. */
const either: Compose = (shapes, data, random) => {
  const shape = random.one(shapes.filter(({ form }) => form !== ':missing'));
  const drawn = Array.from({ length: 2 + random.whole(2) }, () => drawShape(shape, data, random)).filter((one) => one !== undefined);
  const [first] = drawn;
  if (first === undefined || drawn.some((one) => one.modifier !== first.modifier)) return undefined;
  return url(shape.type, [[nameOf(shape.parameter.code, first), drawn.map(({ value }) => value).join(',')]]);
};

/** Two criteria that one resource meets, or nearly. */
const both: Compose = (_, data, random) => {
  const resource = someResource(data, random);
  const criteria = [ownCriterion(resource, data, random), ownCriterion(resource, data, random)];
  return criteria.some((one) => one === undefined) ? undefined : url(resource.type, criteria as Criterion[]);
};

const someResource = (data: Data, random: Random): Resource => random.one(data.ofType(random.one(data.types)));

/** A criterion made from what a resource holds. */
function ownCriterion(resource: Resource, data: Data, random: Random): Criterion | undefined {
  const parameter = random.one([...parametersOf(resource.type).values()].filter(({ expression, code }) => expression !== undefined && !code.startsWith('_')));
  const drawn = drawOf(resource, parameter, random.one(forms[parameter.type]), data, random);
  return drawn === undefined ? undefined : [nameOf(parameter.code, drawn), drawn.value];
}

interface Way {
  readonly parameter: Parameter;
  readonly target: Resource;
}

/** Where a resource's references lead. */
const waysFrom = (resource: Resource, data: Data): readonly Way[] =>
  kept(resource, 'ways', () => [...parametersOf(resource.type).values()].filter(({ type }) => type === 'reference').flatMap((parameter) =>
    present(resource, parameter).flatMap((value) => prepareReference(value, data)).flatMap((link) => {
      const target = targetIn(data, link, resource);
      return target === undefined ? [] : [{ parameter, target }];
    })));

const chained: Compose = (_, data, random) => {
  const resource = someResource(data, random);
  const chain = chainFrom(resource, data, random, 1 + random.whole(2));
  if (chain === undefined) return undefined;
  const more = random.chance(0.3) ? ownCriterion(resource, data, random) : undefined;
  return url(resource.type, more === undefined ? [chain] : [chain, more]);
};

function chainFrom(resource: Resource, data: Data, random: Random, depth: number): Criterion | undefined {
  const ways = waysFrom(resource, data);
  if (ways.length === 0) return undefined;
  const { parameter, target } = random.one(ways);
  const rest = depth > 1 ? chainFrom(target, data, random, depth - 1) ?? ownCriterion(target, data, random) : ownCriterion(target, data, random);
  if (rest === undefined) return undefined;
  const typed = random.chance(0.5) || !isPlain(parameter, rest[0]);
  return [`${parameter.code}${typed ? `:${target.type}` : ''}.${rest[0]}`, rest[1]];
}

/** Whether a chain without type has one meaning: all targets that know the next parameter know it as of one type. */
function isPlain({ target = [] }: Parameter, rest: string): boolean {
  const code = rest.split(/[.:]/)[0]!;
  return new Set(target.flatMap((type) => parametersOf(type).get(code)?.type ?? [])).size === 1;
}

/** From a resource backwards: what it refers to, by a criterion that it meets itself. */
const has: Compose = (_, data, random) => {
  let resource = someResource(data, random);
  let rest = random.chance(0.25) ? chainFrom(resource, data, random, 1) : ownCriterion(resource, data, random);
  for (let depth = random.chance(0.25) ? 2 : 1; depth > 0; depth--) {
    const ways = waysFrom(resource, data);
    if (rest === undefined || ways.length === 0) return undefined;
    const { parameter, target } = random.one(ways);
    rest = [`_has:${resource.type}:${parameter.code}:${rest[0]}`, rest[1]];
    resource = target;
  }
  return rest === undefined ? undefined : url(resource.type, [rest]);
};

const owners = ['Patient', 'Encounter', 'Practitioner', 'Device'] as const;

const inCompartment: Compose = (_, data, random) => {
  const owner = random.one(data.ofType(random.one(owners.filter((type) => data.ofType(type).length > 0))));
  const type = random.one(data.types.filter((one) => compartmentCodes(owner.type, one) !== undefined));
  const path = `${owner.type}/${owner.id}/${random.chance(0.1) ? '*' : type}`;
  const one = path.endsWith('*') || random.chance(0.4) ? undefined : ownCriterion(random.one(data.ofType(type)), data, random);
  return url(path, one === undefined ? [] : [one]);
};

const ofSystem: Compose = (_, data, random) => {
  const resource = someResource(data, random);
  const parameter = parametersOf(resource.type).get(random.one(['_id', '_tag', '_profile', '_source', '_security', '_lastUpdated']))!;
  const lists = data.ofType('List');
  const drawn = drawOf(resource, parameter, random.one(forms[parameter.type].filter((form) => form !== ':missing' && form !== ':not')), data, random);
  const criterion: Criterion | undefined =
    lists.length > 0 && random.chance(0.2) ? ['_list', random.one(lists).id] : drawn === undefined ? undefined : [nameOf(parameter.code, drawn), drawn.value];
  if (criterion === undefined) return undefined;
  return url('', random.chance(0.7) ? [['_type', [...new Set([resource.type, random.one(data.types)])].join(',')], criterion] : [criterion]);
};

/** One or two keys; small sets too, where all pages can be compared. */
const sorted: Compose = (shapes, data, random) => {
  const resource = someResource(data, random);
  const sortable = [...new Set(shapes.filter(({ type, parameter }) => type === resource.type && parameter.type !== 'composite' && parameter.type !== 'special').map(({ parameter }) => parameter.code))];
  if (sortable.length === 0) return undefined;
  const keys = random.shuffled(sortable).slice(0, 1 + random.whole(2)).map((code) => `${random.chance(0.5) ? '-' : ''}${code}`);
  const one = random.chance(0.7) ? ownCriterion(resource, data, random) : undefined;
  return url(resource.type, [...(one === undefined ? [] : [one]), ['_sort', keys.join(',')]]);
};

const url = (path: string, criteria: readonly Criterion[]): string =>
  `${path}${criteria.length === 0 ? '' : `?${criteria.map(([name, value]) => `${encodeName(name)}=${encodeURIComponent(value)}`).join('&')}`}`;

const encodeName = (name: string): string => encodeURIComponent(name).replaceAll('%3A', ':');
