/**
 * The order that `_sort` asks for. R4: search.html#sort. R4 leaves open by which end of a range, by which text of a token a resource is
 * sorted; so each resource has several keys, and an order is wrong only where all of them say so. What has no value comes last, both ways.
 */
import { parametersOf, type Parameter } from './definitions.ts';
import { present, type Data, type Resource } from './data.ts';
import type { Interval } from './date.ts';
import { compare as compareExact } from './decimal.ts';
import { prepared } from './match.ts';
import type { Amount } from './quantity.ts';
import type { Query } from './search.ts';
import { plain, type Text } from './string.ts';

/** Below 0, 0 for a tie, above 0; undefined where the readings differ. */
type Order = number | undefined;

/** @returns the first two neighbours that stand the wrong way round, or undefined where the order is as asked for */
export function firstMisplaced(found: readonly Resource[], sort: Query['sort'], data: Data): readonly [Resource, Resource] | undefined {
  for (let n = 1; n < found.length; n++) {
    const [before, after] = [found[n - 1]!, found[n]!];
    for (const { code, isDescending } of sort) {
      const order = orderOf(before, after, code, isDescending, data);
      if (order === 0) continue;
      if (order !== undefined && order > 0) return [before, after];
      break;
    }
  }
  return undefined;
}

function orderOf(a: Resource, b: Resource, code: string, isDescending: boolean, data: Data): Order {
  const [x, y] = [a, b].map((resource) => {
    const parameter = parametersOf(resource.type).get(code)!;
    return present(resource, parameter).length === 0 ? 'missing' : keysOf(resource, parameter, isDescending, data);
  }) as [Key[] | 'missing', Key[] | 'missing'];
  if (x === 'missing' || y === 'missing') {
    if (x === y) return 0;
    // An element without anything that can be compared may count as missing.
    if (x !== 'missing' && x.length === 0) return undefined;
    if (y !== 'missing' && y.length === 0) return undefined;
    return x === 'missing' ? 1 : -1;
  }
  if (x.length === 0 || x.length !== y.length) return undefined;
  const signs = new Set(x.map((key, n) => Math.sign(compareKeys(key, y[n]!))));
  if (signs.size !== 1) return undefined;
  const [sign = 0] = signs;
  return isDescending ? -sign : sign;
}

type Key = bigint | string | Exact;
type Exact = NonNullable<Amount['low']>;

function compareKeys(a: Key, b: Key): number {
  if (typeof a === 'object' && typeof b === 'object') return compareExact(a, b);
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One key a reading: ascending by the least of a resource's values, descending by the greatest. */
function keysOf(resource: Resource, parameter: Parameter, isDescending: boolean, data: Data): Key[] {
  const values = prepared(resource, parameter, data);
  if (values.length === 0) return [];
  const extreme = <K extends Key>(keys: readonly K[]): K => keys.reduce((best, key) => ((compareKeys(key, best) < 0) !== isDescending && compareKeys(key, best) !== 0 ? key : best));
  switch (parameter.type) {
    case 'date': return [extreme((values as Interval[]).map(({ low }) => low)), extreme((values as Interval[]).map(({ high }) => high))];
    case 'number': case 'quantity': {
      const amounts = values as Amount[];
      // Units that differ, and open ends, are sorted as the server sees fit.
      if (amounts.some(({ low, high }) => low === undefined || high === undefined)) return [];
      const unit = [...new Set(amounts.map(({ system, code }) => `${system}|${code}`))].join();
      return [extreme(amounts.map(({ low }) => low!)), extreme(amounts.map(({ high }) => high!)), unit];
    }
    case 'string': return [extreme((values as Text[]).map(({ text }) => plain(text))), extreme((values as Text[]).flatMap(({ starts }) => starts))];
    case 'uri': return [extreme(values as string[])];
    case 'token': return parameter.code === '_id' ? [resource.id] : [];
    default: return [];
  }
}
