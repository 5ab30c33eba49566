/** One query asked of both: the count, and where wanted every page, its ids and their order. */
import { send } from '../support/http.ts';
import type { Data, Resource } from './data.ts';
import { featuresOf } from './features.ts';
import { parseQuery, search } from './search.ts';
import { firstMisplaced } from './sort.ts';
import type { Reading } from './values.ts';

export interface Verdict {
  readonly query: string;
  readonly kind: 'agrees' | 'differs' | 'refused';
  readonly features: readonly string[];
  /** How many the oracle finds. */
  readonly expected: number;
  readonly detail: string;
}

/** Pages small enough that most walks have several. */
const pageSize = 40;
/** Longer walks say no more. */
const longest = 2_000;
/** The server matches quantities across the units of UCUM. */
const canonicalUnits = true;

export async function judge(query: string, base: string, data: Data, isWalked: boolean): Promise<Verdict> {
  const parsed = parseQuery(query);
  const features = [...featuresOf(query)];
  const reading: Reading = { approximate: 'narrow', now: new Date(), canonicalUnits };
  const narrow = search(data, parsed, reading);
  const wide = /ap|near/.test(query) ? search(data, parsed, { ...reading, approximate: 'wide' }) : narrow;
  // What both readings find must be found, what neither finds must not: a complement turns the two around.
  const inWide = new Set(wide);
  const least = narrow.filter((one) => inWide.has(one));
  const most = [...new Set([...narrow, ...wide])];
  const verdict = (kind: Verdict['kind'], detail = ''): Verdict => ({ query, kind, features, expected: least.length, detail });
  const url = `${base}/${query}${query.includes('?') ? '&' : '?'}`;

  const answer = await send('GET', `${url}_summary=count`);
  if (answer.status >= 400 && answer.status < 500) return verdict('refused', `${answer.status} ${answer.json?.issue?.[0]?.diagnostics ?? answer.text.slice(0, 200)}`);
  if (answer.status !== 200) return verdict('differs', `${answer.status} ${answer.text.slice(0, 200)}`);
  const { total } = answer.json as { total: number };
  const isOff = total < least.length || total > most.length;
  if (!isOff && (!isWalked || total > longest)) return verdict('agrees');

  if (isOff && total > longest) return verdict('differs', `expected ${least.length}, got ${total}`);
  const walked = await walk(`${url}_count=${pageSize}`, data);
  if (typeof walked === 'string') return verdict('differs', walked);
  const wrong = compare(walked, least, most);
  if (wrong !== undefined) return verdict('differs', wrong);
  if (isOff) return verdict('differs', `a total of ${total} where the pages hold the ${walked.length} that match`);
  const misplaced = firstMisplaced(walked, parsed.sort, data);
  return misplaced === undefined ? verdict('agrees') : verdict('differs', `${misplaced.map(nameOf).join(' stands before ')}`);
}

const nameOf = ({ type, id }: Resource): string => `${type}/${id}`;

/** @returns the matches of all pages in their order, or what is wrong with them */
async function walk(first: string, data: Data): Promise<Resource[] | string> {
  const found: Resource[] = [];
  for (let next: string | undefined = first; next !== undefined && found.length <= longest;) {
    const { status, text, json } = await send('GET', next);
    if (status !== 200) return `a page is ${status}: ${text.slice(0, 200)}`;
    for (const { resource, search: of } of (json.entry ?? []) as { resource: { resourceType: string; id: string }; search?: { mode?: string } }[]) {
      if (of?.mode !== 'match') continue;
      const known = data.get(resource.resourceType, resource.id);
      if (known === undefined) return `${resource.resourceType}/${resource.id} is found, which is not there`;
      found.push(known);
    }
    next = (json.link as { relation: string; url: string }[]).find(({ relation }) => relation === 'next')?.url;
  }
  return found;
}

function compare(found: readonly Resource[], least: readonly Resource[], most: readonly Resource[]): string | undefined {
  const unique = new Set(found);
  if (unique.size < found.length) return `${found.length - unique.size} are found twice`;
  if (found.length > longest) return undefined;
  const allowed = new Set(most);
  const missing = least.filter((one) => !unique.has(one));
  const extra = found.filter((one) => !allowed.has(one));
  if (missing.length === 0 && extra.length === 0) return undefined;
  const some = (all: readonly Resource[]): string => (all.length === 0 ? 'none' : `${all.length} as ${all.slice(0, 2).map(nameOf).join(', ')}`);
  return `expected ${least.length}, got ${found.length}; missing ${some(missing)}; too many ${some(extra)}`;
}
