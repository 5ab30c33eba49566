/** The profiles, extensions and terminology of R4 and of what is loaded besides, and their validator. R4: profiling.html. */
import type { CompactCompose, CompactConcept, Conformance } from '../fhir/conformance.ts';
import type { Definitions } from '../fhir/definitions.ts';
import { createConcepts, type Concepts } from '../terminology/concepts.ts';
import { composeOf, conceptsOf } from '../terminology/value-set.ts';
import { createProfileValidator, type ProfileValidator } from './profile/validator.ts';
import { baseStructures } from './snapshot/base.ts';
import { typeUrl, type StructureDefinition, type StructureSource } from './snapshot/element.ts';

/** A resource that defines something: of a package, or stored. */
export interface ConformanceResource {
  readonly resourceType: string;
  readonly url?: string;
  readonly [element: string]: unknown;
}

export interface Profiles extends ProfileValidator {
  /** StructureDefinitions by canonical without version. */
  readonly structures: StructureSource;
  readonly concepts: Concepts;
  /** Canonicals of the profiles on resources that are loaded besides R4's own and can be used, by type. */
  readonly supported: () => ReadonlyMap<string, readonly string[]>;
  /**
   * Compiles all that is loaded besides R4's own.
   * @returns what of it cannot be used, in one line each
   */
  readonly compileAll: () => readonly string[];
}

/**
 * @param resources StructureDefinitions, ValueSets and CodeSystems; of several with one canonical, the first holds, and none takes the place
 * of a type of R4
 */
export function createProfiles(definitions: Definitions, conformance: Conformance, resources: readonly ConformanceResource[]): Profiles {
  const loaded = (type: string): ReadonlyMap<string, ConformanceResource> => {
    const byUrl = new Map<string, ConformanceResource>();
    for (const one of resources) {
      if (one.resourceType === type && one.url !== undefined && !byUrl.has(one.url)) byUrl.set(one.url, one);
    }
    return byUrl;
  };
  const [structures, valueSets, codeSystems] = [loaded('StructureDefinition'), loaded('ValueSet'), loaded('CodeSystem')];
  const base = baseStructures(definitions, conformance);
  const isType = (url: string): boolean => url.startsWith(typeUrl('')) && definitions.type(url.slice(typeUrl('').length)) !== undefined;
  const source: StructureSource = {
    definition: (url) => (isType(url) ? base.definition(url) : ((structures.get(url) as StructureDefinition | undefined) ?? base.definition(url))),
  };
  const concepts = createConcepts({
    compose: (url): CompactCompose | undefined => {
      const own = valueSets.get(url);
      return own === undefined ? conformance.composes().get(url) : composeOf(own);
    },
    concepts: (system): readonly CompactConcept[] | undefined => {
      const own = codeSystems.get(system);
      return (own === undefined ? undefined : conceptsOf(own)) ?? conformance.codeSystems().get(system);
    },
  });
  const validator = createProfileValidator({ definitions, source, concepts });
  const supported = (): ReadonlyMap<string, readonly string[]> => {
    const byType = new Map<string, string[]>();
    for (const [url, { type, derivation }] of structures) {
      if (derivation !== 'constraint' || typeof type !== 'string' || !definitions.hasResourceType(type) || isType(url) || !validator.canUse(url)) continue;
      byType.set(type, [...(byType.get(type) ?? []), url].toSorted());
    }
    return byType;
  };
  return {
    ...validator, structures: source, concepts, supported,
    compileAll: () => [...structures.keys()].flatMap((url) => validator.compile(url) ?? []),
  };
}
