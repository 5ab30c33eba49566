/** Walks what a server has, type by type and page by page, and validates it. Any FHIR server will do: it is asked by search alone. R4: http.html#search. */
import type { Profiles } from '../../src/validation/profiles.ts';
import type { State } from './state.ts';

export interface WalkOptions {
  readonly base: string;
  /** Empty: all that the server has. */
  readonly types: readonly string[];
  /** Profiles that all resources of their type are held to. */
  readonly asked: readonly string[];
  readonly profiles: Profiles;
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
      for (const { resource, search } of page.entry ?? []) {
        if (resource !== undefined && (search?.mode ?? 'match') === 'match') validateOne(resource, state, options);
      }
      url = page.link?.find(({ relation }) => relation === 'next')?.url;
      state.next = url === undefined ? undefined : { type, url };
      if (url === undefined) state.done.push(type);
      options.onPage(state);
    }
  }
  return state;
}

function validateOne(resource: any, state: State, { profiles, asked }: WalkOptions): void {
  const { resourceType: type, id } = resource;
  const own = asked.filter((url) => profiles.structures.definition(url)?.type === type);
  const errors = profiles.validate(resource, own).filter(({ severity }) => severity === 'error' || severity === 'fatal');
  const claimed: string[] = [...new Set([...own, ...(resource.meta?.profile ?? [])])];
  for (const profile of claimed.length === 0 ? [`${type} without a profile`] : claimed) {
    const isLoaded = claimed.length === 0 || profiles.canUse(profile);
    const counts = (state.profiles[isLoaded ? profile : `${profile} (not loaded)`] ??= { resources: 0, refused: 0 });
    counts.resources++;
    if (errors.length > 0) counts.refused++;
  }
  state.resources++;
  if (errors.length > 0) state.refused++;
  for (const { code, diagnostics } of errors) {
    const finding = (state.findings[`${code} ${diagnostics.split(': ', 1)[0]}`] ??= { count: 0, example: `${type}/${id}`, diagnostics });
    finding.count++;
  }
}

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
