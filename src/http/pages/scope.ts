/** What a page of results is of: a type, a compartment, an operation, the changes of something; its heading, and where it can be searched on. */
import type { Step } from './layout.ts';
import { urlAt, type Place } from './place.ts';

export interface Scope {
  readonly heading: string;
  readonly trail: readonly Step[];
  /** Path of the search that the result is of, and the type that it is for; absent where a search of its own would be another. */
  readonly search?: { readonly path: readonly string[]; readonly type: string };
  /** Type whose page this is, and nothing narrower. */
  readonly type?: string;
  /** Whether all of it can be counted by the same request with `_total=accurate`. */
  readonly isCountable: boolean;
}

export function scopeOf({ base, path }: Place, isHistory: boolean): Scope {
  const resources: Step = { text: 'Resources', url: urlAt(base, []) };
  const named = path.filter((part) => part !== '_history' && part !== '_search');
  const [type, id, member] = named;
  const below = (depth: number): Step[] => [resources, ...named.slice(0, depth).map((text, n): Step => ({ text, url: urlAt(base, named.slice(0, n + 1)) }))];
  const last = named.at(-1);
  if (isHistory) {
    return { heading: type === undefined ? 'Changes' : `History of ${named.join('/')}`, trail: [...below(named.length), { text: type === undefined ? 'Changes' : 'History' }], isCountable: false };
  }
  if (last?.startsWith('$') === true) {
    const on = named.slice(0, -1).join('/');
    return { heading: on === '' ? last : `${last} of ${on}`, trail: [...below(named.length - 1), { text: last }], isCountable: false };
  }
  if (type === undefined) return { heading: 'Search', trail: [resources, { text: 'Search' }], isCountable: true };
  if (id === undefined || member === undefined) return { heading: type, trail: [resources, { text: type }], search: { path: [type], type }, type, isCountable: true };
  const isWhole = member === '*';
  return {
    heading: isWhole ? `Compartment of ${type}/${id}` : `${member} of ${type}/${id}`, trail: [...below(2), { text: isWhole ? 'Compartment' : member }], isCountable: true,
    ...(!isWhole && { search: { path: [type, id, member], type: member } }),
  };
}
