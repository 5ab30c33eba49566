/**
 * schemas/code-systems.json and schemas/composes.json: the codes of the code systems that the definitions hold in full, with their
 * hierarchy, and what ValueSets are composed of. R4: codesystem.html, valueset.html#compositions.
 */
export interface TerminologySource {
  resourceType: string;
  url: string;
  content?: string;
  concept?: ConceptSource[];
  compose?: { include?: IncludeSource[]; exclude?: IncludeSource[] };
}

interface ConceptSource {
  code: string;
  concept?: ConceptSource[];
  property?: { code: string; valueCode?: string }[];
}

interface IncludeSource {
  system?: string;
  concept?: { code: string }[];
  filter?: { property: string; op: string; value: string }[];
  valueSet?: string[];
}

/** A code, or a code and those beneath it. */
type Concept = string | [string, ...Concept[]];

const byUrl = (a: TerminologySource, b: TerminologySource): number => (a.url < b.url ? -1 : 1);

export function buildCodes(resources: readonly TerminologySource[]): Record<string, Concept[]> {
  const whole = resources.filter((r) => r.resourceType === 'CodeSystem' && r.content === 'complete' && (r.concept ?? []).length > 0);
  return Object.fromEntries(whole.toSorted(byUrl).map(({ url, concept = [] }) => [url, concept.map(conceptOf)]));
}

const conceptOf = ({ code, concept = [] }: ConceptSource): Concept => (concept.length === 0 ? code : [code, ...concept.map(conceptOf)]);

export function buildComposes(resources: readonly TerminologySource[]): Record<string, object> {
  const composed = resources.filter((r) => r.resourceType === 'ValueSet' && r.compose !== undefined);
  return Object.fromEntries(composed.toSorted(byUrl).map(({ url, compose = {} }) => [url, {
    include: (compose.include ?? []).map(includeOf),
    ...(compose.exclude !== undefined && { exclude: compose.exclude.map(includeOf) }),
  }]));
}

const includeOf = ({ system, concept, filter, valueSet }: IncludeSource): object => ({
  ...(system !== undefined && { system }),
  ...(concept !== undefined && { concept: concept.map(({ code }) => code) }),
  ...(filter !== undefined && { filter: filter.map(({ property, op, value }) => [property, op, value]) }),
  ...(valueSet !== undefined && { valueSet }),
});
