/** Search parameters of type uri: compared as they are. R4: search.html#uri. */
import type { TypedValue } from '../../fhir/fhirpath/compile.ts';
import type { Condition } from '../condition.ts';
import type { IndexedParameter, IndexSettings } from '../parameter.ts';
import type { IndexSink } from '../rows.ts';

export function indexUri(parameter: IndexedParameter, values: readonly TypedValue[], sink: IndexSink, { hash }: IndexSettings): void {
  for (const { value } of values) if (typeof value === 'string') sink.key(hash(parameter.code, 'uri', value));
}

/** @param value one alternative of the parameter, without escapes */
export const matchUri = (parameter: IndexedParameter, value: string, { hash }: IndexSettings): Condition =>
  ({ kind: 'keys', any: [hash(parameter.code, 'uri', value)] });
