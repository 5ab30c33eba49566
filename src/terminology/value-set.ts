/** ValueSets and CodeSystems of packages in the compact form of schemas/. R4: valueset.html, codesystem.html. */
import type { CompactCompose, CompactConcept, CompactInclude } from '../fhir/conformance.ts';

interface ConceptSource {
  readonly code?: string;
  readonly concept?: readonly ConceptSource[];
}

interface IncludeSource {
  readonly system?: string;
  readonly concept?: readonly { readonly code: string }[];
  readonly filter?: readonly { readonly property: string; readonly op: string; readonly value: string }[];
  readonly valueSet?: readonly string[];
}

interface ExpansionSource {
  readonly system?: string;
  readonly code?: string;
  readonly abstract?: boolean;
  readonly contains?: readonly ExpansionSource[];
}

/** @returns the codes of a CodeSystem; undefined where it does not hold them all */
export function conceptsOf(codeSystem: Readonly<Record<string, unknown>>): readonly CompactConcept[] | undefined {
  if (codeSystem['content'] !== 'complete' || !Array.isArray(codeSystem['concept'])) return undefined;
  return (codeSystem['concept'] as ConceptSource[]).map(conceptOf);
}

const conceptOf = ({ code = '', concept = [] }: ConceptSource): CompactConcept => (concept.length === 0 ? code : [code, ...concept.map(conceptOf)]);

/** @returns what a ValueSet is composed of, or its expansion where it says nothing of that; undefined where it has neither */
export function composeOf(valueSet: Readonly<Record<string, unknown>>): CompactCompose | undefined {
  const compose = valueSet['compose'] as { include?: IncludeSource[]; exclude?: IncludeSource[] } | undefined;
  if (compose?.include !== undefined) {
    return { include: compose.include.map(includeOf), ...(compose.exclude !== undefined && { exclude: compose.exclude.map(includeOf) }) };
  }
  const contains = (valueSet['expansion'] as ExpansionSource | undefined)?.contains;
  if (contains === undefined) return undefined;
  const bySystem = new Map<string, string[]>();
  const add = ({ system, code, contains: inner = [] }: ExpansionSource): void => {
    if (system !== undefined && code !== undefined) bySystem.set(system, [...(bySystem.get(system) ?? []), code]);
    inner.forEach(add);
  };
  contains.forEach(add);
  return { include: [...bySystem].map(([system, concept]) => ({ system, concept })) };
}

const includeOf = ({ system, concept, filter, valueSet }: IncludeSource): CompactInclude => ({
  ...(system !== undefined && { system }),
  ...(concept !== undefined && { concept: concept.map(({ code }) => code) }),
  ...(filter !== undefined && { filter: filter.map(({ property, op, value }) => [property, op, value] as const) }),
  ...(valueSet !== undefined && { valueSet }),
});
