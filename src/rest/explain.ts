/**
 * `-explain=true`: instead of the result of a search, how it was read and carried out, for who must know why it is slow
 * or finds what it finds. R4: search.html#3.1.1.6.
 */
import { forbidden, badValue, notSupported } from '../fhir/outcome.ts';
import type { Context } from '../context.ts';
import type { Explained } from '../search/explain.ts';
import type { Query } from '../search/query.ts';
import type { FhirRequest, FhirResponse } from './endpoint.ts';
import { explainParameter } from './explain-parameter.ts';
import { singleValue } from './parameters.ts';
import type { SearchRequest } from './search-request.ts';

/** @throws FhirError 400 for another value, and in a Bundle; 403 where the setting is off */
export function isExplained({ parameters }: FhirRequest, { settings, tx }: Context): boolean {
  const value = singleValue(parameters, explainParameter);
  if (value === undefined || value === 'false') return false;
  if (value !== 'true') throw badValue(`"${explainParameter}" is "${value.slice(0, 80)}", which is neither true nor false`);
  if (!settings.explain) throw forbidden(`"${explainParameter}" is there only where the setting EXPLAIN is on`);
  if (tx !== undefined) throw notSupported(`"${explainParameter}" is not there in a transaction`);
  return true;
}

/** What was found, in numbers. */
export interface Found {
  readonly matches: number;
  readonly included: number;
  readonly total: number | undefined;
}

/** @returns Parameters: the query in FHIR's words and as conditions, each statement with its plan, and what was found */
export function explainResponse(asked: SearchRequest, query: Query, statements: readonly Explained[], found: Found): FhirResponse {
  const parameters = { resourceType: 'Parameters', parameter: [
    { name: 'query', part: [
      ...asked.applied.map(([name, value]) => text('parameter', `${name}=${value}`)),
      ...asked.warnings.map(({ diagnostics }) => text('ignored', diagnostics)),
      ...query.branches.map(({ type, conditions }) => text('conditions', `${type}: ${json(conditions)}`)),
      ...query.sort.map(({ code, isDescending, isStored }) => text('sort', `${code}, ${isDescending ? 'descending' : 'ascending'}, ${isStored ? 'by the index' : 'all matches are read and sorted'}`)),
      ...asked.includes.map((include) => text('include', include.text)),
      { name: 'limit', valueInteger: asked.limit },
    ] },
    ...statements.map(({ statement, rows, milliseconds, plan }) => ({ name: 'statement', part: [
      text('sql', statement.text.replaceAll(/\s+/g, ' ').trim()),
      ...(statement.values ?? []).map((value, n) => text('value', `$${n + 1} = ${shown(value)}`)),
      { name: 'rows', valueInteger: rows },
      { name: 'milliseconds', valueDecimal: Number(milliseconds.toFixed(3)) },
      text('plan', plan),
    ] })),
    { name: 'result', part: [
      { name: 'matches', valueInteger: found.matches }, { name: 'included', valueInteger: found.included },
      ...(found.total === undefined ? [] : [{ name: 'total', valueInteger: found.total }]),
    ] },
  ] };
  return { status: 200, headers: { 'cache-control': 'no-store' }, body: JSON.stringify(parameters) };
}

const text = (name: string, value: string): object => ({ name, valueString: value });
const json = (value: unknown): string => JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one));

/** Arrays are bound in binary. */
const longest = 500;
const shown = (value: unknown): string => (Buffer.isBuffer(value) ? `an array in ${value.length} bytes` : (json(value) ?? 'null').slice(0, longest));
