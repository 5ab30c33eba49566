/** One validation of one resource: what is found, and what checks need to know about the resource. */
import { issue, type Issue, type IssueSeverity, type IssueType } from '../../fhir/outcome.ts';
import type { JsonObject } from '../../fhir/json/value.ts';
import { expressionOf, type Place } from './place.ts';

/** What is found: an issue, and whether it is R4 itself that a resource breaks, whatever its profiles ask. */
export interface Finding extends Issue {
  readonly isOfR4?: true;
}

export interface Run {
  /** %resource */
  readonly resource: JsonObject;
  /** %rootResource: the resource that a contained one stands in. */
  readonly root: JsonObject;
  /** The Bundles around the resource, the nearest first. */
  readonly bundles: readonly JsonObject[];
  readonly issues: Finding[];
  /** What has been said, so that two profiles do not say it twice. */
  readonly said: Set<string>;
  /** Profiles that are being checked on what a reference leads to. */
  readonly hops: number;
  /** What has been found out about resources and Bundles, so that many references to them cost no more than one. */
  readonly known: Map<JsonObject, Known>;
}

/** About one resource. */
export interface Known {
  /** What it contains, by id. */
  contained?: ReadonlyMap<string, JsonObject>;
  /** Of a Bundle: its resources by the references that name them. */
  entries?: ReadonlyMap<string, JsonObject>;
  /** Whether it meets a profile, where a reference leads to it. */
  readonly met: Map<string, boolean>;
}

export function knownOf(resource: JsonObject, { known }: Run): Known {
  let found = known.get(resource);
  if (found === undefined) known.set(resource, (found = { met: new Map() }));
  return found;
}

/**
 * @param diagnostics `label: what is wrong`, where the label names profile and element
 * @param rule what makes it the same rule in another profile
 * @param isOfR4 whether the rule is R4's own
 */
export function report(
  run: Run, severity: IssueSeverity, code: IssueType, place: Place, diagnostics: string, rule = diagnostics.slice(diagnostics.indexOf(': ')), isOfR4 = false,
): void {
  const expression = expressionOf(place);
  const key = `${severity} ${expression} ${rule}`;
  if (run.said.has(key)) return;
  run.said.add(key);
  run.issues.push({ ...issue(severity, code, diagnostics, { expression }), ...(isOfR4 && { isOfR4 }) });
}

/** Said once a resource, wherever it is found first. */
export function note(run: Run, place: Place, rule: string, diagnostics: string): void {
  if (run.said.has(rule)) return;
  run.said.add(rule);
  run.issues.push(issue('information', 'informational', diagnostics, { expression: expressionOf(place) }));
}

/** @returns a run beside another, whose findings are its own */
export const aside = (run: Run): Run => ({ ...run, issues: [], said: new Set(), hops: run.hops + 1 });

export const hasErrors = ({ issues }: Run): boolean => issues.some(({ severity }) => severity === 'error' || severity === 'fatal');

/**
 * Checks one value.
 * @param extra what stands beside a primitive value, under its name with `_`
 */
export type Check = (value: unknown, extra: unknown, place: Place, run: Run) => void;

/** @returns one check of several; undefined of none */
export function both(...checks: readonly (Check | undefined)[]): Check | undefined {
  const all = checks.filter((check) => check !== undefined);
  if (all.length < 2) return all[0];
  return (value, extra, place, run) => {
    for (const check of all) check(value, extra, place, run);
  };
}
