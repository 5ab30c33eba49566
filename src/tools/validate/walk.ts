/** Walks what a server has, type by type and page by page, and validates it. Any FHIR server will do: it is asked by search alone. R4: http.html#search. */
import { conformanceTypes, instanceRules, type ConformanceResource } from '../../fhir/conformance-resource.ts';
import type { Profiles } from '../../validation/profiles.ts';
import type { StructureValidator } from '../../validation/structure/validate.ts';
import type { State, Severity } from './state.ts';

export interface WalkOptions {
  readonly base: string;
  /** Empty: all that the server has. */
  readonly types: readonly string[];
  /** Profiles that all resources of their type are held to. */
  readonly asked: readonly string[];
  readonly profiles: Profiles;
  readonly structure: StructureValidator;
  /** Called when a page is done. */
  readonly onPage: (state: State) => void;
}

interface Page {
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
  readonly entry?: readonly { readonly resource?: any; readonly search?: { readonly mode?: string } }[];
}

/**
 * @param state where to go on; it is changed
 * @throws Error where the server does not answer
 */
export async function validateStored(state: State, options: WalkOptions): Promise<State> {
  const types = options.types.length > 0 ? options.types : await typesOf(options.base);
  for (const type of types.filter((one) => !state.done.includes(one))) {
    let url: string | undefined = state.next?.type === type ? state.next.url : `${options.base}/${type}?_count=500`;
    while (url !== undefined) {
      const page = (await get(url)) as Page;
      for (const resource of matchesOf(page)) validateOne(resource, state, options);
      url = nextOf(page);
      state.next = url === undefined ? undefined : { type, url };
      if (url === undefined) state.done.push(type);
      options.onPage(state);
    }
  }
  return state;
}

/** @returns the profiles and the terminology that the server has stored, which it validates by besides packages */
export async function readDefinitions(base: string): Promise<ConformanceResource[]> {
  const found: ConformanceResource[] = [];
  for (const type of conformanceTypes) {
    for (let url: string | undefined = `${base}/${type}?_count=100`; url !== undefined;) {
      const page = (await get(url)) as Page;
      found.push(...matchesOf(page).flatMap((resource) => instanceRules(resource) ?? []));
      url = nextOf(page);
    }
  }
  return found;
}

const matchesOf = ({ entry = [] }: Page): any[] => entry.flatMap(({ resource, search }) => (resource !== undefined && (search?.mode ?? 'match') === 'match' ? [resource] : []));
const nextOf = ({ link = [] }: Page): string | undefined => link.find(({ relation }) => relation === 'next')?.url;

function validateOne(resource: any, state: State, { profiles, structure, asked }: WalkOptions): void {
  const { resourceType: type, id } = resource;
  const own = asked.filter((url) => profiles.structures.definition(url)?.type === type);
  const faults = structure(resource, type);
  // What profiles ask is asked of what has the structure.
  const issues = faults.some(({ severity }) => severityOf(severity) === 'error') ? faults : profiles.validate(resource, own);
  const isRefused = issues.some(({ severity }) => severityOf(severity) === 'error');
  const claimed: string[] = [...new Set([...own, ...(resource.meta?.profile ?? [])])];
  for (const profile of claimed.length === 0 ? [`${type} without a profile`] : claimed) {
    const isLoaded = claimed.length === 0 || profiles.canUse(profile);
    const counts = (state.profiles[isLoaded ? profile : `${profile} (not loaded)`] ??= { resources: 0, refused: 0 });
    counts.resources++;
    if (isRefused) counts.refused++;
  }
  state.resources++;
  if (isRefused) state.refused++;
  for (const { severity, code, diagnostics, expression } of issues) {
    const finding = (state.findings[severityOf(severity)][`${code} ${issues === faults ? elementOf(expression, type) : diagnostics.split(': ', 1)[0]}`] ??= { count: 0, example: `${type}/${id}`, diagnostics });
    finding.count++;
  }
}

/** Diagnostics of profiles name the element; those of the structure stand at one. */
const elementOf = (expression: readonly string[] | undefined, type: string): string => `${(expression?.[0] ?? type).replaceAll(/\[\d+\]/g, '')} (structure)`;

const severityOf = (severity: string): Severity => (severity === 'warning' || severity === 'information' ? severity : 'error');

async function typesOf(base: string): Promise<string[]> {
  const { rest = [] } = (await get(`${base}/metadata`)) as { rest?: { resource?: { type: string }[] }[] };
  return rest.flatMap(({ resource = [] }) => resource.map(({ type }) => type)).toSorted();
}

async function get(url: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { accept: 'application/fhir+json' } });
  } catch (error) {
    throw new Error(`${url} does not answer: ${String((error as { cause?: unknown }).cause ?? error)}`, { cause: error });
  }
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${(await response.text()).slice(0, 300)}`);
  return response.json();
}
