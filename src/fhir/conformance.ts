/**
 * What R4's own definitions say about instances besides structure: invariants, bindings, profiles, code systems and value sets, as the
 * tables of schemas/. Read when first asked for. R4: conformance-rules.html, terminologies.html.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** key, expression, and what it is where it is not an error. */
export type RuleConstraint = readonly [key: string, expression: string, level?: 'warning' | 'best-practice'];

/** strength, ValueSet, and the ValueSet that no code may be outside of. */
export type RuleBinding = readonly [strength: string, valueSet: string, maximum?: string];

/** What a type says of its elements, by path. */
export interface TypeRules {
  readonly constraints?: Readonly<Record<string, readonly RuleConstraint[]>>;
  readonly bindings?: Readonly<Record<string, RuleBinding>>;
  readonly profiles?: Readonly<Record<string, readonly string[]>>;
}

/** A code, or a code and those beneath it. */
export type CompactConcept = string | readonly [string, ...CompactConcept[]];

export interface CompactInclude {
  readonly system?: string;
  readonly concept?: readonly string[];
  readonly filter?: readonly (readonly [property: string, op: string, value: string])[];
  readonly valueSet?: readonly string[];
}

export interface CompactCompose {
  readonly include: readonly CompactInclude[];
  readonly exclude?: readonly CompactInclude[];
}

export interface Conformance {
  readonly rules: () => ReadonlyMap<string, TypeRules>;
  /** StructureDefinitions of R4's profiles and extensions by url, with differentials. */
  readonly profiles: () => ReadonlyMap<string, object>;
  readonly codeSystems: () => ReadonlyMap<string, readonly CompactConcept[]>;
  readonly composes: () => ReadonlyMap<string, CompactCompose>;
}

const schemas = join(import.meta.dirname, '../../schemas');

/** @param folder where the files of schemas/ are */
export function loadConformance(folder: string = schemas): Conformance {
  const table = <T>(file: string): (() => ReadonlyMap<string, T>) => {
    const box: { map?: ReadonlyMap<string, T> } = {};
    return () => (box.map ??= new Map(Object.entries(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, T>)));
  };
  return { rules: table('rules.json'), profiles: table('profiles.json'), codeSystems: table('code-systems.json'), composes: table('composes.json') };
}
