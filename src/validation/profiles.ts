/** The profiles, extensions and terminology of R4 and of what is loaded besides, and their validator. R4: profiling.html. */
import type { CompactCompose, CompactConcept, Conformance } from '../fhir/conformance.ts';
import { conformanceTypes, type ConformanceResource } from '../fhir/conformance-resource.ts';
import type { Definitions } from '../fhir/definitions.ts';
import { createConcepts, type Concepts } from '../terminology/concepts.ts';
import { composeOf, conceptsOf } from '../terminology/value-set.ts';
import { createLimited } from './profile/limited.ts';
import { createProfileValidator, type ProfileValidator } from './profile/validator.ts';
import { preferred } from './preferred.ts';
import { baseStructures } from './snapshot/base.ts';
import { typeUrl, withoutVersion, type StructureDefinition, type StructureSource } from './snapshot/element.ts';

export interface Profiles extends ProfileValidator {
  /** StructureDefinitions by canonical without version. */
  readonly structures: StructureSource;
  readonly concepts: Concepts;
  /** Canonicals of the profiles on resources that are known besides R4's own, with the bases that they are made of, by type. */
  readonly supported: () => ReadonlyMap<string, readonly string[]>;
  /**
   * Compiles all that packages define.
   * @returns what of it cannot be used, in one line each
   */
  readonly compilePackaged: () => readonly string[];
}

/** What is in use whatever is stored. */
export interface BroughtAlong {
  readonly definitions: Definitions;
  readonly conformance: Conformance;
  /** StructureDefinitions, ValueSets and CodeSystems of packages: of several with one canonical, the first holds. */
  readonly packaged: readonly ConformanceResource[];
}

/**
 * @returns what makes the profiles and their validator with those that are stored at the time. A stored definition takes the place of none that
 * the server brings along, in R4's tables or in packages, and no definition that of a type of R4
 */
export function profilesOver({ definitions, conformance, packaged }: BroughtAlong): (stored: readonly ConformanceResource[]) => Profiles {
  const first = byCanonical(packaged, (_, there) => there);
  const base = baseStructures(definitions, conformance);
  const isType = (url: string): boolean => url.startsWith(typeUrl('')) && definitions.type(url.slice(typeUrl('').length)) !== undefined;
  const ofR4 = invariantsOf(conformance);
  /** Of packages. */
  const unusable = new Set<string>();
  return (stored) => {
    const own = byCanonical(stored, preferred);
    const source: StructureSource = {
      definition: (url) => (isType(url) ? base.definition(url)
        : ((first('StructureDefinition').get(url) as StructureDefinition | undefined) ?? base.definition(url) ?? (own('StructureDefinition').get(url) as StructureDefinition | undefined))),
    };
    const concepts = createConcepts({
      compose: (url): CompactCompose | undefined => readable(first('ValueSet').get(url), composeOf) ?? conformance.composes().get(url) ?? readable(own('ValueSet').get(url), composeOf),
      concepts: (system): readonly CompactConcept[] | undefined => readable(first('CodeSystem').get(system), conceptsOf) ?? conformance.codeSystems().get(system) ?? readable(own('CodeSystem').get(system), conceptsOf),
    });
    const validator = createLimited(() => createProfileValidator({ definitions, source, concepts, ofR4 }), own('StructureDefinition').size > 0);
    const urls = [...new Set([...first('StructureDefinition').keys(), ...own('StructureDefinition').keys()])];
    // By their bases alone: to compile all of them would be long for who asks what the server can do.
    const supported = (): ReadonlyMap<string, readonly string[]> => {
      const byType = new Map<string, string[]>();
      for (const url of urls) {
        const { type, derivation } = source.definition(url)!;
        if (derivation !== 'constraint' || typeof type !== 'string' || !definitions.hasResourceType(type) || isType(url) || unusable.has(url) || !isRooted(url, source, isType)) continue;
        byType.set(type, [...(byType.get(type) ?? []), url].toSorted());
      }
      return byType;
    };
    const compilePackaged = (): string[] => [...first('StructureDefinition').keys()].flatMap((url) => {
      const faults = validator.compile(url) ?? [];
      if (!validator.canUse(url)) unusable.add(url);
      return faults;
    });
    return {
      ...validator, structures: source, concepts, supported, compilePackaged,
    };
  };
}

function invariantsOf({ rules }: Conformance): () => ReadonlySet<string> {
  const box: { keys?: ReadonlySet<string> } = {};
  return () => (box.keys ??= new Set([...rules().values()].flatMap(({ constraints = {} }) => Object.values(constraints).flat().map(([key, expression]) => `${key} ${expression}`))));
}

/** @returns whether the definitions that one is built on are known, down to a type of R4 */
function isRooted(canonical: string, source: StructureSource, isType: (url: string) => boolean): boolean {
  const seen = new Set<string>();
  for (let url = canonical; !isType(url);) {
    const base: unknown = source.definition(url)?.baseDefinition;
    if (typeof base !== 'string' || seen.has(url)) return false;
    seen.add(url);
    url = withoutVersion(base);
  }
  return true;
}

/** @param choose of two with one canonical */
function byCanonical(resources: readonly ConformanceResource[], choose: (one: ConformanceResource, other: ConformanceResource) => ConformanceResource): (type: string) => ReadonlyMap<string, ConformanceResource> {
  const types = new Map<string, Map<string, ConformanceResource>>(conformanceTypes.map((type) => [type, new Map()]));
  for (const one of resources) {
    const byUrl = types.get(one.resourceType);
    if (byUrl === undefined || typeof one.url !== 'string') continue;
    const there = byUrl.get(one.url);
    byUrl.set(one.url, there === undefined ? one : choose(one, there));
  }
  return (type) => types.get(type)!;
}

/** What is malformed defines nothing: resources may have been stored without validation. */
function readable<T>(resource: ConformanceResource | undefined, read: (resource: ConformanceResource) => T | undefined): T | undefined {
  try {
    return resource === undefined ? undefined : read(resource);
  } catch {
    return undefined;
  }
}
