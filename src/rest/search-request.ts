/** What a search asks for, read from its parameters and preferences. R4: search.html#parameters, #return. */
import type { Context } from '../context.ts';
import { badValue, invalid, issue, notSupported, type Issue } from '../fhir/outcome.ts';
import type { Condition, Linked } from '../search/condition.ts';
import { parseInclude, type Include } from '../search/include.ts';
import { parseCriteria } from '../search/parse.ts';
import type { PageStart } from '../search/query.ts';
import { parseSort, sortColumns, type SortKey } from '../search/sort.ts';
import { cursorParameter, decodeCursorFields, encodeCursor } from './cursor.ts';
import type { Answers, Description, Takes } from './description.ts';
import type { FhirRequest, Parameters } from './endpoint.ts';
import { explainParameter } from './explain-parameter.ts';
import { countOf, isControl, isWithoutMeaning, singleValue, valuesOf } from './parameters.ts';
import { parsePreferences, type Preferences } from './preferences.ts';
import { queryParameters } from './query-parameters.ts';
import type { SearchScope } from './search.ts';

export interface SearchRequest {
  readonly branches: readonly Linked[];
  readonly sort: readonly SortKey[];
  readonly includes: readonly Include[];
  readonly start: PageStart | undefined;
  /** As sent. */
  readonly cursor: string | undefined;
  /** Matches a page. */
  readonly limit: number;
  /** Only the number of matches is wanted. */
  readonly isCount: boolean;
  readonly total: Total | undefined;
  readonly handling: Preferences['handling'];
  /** What `self` says: the parameters that took effect, with the `_count` that held. */
  readonly applied: Parameters;
  readonly warnings: readonly Issue[];
}

/** `_total` (search.html#total). */
type Total = 'none' | 'estimate' | 'accurate';

const defaultCount = 50;

/** Parameters about the result, besides those of the representation. */
const aboutResult = [
  queryParameters._count, queryParameters._total, queryParameters._sort, queryParameters._include, queryParameters._revinclude, queryParameters[cursorParameter],
  queryParameters[explainParameter],
];
const resultParameters: ReadonlySet<string> = new Set(aboutResult.map(({ name }) => name));

/** What every search takes besides its criteria. */
export const searchTakes = {
  parameters: [queryParameters._list, ...aboutResult, queryParameters._summary, queryParameters._elements], headers: ['If-None-Match'], prefer: ['handling'],
} as const satisfies Takes;
export const searchAnswers = { content: 'Bundle', bundle: 'searchset', status: [200, 304] } as const satisfies Answers;

/** @returns the same for a search by POST, which answers no 304 */
export const inForm = ({ takes, answers, ...description }: Description & { readonly answers: Answers }): Description =>
  ({ ...description, takes: { ...takes, headers: [], body: 'criteria' }, answers: { ...answers, status: answers.status.filter((status) => status !== 304) } });

/** R4's others are refused until they are there, since they would change what comes back. */
const notYet: ReadonlySet<string> = new Set(['_contained', '_containedType', '_score', '_filter', '_query', '_text', '_content', '_type']);
/** How other servers page and cut, and what R4 has instead. */
const elsewhere: Readonly<Record<string, string>> = {
  _offset: 'follow the link "next"', _page: 'follow the link "next"', _getpages: 'follow the link "next"', _fields: 'use "_elements"',
};

const baseName = (name: string): string => name.split(':', 1)[0]!;

/** @throws FhirError 400 naming the parameter */
export function parseSearch(request: FhirRequest, context: Context, scope: SearchScope): SearchRequest {
  const { parameters } = request;
  const { index } = context;
  const types = scope.branches.map(({ type }) => type);
  const { handling } = parsePreferences(request.headers['prefer']);
  const held = handling ?? context.settings.searchHandling;
  const isStrict = held === 'strict';
  const criteria = parameters.filter(([name]) => !resultParameters.has(baseName(name)) && !isControl(name) && !scope.applied.some(([applied]) => applied === name));
  refuseElsewhere(criteria);
  const { branches, applied, warnings } = parseForAll(types, criteria, context, held);
  const ignore = (message: string): void => {
    if (isStrict) throw badValue(message);
    warnings.push(issue('warning', 'not-supported', `${message}; it was ignored`));
  };
  const sorted = parseSort(valuesOf(parameters, '_sort').join(','), types, index);
  for (const code of sorted.unknown) ignore(`"_sort" names "${code}", which is no search parameter of ${types.slice(0, 5).join(', ')}`);
  const includes: Include[] = [];
  for (const [name, value] of parameters) {
    if (value === '' || (baseName(name) !== '_include' && baseName(name) !== '_revinclude')) continue;
    const include = parseInclude(name, value, index);
    if (include === undefined) ignore(`"${name}" is "${value}", which is no reference parameter`);
    else includes.push(include);
  }
  if (includes.length > 0 && singleValue(parameters, '_summary') === 'text') throw badValue('"_summary=text" cannot be mixed with _include and _revinclude');
  const asked = countOf(parameters);
  const cursor = singleValue(parameters, cursorParameter);
  return {
    branches, sort: sorted.keys, includes, warnings, cursor, handling,
    start: cursor === undefined ? undefined : startOf(cursor, sorted.keys),
    limit: asked ?? defaultCount,
    isCount: singleValue(parameters, '_summary') === 'count' || asked === 0,
    total: totalOf(parameters),
    applied: appliedParameters(parameters, applied, sorted.keys, includes, scope, asked),
  };
}

/** A criterion holds for all types that are searched: one that a type does not know is unknown. */
function parseForAll(
  types: readonly string[], criteria: Parameters, { index }: Context, handling: 'strict' | 'lenient',
): { branches: Linked[]; applied: (readonly [string, string])[]; warnings: Issue[] } {
  const now = new Date();
  const branches = types.map((type) => ({ type, conditions: [] as Condition[] }));
  const applied: (readonly [string, string])[] = [];
  const warnings: Issue[] = [];
  for (const criterion of criteria) {
    const parsed = types.map((type) => parseCriteria(type, [criterion], index, handling, now));
    const unknown = parsed.find((one) => one.warnings.length > 0);
    if (unknown !== undefined) {
      warnings.push(...unknown.warnings);
      continue;
    }
    parsed.forEach(({ conditions }, n) => branches[n]!.conditions.push(...conditions));
    if (parsed.some((one) => one.applied.length > 0)) applied.push(criterion);
  }
  return { branches, applied, warnings };
}

function refuseElsewhere(criteria: Parameters): void {
  for (const [name, value] of criteria) {
    if (value === '') continue;
    const instead = elsewhere[name];
    if (instead !== undefined) throw badValue(`"${name}" is not of R4: ${instead}`);
    if (notYet.has(baseName(name))) throw notSupported(`"${name}" is not supported here`);
  }
}

function totalOf(parameters: Parameters): Total | undefined {
  const [total] = valuesOf(parameters, '_total');
  if (total === undefined || total === 'none' || total === 'estimate' || total === 'accurate') return total;
  throw badValue(`"_total" is "${total}", which is not one of none, estimate, accurate`);
}

function appliedParameters(
  parameters: Parameters, criteria: Parameters, sort: readonly SortKey[], includes: readonly Include[], scope: SearchScope, asked: number | undefined,
): Parameters {
  const result = parameters.filter(([name, value]) => value !== '' && !isWithoutMeaning(name) && (isControl(name) || name === '_total'));
  return [
    ...scope.applied, ...criteria,
    ...(sort.length === 0 ? [] : [['_sort', sort.map(({ code, isDescending }) => (isDescending ? `-${code}` : code)).join(',')] as const]),
    ...includes.map(({ text }) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const),
    ...result, ...(asked === undefined ? [] : [['_count', String(asked)] as const]),
  ];
}

/** The page before a resource that comes behind any other. */
export const lastPage = (sort: readonly SortKey[]): string =>
  encodeCursor(['b', sort[0]?.isDescending === true ? '0' : '9223372036854775807', ...sort.map(() => null)]);

const rid = /^[0-9]{1,19}$/;

function startOf(cursor: string, sort: readonly SortKey[]): PageStart {
  const [direction, at, ...values] = decodeCursorFields(cursor, sort.length + 2);
  const isValue = (value: unknown, n: number): value is string | null => {
    const by = sort[n]!.by;
    return value === null || (typeof value === 'string' && (by === 'text' ? value.length <= 10_000 : sortColumns[by].form.test(value)));
  };
  if ((direction !== 'a' && direction !== 'b') || typeof at !== 'string' || !rid.test(at) || !values.every(isValue)) {
    throw invalid(`"${cursorParameter}" is "${cursor.slice(0, 80)}", which is no page of this result`);
  }
  return { direction: direction === 'a' ? 'after' : 'before', rid: at, values };
}
