/** The CapabilityStatement, derived from the registry, the definitions and the index: nothing in it is said by hand. R4: capabilitystatement.html. */
import { createHash } from 'node:crypto';
import type { Definitions } from '../fhir/definitions.ts';
import { supportedParameter } from '../search/supported.ts';
import type { Endpoint, InteractionCode } from './endpoint.ts';
import { acceptedJson, patchFormats } from './media-types.ts';

export interface CapabilityOptions {
  readonly registry: readonly Endpoint[];
  readonly definitions: Definitions;
  /** `date` is the day of the last change to what the server can do. */
  readonly software: { readonly version: string; readonly date: string };
  readonly isCorsOpen: boolean;
  readonly conditionalDelete: 'single' | 'multiple';
}

/** Interactions of rest.interaction; all others belong to a type. */
const systemWide: ReadonlySet<InteractionCode> = new Set(['transaction', 'batch', 'search-system', 'history-system']);

/** Bases that statements are kept for: clients name a server in two or three ways, and anyone can send a Host header. */
const keptBases = 8;

/** @returns a function that gives the statement's text for a base, and an entity tag that changes with it */
export function createCapabilityStatement(options: CapabilityOptions): (base: string) => { text: string; tag: string } {
  const made = new Map<string, { text: string; tag: string }>();
  return (base) => {
    let statement = made.get(base);
    if (statement === undefined) {
      const text = statementText(options, base);
      statement = { text, tag: createHash('sha256').update(text).digest('base64url').slice(0, 16) };
      if (made.size >= keptBases) made.clear();
      made.set(base, statement);
    }
    return statement;
  };
}

function statementText(options: CapabilityOptions, base: string): string {
  const { registry, software, isCorsOpen } = options;
  const codes = [...new Set(registry.flatMap(({ code, also = [] }) => [code, ...also]))];
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
    software: { name: 'Verbatim', version: software.version, releaseDate: software.date },
    implementation: { description: 'Verbatim', url: base },
    fhirVersion: '4.0.1',
    format: ['json', ...acceptedJson],
    ...(codes.includes('patch') && { patchFormat: patchFormats }),
    rest: [{
      mode: 'server',
      security: { cors: isCorsOpen },
      resource: options.definitions.resourceTypes.map((type) => resourceOf(type, codes, options)),
      interaction: codes.filter((code) => systemWide.has(code)).map((code) => ({ code })),
    }],
  });
}

function resourceOf(type: string, codes: readonly InteractionCode[], { registry, definitions, conditionalDelete }: CapabilityOptions): object {
  const isConditional = (code: InteractionCode): boolean => registry.some((endpoint) => endpoint.code === code && endpoint.conditional === true);
  return {
    type,
    profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
    interaction: codes.filter((code) => code !== 'capabilities' && !systemWide.has(code)).map((code) => ({ code })),
    versioning: 'versioned-update',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: isConditional('create'),
    conditionalRead: isConditional('read') ? 'full-support' : 'not-supported',
    conditionalUpdate: isConditional('update'),
    conditionalDelete: isConditional('delete') ? conditionalDelete : 'not-supported',
    referencePolicy: ['literal', 'local'],
    searchParam: definitions.searchParameters(type).filter(supportedParameter)
      .map(({ code, url, type: parameterType }) => ({ name: code, definition: url, type: parameterType })),
  };
}
