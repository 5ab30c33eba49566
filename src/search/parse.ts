/** Parameters to conditions. R4: search.html#parameters. */
import { badValue, issue, type Issue } from '../fhir/outcome.ts';
import type { Condition } from './condition.ts';
import type { SearchIndex } from './extract.ts';
import { conditionOf } from './clause.ts';
import { nearest } from './nearest.ts';
import { supportedParameter } from './supported.ts';

export interface ParsedCriteria {
  readonly conditions: Condition[];
  /** The parameters that took effect, as sent. */
  readonly applied: (readonly [string, string])[];
  /** What was ignored under `handling=lenient`. */
  readonly warnings: Issue[];
}

/**
 * @param parameters criteria only; result parameters are taken out before
 * @param handling whether unknown parameters are refused or ignored; an unknown modifier or a bad value is refused under either
 * @throws FhirError 400 naming the parameter
 */
export function parseCriteria(
  type: string, parameters: readonly (readonly [string, string])[], index: SearchIndex, handling: 'strict' | 'lenient', now: Date,
): ParsedCriteria {
  const parsed: ParsedCriteria = { conditions: [], applied: [], warnings: [] };
  for (const [name, value] of parameters) {
    // An empty parameter is none (search.html#3.1.1.3).
    if (value === '') continue;
    const condition = conditionOf(type, name, value, { index, now });
    if (condition === undefined) {
      const message = unknownParameter(type, name, index);
      if (handling === 'strict') throw badValue(message);
      parsed.warnings.push(issue('warning', 'not-supported', `${message}; it was ignored`));
      continue;
    }
    parsed.conditions.push(condition);
    parsed.applied.push([name, value]);
  }
  return parsed;
}

function unknownParameter(type: string, name: string, index: SearchIndex): string {
  const known = ['_id', '_lastUpdated', ...index.definitions.searchParameters(type).filter(supportedParameter).map(({ code }) => code)];
  const suggestion = nearest(name.split(/[:.]/)[0]!, known);
  return `${type} has no search parameter "${name}"${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`;
}
