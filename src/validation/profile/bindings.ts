/** Bindings: a code that its ValueSet does not have. R4: terminologies.html#strength, elementdefinition-maxValueSet. */
import type { Concepts } from '../../terminology/concepts.ts';
import { maximumUrl } from '../snapshot/base.ts';
import { withoutVersion, type Binding } from '../snapshot/element.ts';
import { both, note, report, type Check } from './run.ts';

interface Coded {
  readonly code?: unknown;
  readonly system?: unknown;
}

/**
 * @param value a code, string, uri, Coding, CodeableConcept or Quantity
 * @returns whether it has a code of the ValueSet; undefined where that cannot be told, or where it has no code at all
 */
export function isBound(value: unknown, valueSet: string, concepts: Concepts): boolean | undefined | 'no code' {
  if (typeof value === 'string') return concepts.isMember(valueSet, value, undefined);
  if (typeof value !== 'object' || value === null) return 'no code';
  const codings: readonly Coded[] = 'coding' in value && Array.isArray(value.coding) ? value.coding : [value];
  let found: boolean | undefined | 'no code' = 'no code';
  for (const { code, system } of codings) {
    if (typeof code !== 'string') continue;
    const is = typeof system === 'string' ? concepts.isMember(valueSet, code, system) : false;
    if (is === true) return true;
    found = found === undefined || is === undefined ? undefined : false;
  }
  return found;
}

/** @returns undefined where a binding asks for nothing: preferred and example */
export function bindingCheck({ strength, valueSet, extension = [] }: Binding, type: string, label: string, concepts: Concepts): Check | undefined {
  const maximum = extension.find(({ url }) => url === maximumUrl);
  const maximumSet = maximum?.['valueCanonical'] ?? maximum?.['valueUri'];
  const isExtensible = strength === 'extensible';
  return both(
    valueSet !== undefined && (strength === 'required' || isExtensible) ? oneCheck(valueSet, isExtensible, type, label, concepts) : undefined,
    typeof maximumSet === 'string' && strength !== 'required' ? oneCheck(maximumSet, false, type, label, concepts) : undefined,
  );
}

function oneCheck(canonical: string, isExtensible: boolean, type: string, label: string, concepts: Concepts): Check {
  const valueSet = withoutVersion(canonical);
  const severity = isExtensible ? 'warning' : 'error';
  return (value, _, place, run) => {
    if (value === undefined) return;
    const bound = isBound(value, valueSet, concepts);
    if (bound === true) return;
    if (bound === undefined) note(run, place, `binding ${valueSet}`, `${label}: whether ${codesOf(value)} is in the ValueSet ${valueSet} cannot be told from what is loaded`);
    else if (bound === false) report(run, severity, 'code-invalid', place, `${label}: ${codesOf(value)} is not in the ValueSet ${valueSet} (${isExtensible ? 'extensible' : 'required'})`);
    // A concept in words alone has no code to compare; only a required binding does not take it.
    else if (!isExtensible && type !== 'Quantity') report(run, 'error', 'code-invalid', place, `${label}: there is no code of the ValueSet ${valueSet} (required)`);
  };
}

const codesOf = (value: unknown): string => {
  if (typeof value === 'string') return `"${value}"`;
  const codings: readonly Coded[] = Array.isArray((value as { coding?: unknown }).coding) ? (value as { coding: Coded[] }).coding : [value as Coded];
  return codings.map(({ system, code }) => `"${typeof system === 'string' ? `${system}|` : ''}${String(code)}"`).join(', ');
};
