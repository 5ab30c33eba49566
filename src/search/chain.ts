/** Chained parameters and reverse chaining, of any depth. R4: search.html#chaining, search.html#has. */
import { badValue } from '../fhir/outcome.ts';
import type { Condition, Linked } from './condition.ts';
import type { SearchIndex } from './extract.ts';
import { NotIndexed, requireIndexed } from './not-indexed.ts';

interface ChainContext {
  readonly index: SearchIndex;
}

/** Deeper ones are no question that anybody asks, and each level is a join. */
const deepest = 8;

/**
 * `subject:Patient.name`, `patient.organization.name`: resources that refer to one which meets the rest of the name.
 * @param dot where the first link of the chain ends
 * @param inner the condition that the rest of the name and the value make on a type; undefined where the type has no such parameter
 * @returns undefined where the type has no such reference
 */
export function chainCondition(type: string, name: string, dot: number, inner: (target: string) => Condition | undefined, { index }: ChainContext): Condition | undefined {
  if (name.split('.').length > deepest) throw badValue(`"${name.slice(0, 80)}" is chained more than ${deepest - 1} times`);
  const [code = '', wanted, ...more] = name.slice(0, dot).split(':');
  const definition = index.definitions.searchParameter(type, code);
  const parameter = index.parameter(type, code);
  if (definition === undefined || parameter === undefined) return undefined;
  requireIndexed(definition);
  if (definition.type !== 'reference' || more.length > 0) throw badValue(`"${name}": "${name.slice(0, dot)}" is no reference, and cannot be chained`);
  const targets = definition.target.length === 0 ? index.definitions.resourceTypes : definition.target;
  if (wanted !== undefined && !targets.includes(wanted)) throw badValue(`"${name}": "${code}" never refers to a ${wanted}`);
  const found: Linked[] = [];
  const errors: unknown[] = [];
  for (const target of wanted === undefined ? targets : [wanted]) {
    try {
      const condition = inner(target);
      if (condition !== undefined) found.push({ type: target, conditions: [condition] });
    } catch (error) {
      if (error instanceof NotIndexed) throw error;
      // Of several targets one may take what another refuses.
      errors.push(error);
    }
  }
  if (found.length === 0 && errors.length > 0) throw errors[0];
  if (found.length === 0) throw badValue(`"${name}": ${wanted ?? `none of the types that "${code}" refers to`} has no search parameter "${name.slice(dot + 1)}"`);
  return { kind: 'chain', param: parameter.referencesOf, any: found };
}

/**
 * `_has:Observation:patient:code`: resources that one which meets the rest of the name refers to.
 * @param inner as for {@link chainCondition}, with the rest of the name
 */
export function hasCondition(type: string, name: string, inner: (source: string, rest: string) => Condition | undefined, { index }: ChainContext): Condition {
  const { definitions } = index;
  if (name.split(':').length > 3 * deepest) throw badValue(`"${name.slice(0, 80)}" is chained more than ${deepest - 1} times`);
  const [, source = '', code = '', ...others] = name.split(':');
  const rest = others.join(':');
  if (rest === '') throw badValue(`"${name}" is not _has:Type:reference:parameter`);
  if (!definitions.hasResourceType(source)) throw badValue(`"${name}": "${source}" is not a resource type of R4`);
  const definition = definitions.searchParameter(source, code);
  const parameter = index.parameter(source, code);
  if (definition?.type !== 'reference' || parameter === undefined) throw badValue(`"${name}": ${source} has no reference parameter "${code}"`);
  requireIndexed(definition);
  if (definition.target.length > 0 && !definition.target.includes(type)) throw badValue(`"${name}": "${code}" of ${source} never refers to a ${type}`);
  const condition = inner(source, rest);
  if (condition === undefined) throw badValue(`"${name}": ${source} has no search parameter "${rest}"`);
  return { kind: 'has', param: parameter.referencesOf, source: { type: source, conditions: [condition] } };
}
