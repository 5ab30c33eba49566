/**
 * All that follows from one value of the definitions: how resources are indexed, what is routed and advertised. Made anew as a whole when
 * the definitions change, so that a request sees one state of them; each part is made when it is first asked for.
 */
import type { Context } from './context.ts';
import { createReferenceFinder } from './fhir/rewrite.ts';
import { registry as everything } from './registry.ts';
import { createCapabilityStatement, type CapabilityOptions } from './rest/capability-statement.ts';
import { createDefinitionReader, type PackagedReader } from './rest/definitions.ts';
import type { OptionalPart } from './rest/endpoint.ts';
import { createOpenApi, type OpenApi } from './rest/openapi.ts';
import type { DocumentOptions } from './rest/openapi/document.ts';
import { createRouter, type Router } from './rest/routes.ts';
import type { SearchIndex } from './search/extract.ts';
import type { StoredConformance } from './store/conformance.ts';
import type { Profiles } from './validation/profiles.ts';

/** Parts of a request's context that follow from the definitions. */
export type DerivedContext = Pick<Context, 'definitions' | 'index' | 'profiles' | 'findReferences' | 'capabilityStatement' | 'definition'>;

export interface Derived {
  readonly context: DerivedContext;
  /** What the profiles were made with. */
  readonly stored: StoredConformance;
  readonly router: Router;
  readonly openApi: OpenApi;
}

/** What does not follow from the definitions: settings, software, the sample. */
export type DerivedOptions = Omit<CapabilityOptions & DocumentOptions, 'registry' | 'definitions' | 'supportedProfiles'> & {
  /** Those that the settings and the packages bring. */
  readonly parts: Readonly<Record<OptionalPart, boolean>>;
  /** Definitions that came in packages. */
  readonly packaged: PackagedReader;
};

/** What is in use in a database. */
export interface InDatabase {
  /** With the search parameters that are in use there. */
  readonly index: SearchIndex;
  readonly stored: StoredConformance;
  readonly profiles: Profiles;
}

export function derive({ index, stored, profiles }: InDatabase, options: DerivedOptions): Derived {
  const { definitions } = index;
  const registry = everything.filter(({ needs }) => needs === undefined || options.parts[needs]);
  const all = { ...options, registry, definitions, supportedProfiles: profiles.supported };
  return {
    context: {
      definitions, index, profiles,
      findReferences: createReferenceFinder(definitions),
      capabilityStatement: createCapabilityStatement(all),
      definition: createDefinitionReader(registry, definitions, options.packaged),
    },
    stored,
    router: createRouter(registry, definitions),
    openApi: createOpenApi(all),
  };
}
