/**
 * schemas/value-sets.json: what a required binding's ValueSet holds, where the definitions alone enumerate it; and the code
 * systems that say that their codes are case-sensitive. R4: terminologies.html#required, codesystem.html.
 */
import type { ElementEntry, TypeEntry } from './structure.ts';

export interface TerminologyResource {
  resourceType: string;
  url: string;
  caseSensitive?: boolean;
  content?: string;
  concept?: Concept[];
  compose?: { include: Include[]; exclude?: Include[] };
}

interface Concept {
  code: string;
  concept?: Concept[];
}

interface Include {
  system?: string;
  concept?: { code: string }[];
  filter?: { property: string; op: string; value: string }[];
  valueSet?: string[];
}

/** Larger ones are code systems of their own (languages, currencies), not enumerations of an element. */
const largest = 400;

export function buildCodeSystems(
  resources: readonly TerminologyResource[], structure: Readonly<Record<string, TypeEntry>>,
): { valueSets: Record<string, Record<string, string[]>>; caseSensitive: Record<string, true> } {
  const valueSetByUrl = new Map(resources.filter((r) => r.resourceType === 'ValueSet').map((r) => [r.url, r]));
  const codeSystemByUrl = new Map(resources.filter((r) => r.resourceType === 'CodeSystem').map((r) => [r.url, r]));
  const valueSets: Record<string, Record<string, string[]>> = {};
  for (const url of [...new Set(Object.values(structure).flatMap((type) => [...requiredBindings(type.elements)]))].toSorted()) {
    const expansion = expand(url, valueSetByUrl, codeSystemByUrl);
    if (expansion !== undefined && Object.values(expansion).flat().length <= largest) valueSets[url] = expansion;
  }
  const sensitive = [...codeSystemByUrl.values()].filter((r) => r.caseSensitive === true).map((r) => r.url).toSorted();
  return { valueSets, caseSensitive: Object.fromEntries(sensitive.map((url) => [url, true as const])) };
}

function* requiredBindings(elements: Readonly<Record<string, ElementEntry>>): Generator<string> {
  for (const element of Object.values(elements)) {
    if (element.required !== undefined) yield element.required;
    if (element.elements !== undefined) yield* requiredBindings(element.elements);
  }
}

/** @returns codes by system; undefined where a part of it is not enumerated */
function expand(
  url: string, valueSets: ReadonlyMap<string, TerminologyResource>, codeSystems: ReadonlyMap<string, TerminologyResource>,
): Record<string, string[]> | undefined {
  const compose = valueSets.get(url.split('|')[0]!)?.compose;
  if (compose === undefined || compose.exclude !== undefined) return undefined;
  const codes: Record<string, string[]> = {};
  for (const include of compose.include) {
    if (include.filter !== undefined) return undefined;
    for (const other of include.valueSet ?? []) {
      const expansion = expand(other, valueSets, codeSystems);
      if (expansion === undefined) return undefined;
      for (const [system, list] of Object.entries(expansion)) (codes[system] ??= []).push(...list);
    }
    if (include.system === undefined) continue;
    const system = codeSystems.get(include.system);
    const list = include.concept?.map(({ code }) => code) ?? (system?.content === 'complete' ? [...allCodes(system.concept ?? [])] : undefined);
    if (list === undefined) return undefined;
    (codes[include.system] ??= []).push(...list);
  }
  return codes;
}

function* allCodes(concepts: readonly Concept[]): Generator<string> {
  for (const concept of concepts) {
    yield concept.code;
    yield* allCodes(concept.concept ?? []);
  }
}
