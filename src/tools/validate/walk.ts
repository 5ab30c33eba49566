/** Walks what a server has, type by type and page by page, and validates it. Any FHIR server will do: it is asked by search alone. R4: http.html#search. */
import { conformanceTypes, instanceRules, type ConformanceResource } from '../../fhir/conformance-resource.ts';
import { addResource, type ImpactOptions } from '../../validation/impact.ts';
import type { State } from './state.ts';

export interface WalkOptions extends ImpactOptions {
  readonly base: string;
  /** Empty: all that the server has. */
  readonly types: readonly string[];
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
      for (const resource of matchesOf(page)) addResource(state, resource, options);
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
