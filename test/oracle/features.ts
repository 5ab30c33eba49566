/** Which features of search a query needs: what a server that lacks one is to be forgiven for, and no more. */
import { parametersOf, type Parameter } from './definitions.ts';
import { parseQuery } from './search.ts';

/** @returns names such as `chain`, `_sort`, `type quantity`, `:missing`, `:below of uri` */
export function featuresOf(url: string): Set<string> {
  const { type, compartment, criteria, sort } = parseQuery(url);
  const found = new Set<string>();
  if (sort.length > 0) found.add('_sort');
  if (compartment !== undefined) found.add('compartment');
  if (type === undefined) found.add('all types');
  for (const [name] of criteria) ofCriterion(type ?? 'Patient', name, found);
  return found;
}

function ofCriterion(type: string, name: string, found: Set<string>): void {
  if (name.startsWith('_has:')) {
    found.add('_has');
    const [, source = '', , ...rest] = name.split(':');
    return ofCriterion(source, rest.join(':'), found);
  }
  const dot = name.indexOf('.');
  if (dot >= 0) {
    found.add('chain');
    const [code = '', asked] = name.slice(0, dot).split(':');
    const rest = name.slice(dot + 1);
    const next = rest.split(/[.:]/)[0]!;
    const targets = asked === undefined ? parametersOf(type).get(code)?.target ?? [] : [asked];
    return ofCriterion(targets.find((one) => next === '_has' || parametersOf(one).has(next)) ?? type, rest, found);
  }
  const [code = '', modifier] = name.split(':');
  if (code === '_list' || code === '_type') return void found.add(code);
  const parameter = parametersOf(type).get(code);
  if (parameter === undefined) return void found.add(`unknown ${code}`);
  found.add(`type ${parameter.type}`);
  if (modifier !== undefined) found.add(modifierFeature(modifier, parameter));
}

const modifierFeature = (modifier: string, { type }: Parameter): string =>
  modifier === 'above' || modifier === 'below' ? `:${modifier} of ${type}` : /^[A-Z]/.test(modifier) ? ':Type' : `:${modifier}`;
