/**
 * Whether a code belongs to a ValueSet, as far as what is loaded can tell: CodeSystems held in full, enumerated concepts, other ValueSets,
 * and the hierarchy of a CodeSystem. R4: valueset.html#compositions.
 */
import type { CompactCompose, CompactConcept, CompactInclude } from '../fhir/conformance.ts';
import { grammars } from './grammar.ts';

export interface Concepts {
  /**
   * @param system undefined for a `code`, which any system of the ValueSet may have
   * @returns undefined where it cannot be told
   */
  readonly isMember: (valueSet: string, code: string, system: string | undefined) => boolean | undefined;
}

export interface ConceptSource {
  readonly compose: (valueSet: string) => CompactCompose | undefined;
  readonly concepts: (system: string) => readonly CompactConcept[] | undefined;
}

type Member = (code: string, system: string | undefined) => boolean | undefined;

/** ValueSets and systems are compiled when first asked for. */
export function createConcepts(source: ConceptSource): Concepts {
  const members = new Map<string, Member>();
  const systems = new Map<string, CodeSystem | undefined>();
  const systemOf = (url: string): CodeSystem | undefined => {
    if (!systems.has(url)) {
      const concepts = source.concepts(url);
      systems.set(url, concepts === undefined ? undefined : codeSystem(concepts));
    }
    return systems.get(url);
  };
  const memberOf = (canonical: string): Member => {
    const url = canonical.split('|', 1)[0]!;
    const known = members.get(url);
    if (known !== undefined) return known;
    // Until it is made, a ValueSet that is composed of itself is unknown.
    members.set(url, unknown);
    const compose = source.compose(url);
    const made = compose === undefined ? unknown : composed(compose, { memberOf, systemOf });
    members.set(url, made);
    return made;
  };
  return { isMember: (valueSet, code, system) => memberOf(valueSet)(code, system) };
}

const unknown: Member = () => undefined;

interface Lookup {
  readonly memberOf: (valueSet: string) => Member;
  readonly systemOf: (system: string) => CodeSystem | undefined;
}

function composed({ include, exclude = [] }: CompactCompose, lookup: Lookup): Member {
  const [included, excluded] = [any(include.map((one) => part(one, lookup))), any(exclude.map((one) => part(one, lookup)))];
  return exclude.length === 0 ? included : (code, system) => and(included(code, system), not(excluded(code, system)));
}

/** One include: its system's codes, those of its ValueSets, or what both have. */
function part({ system, concept, filter = [], valueSet = [] }: CompactInclude, lookup: Lookup): Member {
  const parts: Member[] = valueSet.map((url) => lookup.memberOf(url));
  if (system !== undefined) {
    const own = ofSystem(system, concept, filter, lookup);
    parts.push((code, of) => (of === undefined || of === system ? own(code) : false));
  }
  return parts.length === 1 ? parts[0]! : (code, of) => parts.reduce<boolean | undefined>((all, one) => and(all, one(code, of)), true);
}

function ofSystem(system: string, concept: CompactInclude['concept'], filter: NonNullable<CompactInclude['filter']>, lookup: Lookup): (code: string) => boolean | undefined {
  if (concept !== undefined) {
    const codes = new Set(concept);
    return (code) => codes.has(code);
  }
  const grammar = grammars.get(system);
  const known = lookup.systemOf(system);
  if (known === undefined) return filter.length > 0 || grammar === undefined ? () => undefined : (code) => grammar.test(code) || undefined;
  return filter.reduce<(code: string) => boolean | undefined>((all, one) => {
    const passes = filtered(known, one);
    return (code) => and(all(code), passes(code));
  }, (code) => known.ancestors.has(code));
}

/** Filters on the hierarchy; other properties of concepts are not loaded. */
function filtered({ ancestors }: CodeSystem, [property, op, value]: readonly [string, string, string]): (code: string) => boolean | undefined {
  if (property !== 'concept' && property !== 'code') return () => undefined;
  switch (op) {
    case 'is-a': return (code) => code === value || ancestors.get(code)?.includes(value) === true;
    case 'descendent-of': return (code) => ancestors.get(code)?.includes(value) === true;
    case 'is-not-a': return (code) => code !== value && ancestors.get(code)?.includes(value) !== true;
    case '=': return (code) => code === value;
    case 'in': return (code) => value.split(',').includes(code);
    case 'not-in': return (code) => !value.split(',').includes(code);
    default: return () => undefined;
  }
}

interface CodeSystem {
  /** Of every code, those above it. */
  readonly ancestors: ReadonlyMap<string, readonly string[]>;
}

function codeSystem(concepts: readonly CompactConcept[]): CodeSystem {
  const ancestors = new Map<string, readonly string[]>();
  const add = (concept: CompactConcept, above: readonly string[]): void => {
    const [code, ...inner] = typeof concept === 'string' ? [concept] : concept;
    const known = ancestors.get(code as string);
    ancestors.set(code as string, known === undefined ? above : [...known, ...above]);
    for (const one of inner) add(one as CompactConcept, [code as string, ...above]);
  };
  for (const concept of concepts) add(concept, []);
  return { ancestors };
}

const and = (a: boolean | undefined, b: boolean | undefined): boolean | undefined => (a === false || b === false ? false : a === undefined || b === undefined ? undefined : true);
const not = (a: boolean | undefined): boolean | undefined => (a === undefined ? undefined : !a);

const any = (parts: readonly Member[]): Member => (code, system) => {
  let isUnknown = false;
  for (const one of parts) {
    const is = one(code, system);
    if (is === true) return true;
    if (is === undefined) isUnknown = true;
  }
  return isUnknown ? undefined : false;
};
