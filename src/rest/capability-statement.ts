/** The CapabilityStatement, derived from the registry, the definitions and the index: nothing in it is said by hand. R4: capabilitystatement.html. */
import { gzipSync } from 'node:zlib';
import type { Definitions } from '../fhir/definitions.ts';
import { interactionsOf, type StatedInteraction, type StatedSettings } from './capability-statement/interactions.ts';
import { includesOf, searchParamOf, systemSearchParam, type StatedIncludes } from './capability-statement/search.ts';
import { canonicalOf } from './definitions/canonical.ts';
import { tagOf } from './definitions.ts';
import type { Endpoint, InteractionCode, OperationSource } from './endpoint.ts';
import { acceptedJson, patchFormats } from './media-types.ts';

export interface CapabilityOptions {
  readonly registry: readonly Endpoint[];
  readonly definitions: Definitions;
  /** `date` is the day of the last change to what the server can do. */
  readonly software: { readonly version: string; readonly date: string };
  readonly isCorsOpen: boolean;
  readonly settings: StatedSettings;
  /** Canonicals of the profiles on a type, of packages and stored ones. */
  readonly supportedProfiles: () => ReadonlyMap<string, readonly string[]>;
  /** Canonicals of the statements of others that the server meets. */
  readonly instantiates: readonly string[];
}

/** Interactions of rest.interaction; all others belong to a type. */
const systemWide: ReadonlySet<InteractionCode> = new Set(['transaction', 'batch', 'search-system', 'history-system']);

/** Bases that statements are kept for: clients name a server in two or three ways, and anyone can send a Host header. */
const keptBases = 8;

/** A statement's text, its entity tag, and its text in gzip, which is made when it is first asked for. */
export interface StatementText {
  readonly text: string;
  readonly tag: string;
  readonly gzip: () => Buffer;
}

/** @returns a function that gives the statement for a base */
export function createCapabilityStatement(options: CapabilityOptions): (base: string) => StatementText {
  const made = new Map<string, StatementText>();
  return (base) => {
    let statement = made.get(base);
    if (statement === undefined) {
      const text = statementText(options, base);
      const compressed: { bytes?: Buffer } = {};
      statement = { text, tag: tagOf(text), gzip: () => (compressed.bytes ??= gzipSync(text)) };
      if (made.size >= keptBases) made.clear();
      made.set(base, statement);
    }
    return statement;
  };
}

function statementText(options: CapabilityOptions, base: string): string {
  const { registry, definitions, software, isCorsOpen, settings } = options;
  const codes = [...new Set(registry.filter((endpoint) => endpoint.kind === 'interaction').flatMap(({ code, also = [] }) => [code, ...also]))];
  const includes = includesOf(definitions);
  const stated = interactionsOf(registry, settings);
  const ofType = codes.filter((code) => code !== 'capabilities' && !systemWide.has(code)).map(stated);
  const profiles = options.supportedProfiles();
  return JSON.stringify({
    resourceType: 'CapabilityStatement',
    id: 'verbatim',
    url: `${base}/metadata`,
    version: software.version,
    name: 'Verbatim',
    title: 'Verbatim FHIR R4 server',
    status: 'active',
    date: software.date,
    kind: 'instance',
    ...(options.instantiates.length > 0 && { instantiates: options.instantiates }),
    software: { name: 'Verbatim', version: software.version, releaseDate: software.date },
    implementation: { description: 'Verbatim', url: base },
    fhirVersion: '4.0.1',
    format: ['json', ...acceptedJson],
    ...(codes.includes('patch') && { patchFormat: patchFormats }),
    rest: [{
      mode: 'server',
      ...(settings.referentialIntegrity === 'warn' && { documentation: 'References to nothing that is here are stored, and the answer warns of them' }),
      security: { cors: isCorsOpen },
      resource: definitions.resourceTypes.map((type) => resourceOf(type, ofType, includes, profiles.get(type), options)),
      interaction: codes.filter((code) => systemWide.has(code)).map(stated),
      searchParam: systemSearchParam(definitions),
      ...operationsOf(registry, ({ system }) => system),
      compartment: [...definitions.compartments.keys()].map((code) => canonicalOf('CompartmentDefinition', code.charAt(0).toLowerCase() + code.slice(1))),
    }],
  });
}

/** Operations by name, which is without `$`; an absent element where there is none. */
function operationsOf(registry: readonly Endpoint[], isThere: (definition: OperationSource) => boolean): object {
  const operations = registry.filter((endpoint) => endpoint.kind === 'operation').map(({ definition }) => definition).filter(isThere);
  return operations.length === 0 ? {} : { operation: operations.map(({ code, url }) => ({ name: code, definition: url })) };
}

function resourceOf(type: string, interaction: readonly StatedInteraction[], includes: StatedIncludes, supportedProfile: readonly string[] | undefined, { registry, definitions, settings: { conditionalDelete, referentialIntegrity } }: CapabilityOptions): object {
  const isConditional = (code: InteractionCode): boolean => registry.some((endpoint) => endpoint.kind === 'interaction' && endpoint.code === code && endpoint.conditional === true);
  const searchRevInclude = includes.searchRevInclude(type);
  return {
    type,
    profile: canonicalOf('StructureDefinition', type),
    ...(supportedProfile !== undefined && { supportedProfile }),
    interaction,
    versioning: 'versioned-update',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: isConditional('create'),
    conditionalRead: isConditional('read') ? 'full-support' : 'not-supported',
    conditionalUpdate: isConditional('update'),
    conditionalDelete: isConditional('delete') ? conditionalDelete : 'not-supported',
    // Not `local`: what is referred to may be on another server.
    referencePolicy: ['literal', 'logical', ...(referentialIntegrity === 'enforce' ? ['enforced'] : [])],
    searchInclude: includes.searchInclude(type),
    searchRevInclude,
    searchParam: searchParamOf(type, searchRevInclude.length > 1, definitions),
    ...operationsOf(registry, (definition) =>
      (definition.type || definition.instance) && definition.resource.some((name) => name === type || name === 'Resource')),
  };
}
