/** Whether a resource meets conditions, decided from its index rows without the database. */
import { notSupported } from '../fhir/outcome.ts';
import type { Condition, QuantityTest, RangeTest } from './condition.ts';
import type { IndexRows, QuantityRow } from './rows.ts';

/**
 * @param id of the resource
 * @param rows its index rows
 * @throws FhirError 400 for criteria that lead to other resources
 */
export const matches = (conditions: readonly Condition[], id: string, rows: IndexRows): boolean => conditions.every((condition) => holds(condition, id, rows));

function holds(condition: Condition, id: string, rows: IndexRows): boolean {
  switch (condition.kind) {
    case 'keys': return condition.any.some((key) => rows.keys.includes(key));
    case 'date': return rows.dates.some((row) => row.param === condition.param && condition.any.some((test) => inRange(test, row)));
    case 'quantity': return rows.quantities.some((row) => row.param === condition.param && condition.any.some((test) => isQuantity(test, row)));
    case 'canonical':
      return rows.canonicals.some((row) => row.param === condition.param && row.unit === condition.unit && condition.any.some((test) => inRange(test, row)));
    case 'string':
      return rows.strings.some((row) => row.param === condition.param
        && condition.any.some(({ form, value }) => (form === 'prefix' ? row.value.startsWith(value) : row.value.includes(value))));
    case 'id': return condition.any.includes(id);
    // What is being written is newer than any time that a client can name.
    case 'lastUpdated': return condition.any.some((test) => test.lowBelow === undefined && test.highUpTo === undefined);
    case 'missing': return rows.shape.params.includes(condition.param) !== condition.isMissing;
    case 'not': return !holds(condition.condition, id, rows);
    case 'all': return condition.conditions.every((one) => holds(one, id, rows));
    case 'any': return condition.conditions.some((one) => holds(one, id, rows));
    case 'chain': case 'targets': case 'has': case 'hierarchy': case 'list': case 'near':
      throw notSupported('Criteria inside of a Bundle that create or refer conditionally cannot lead to other resources, to a List or to a distance');
  }
}

/** @returns whether the conditions lead to other resources, so that a resource's own rows do not tell */
export const leadElsewhere = (conditions: readonly Condition[]): boolean => conditions.some((condition) => {
  switch (condition.kind) {
    case 'chain': case 'targets': case 'has': case 'hierarchy': case 'list': case 'near': return true;
    case 'not': return leadElsewhere([condition.condition]);
    case 'all': case 'any': return leadElsewhere(condition.conditions);
    default: return false;
  }
});

const inRange = <N extends bigint | number>(test: RangeTest<N>, { low, high }: { readonly low: N; readonly high: N }): boolean =>
  (test.lowFrom === undefined || low >= test.lowFrom) && (test.lowBelow === undefined || low < test.lowBelow)
  && (test.highUpTo === undefined || high <= test.highUpTo) && (test.highAbove === undefined || high > test.highAbove);

function isQuantity({ unit, ...range }: QuantityTest, row: QuantityRow): boolean {
  if (!inRange(range, row)) return false;
  if (unit === undefined) return true;
  const { system, code, isLabelToo } = unit;
  return (system === undefined || system === row.unit?.system)
    && (code === undefined || code === row.unit?.code || (isLabelToo && code === row.unit?.label));
}
