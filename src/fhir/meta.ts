/**
 * Profiles, tags and security labels of a resource: sets that can be added to and taken from, in the resource's text. R4: resource.html#Meta.
 */
import { splice } from './json/splice.ts';
import { jsonText, type JsonObject } from './json/value.ts';
import { elements, findMember, members } from './json/walk.ts';

/** The members of Meta that are sets. */
export const metaSets = ['profile', 'tag', 'security'] as const;
export type MetaSet = (typeof metaSets)[number];

/** JSON texts of the members of each set. */
export type MetaSets = Readonly<Record<MetaSet, readonly string[]>>;

/** A profile is known by its URL, a tag or label by system and code: version and display do not count (resource.html#Meta). */
export function metaKey(text: string): string {
  const value = JSON.parse(text) as string | { system?: string; code?: string };
  return JSON.stringify(typeof value === 'string' ? value : [value.system ?? '', value.code ?? '']);
}

/**
 * @param meta compact JSON of a Meta
 * @returns what its sets hold; a set that is no array, or holds what none can, counts as far as it can be read
 */
export function metaSetsOf(meta: Buffer): MetaSets {
  const read = (set: MetaSet): string[] => {
    const member = findMember(meta, 0, set);
    if (member === undefined || meta[member.start] !== 0x5b) return [];
    // A profile is a string, a coding an object.
    const first = set === 'profile' ? 0x22 : 0x7b;
    return elements(meta, member.start).filter(({ start }) => meta[start] === first).map(({ start, end }) => meta.toString('utf8', start, end));
  };
  return { profile: read('profile'), tag: read('tag'), security: read('security') };
}

/** @returns the resource's text of `meta`; undefined where it has none */
export function metaText(resource: Buffer): Buffer | undefined {
  const meta = findMember(resource, 0, 'meta');
  return meta === undefined ? undefined : resource.subarray(meta.start, meta.end);
}

/** @returns the resource with what its sets lack of `added`; the same text where they lack nothing */
export function addToMeta(resource: Buffer, added: MetaSets): Buffer {
  return changed(resource, (present, set) => {
    const there = new Set(present.map(metaKey));
    const missing = added[set].filter((text) => !there.has(metaKey(text)) && there.add(metaKey(text)));
    return { kept: present.map((_, n) => n), missing };
  });
}

/** @returns the resource without what its sets hold of `removed`; it is no error where they hold nothing of it */
export function removeFromMeta(resource: Buffer, removed: MetaSets): Buffer {
  return changed(resource, (present, set) => {
    const unwanted = new Set(removed[set].map(metaKey));
    return { kept: present.flatMap((text, n) => (unwanted.has(metaKey(text)) ? [] : [n])), missing: [] };
  });
}

type Change = (present: readonly string[], set: MetaSet) => { readonly kept: readonly number[]; readonly missing: readonly string[] };

/** Every other member of meta, and everything else of the resource, keeps its bytes. */
function changed(resource: Buffer, change: Change): Buffer {
  const at = findMember(resource, 0, 'meta');
  const meta = at === undefined ? Buffer.from('{}') : resource.subarray(at.start, at.end);
  const before = metaSetsOf(meta);
  const texts = new Map(members(meta, 0).map(({ key, start, end }) => [key, meta.toString('utf8', start, end)]));
  for (const set of metaSets) {
    const { kept, missing } = change(before[set], set);
    if (kept.length === before[set].length && missing.length === 0) continue;
    put(texts, set, [...kept.map((n) => before[set][n]!), ...missing]);
    const extensions = texts.get(`_${set}`);
    if (extensions !== undefined) put(texts, `_${set}`, aligned(extensions, kept, missing.length));
  }
  const text = `{${[...texts].map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
  if (at !== undefined) return text === meta.toString() ? resource : splice(resource, [{ start: at.start, end: at.end, text }]);
  const type = findMember(resource, 0, 'resourceType');
  return type === undefined || text === '{}' ? resource : splice(resource, [{ start: type.end, end: type.end, text: `,"meta":${text}` }]);
}

function put(texts: Map<string, string>, key: string, list: readonly string[]): void {
  if (list.every((text) => text === 'null')) texts.delete(key);
  else texts.set(key, `[${list.join(',')}]`);
}

/** Extensions of primitives stand at the index of their primitive (json.html#primitive). */
function aligned(text: string, kept: readonly number[], added: number): string[] {
  const bytes = Buffer.from(text);
  const list = bytes[0] === 0x5b ? elements(bytes, 0).map(({ start, end }) => bytes.toString('utf8', start, end)) : [];
  return [...kept.map((n) => list[n] ?? 'null'), ...Array<string>(added).fill('null')];
}

/** @returns the text of a Meta that holds the sets and nothing else */
export const metaOf = (sets: MetaSets): string =>
  `{${metaSets.filter((set) => sets[set].length > 0).map((set) => `"${set}":[${sets[set].join(',')}]`).join(',')}}`;

/** @returns the Parameters that the operations on meta answer with */
export const metaParameters = (meta: string): string => `{"resourceType":"Parameters","parameter":[{"name":"return","valueMeta":${meta}}]}`;

/** @returns the sets of the Meta, as an operation is given it */
export const metaSetsOfValue = (meta: JsonObject): MetaSets => metaSetsOf(Buffer.from(jsonText(meta)));
