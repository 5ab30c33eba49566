/**
 * Orders that the index does not hold: by tokens, uris and references, alone or among other keys. R4: search.html#sort.
 *
 * All matches are read and sorted here, so that their number is bounded: rows for an order of every token would make the index half as
 * large again, for an order that is asked for on small results.
 */
import { isObject, JsonNumber, parseJson, type JsonObject, type JsonValue } from '../fhir/json/value.ts';
import { compactJson } from '../fhir/json/scan.ts';
import { tooCostly } from '../fhir/outcome.ts';
import type { SearchIndex } from './extract.ts';
import type { Match } from './page.ts';
import type { PageStart } from './query.ts';
import type { IndexRows } from './rows.ts';
import type { SortKey } from './sort.ts';
import { quantityRows } from './types/quantity.ts';

/** Most matches that are sorted. */
export const textSortLimit = 10_000;

/** @throws FhirError 400 where there are more than can be sorted */
export function requireSortable(count: number, sort: readonly SortKey[]): void {
  if (count <= textSortLimit) return;
  const { code } = sort.find(({ isStored }) => !isStored)!;
  throw tooCostly(`"_sort" by "${code}" is for results of up to ${textSortLimit} resources, and this one has more: narrow the search, or sort by a date, a number or a string`);
}

/**
 * @param matches all of the query, without values
 * @returns the page of them, with their values
 */
export function sortedPage(matches: readonly Match[], sort: readonly SortKey[], index: SearchIndex, start: PageStart | undefined, limit: number): Match[] {
  const order = orderOf(sort);
  const sorted = matches.map((match) => ({ ...match, values: valuesOf(match, sort, index) })).toSorted(order);
  if (start === undefined) return sorted.slice(0, limit);
  const at = sorted.findIndex((match) => order(match, start) >= 0);
  const place = at < 0 ? sorted.length : at;
  if (start.direction === 'before') return sorted.slice(Math.max(0, place - limit), place);
  const isItself = sorted[place]?.rid === start.rid;
  return sorted.slice(isItself ? place + 1 : place, (isItself ? place + 1 : place) + limit);
}

type Placed = Pick<Match, 'rid' | 'values'>;

function orderOf(sort: readonly SortKey[]): (a: Placed, b: Placed) => number {
  return (a, b) => {
    for (const [n, { isDescending, by }] of sort.entries()) {
      const [left, right] = [a.values[n] ?? null, b.values[n] ?? null];
      if (left === right) continue;
      if (left === null) return 1;
      if (right === null) return -1;
      const way = compare(left, right, by);
      if (way !== 0) return isDescending ? -way : way;
    }
    const way = BigInt(a.rid) < BigInt(b.rid) ? -1 : BigInt(a.rid) > BigInt(b.rid) ? 1 : 0;
    return sort[0]?.isDescending === true ? -way : way;
  };
}

function compare(a: string, b: string, by: SortKey['by']): number {
  if (by !== 'date' && by !== 'quantity') return compareText(a, b);
  const [left, right] = by === 'date' ? [BigInt(a), BigInt(b)] : [Number(a), Number(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** By code points, as Postgres compares under the collation "C": a text has one place in an order, whichever of the two sorts it. */
function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let n = 0;
  while (n < length && a.charCodeAt(n) === b.charCodeAt(n)) n++;
  return n === length ? a.length - b.length : rankOf(a.charCodeAt(n)) - rankOf(b.charCodeAt(n));
}

/** Surrogates stand for code points above all others. */
const rankOf = (unit: number): number => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);

function valuesOf(match: Match, sort: readonly SortKey[], index: SearchIndex): (string | null)[] {
  const resource = parseJson(compactJson(Buffer.from(match.body))) as JsonObject;
  let rows: IndexRows | undefined;
  return sort.map(({ code, by, isDescending, params }) => {
    if (by === 'id') return match.id;
    if (by === 'lastUpdated') return match.lastUpdated.toISOString();
    const param = params.get(match.type)!;
    if (by === 'text') return extreme(index.parameter(match.type, code)!.extract(resource).flatMap(({ value }) => textOf(value)), isDescending, (a, b) => compareText(a, b) < 0);
    rows ??= index.extract(match.type, resource);
    if (by === 'string') return extreme(rows.strings.filter((row) => row.param === param).map(({ value }) => value), isDescending, (a, b) => compareText(a, b) < 0);
    const numbers: (bigint | number)[] = by === 'date' ? rows.dates.filter((row) => row.param === param).map(({ low }) => low)
      : index.parameter(match.type, code)!.extract(resource).flatMap((value) => quantityRows(value, index.hash)).map(({ range }) => range.low);
    const found = extreme(numbers, isDescending, (a, b) => a < b);
    return found === null ? null : String(found);
  });
}

function extreme<T>(values: readonly T[], isDescending: boolean, isBelow: (a: T, b: T) => boolean): T | null {
  return values.length === 0 ? null : values.reduce((best, value) => (isBelow(value, best) !== isDescending ? value : best));
}

/** What a token, uri or reference is ordered by: its code, its value, or its text. */
function textOf(value: JsonValue): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'boolean' || typeof value === 'number' || value instanceof JsonNumber) return [String(value)];
  if (!isObject(value)) return [];
  const { coding, code, value: own, reference, text } = value;
  const codes = Array.isArray(coding) ? coding.flatMap((one) => (isObject(one) && typeof one['code'] === 'string' ? [one['code']] : [])) : [];
  if (codes.length > 0) return codes;
  return [code, own, reference, text].filter((one) => typeof one === 'string').slice(0, 1);
}
