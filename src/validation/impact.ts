/** What it would mean to enforce profiles on resources that are stored: counted by profile, and by rule and element. A value that JSON can keep, so that a count goes on. */
import type { JsonObject } from '../fhir/json/value.ts';
import type { Issue, IssueSeverity } from '../fhir/outcome.ts';
import type { Profiles } from './profiles.ts';
import { withoutVersion } from './snapshot/element.ts';
import type { StructureValidator } from './structure/validate.ts';

/** Of one rule at one element of one profile. */
export interface Finding {
  count: number;
  /** The first resource, as `Type/id`. */
  example: string;
  diagnostics: string;
}

/** What is refused, what the answer warns of, and what cannot be told from what is loaded. */
export const severities = ['error', 'warning', 'information'] as const;
export type Severity = (typeof severities)[number];

export interface Impact {
  resources: number;
  refused: number;
  /** By profile, or type where a resource claims none. */
  readonly profiles: Record<string, { resources: number; refused: number }>;
  /** By severity; then by code, profile and element. */
  readonly findings: Readonly<Record<Severity, Record<string, Finding>>>;
}

export interface ImpactOptions {
  /** Profiles that all resources of their type are held to, besides those that they claim. */
  readonly asked: readonly string[];
  readonly profiles: Profiles;
  readonly structure: StructureValidator;
}

/** Lines of profiles, and of findings of a severity: a client that makes up profiles must not make a count grow for ever. */
const mostLines = 1_000;
const others = 'others';
const mostCharacters = 300;

/** @param before a count that JSON has kept; it goes on from there */
export function impactFrom({ resources, refused, profiles, findings: { error, warning, information } }: Impact = { resources: 0, refused: 0, profiles: {}, findings: { error: {}, warning: {}, information: {} } }): Impact {
  return { resources, refused, profiles: bare(profiles), findings: { error: bare(error), warning: bare(warning), information: bare(information) } };
}

/** A record in which the names of a prototype are names like any other: profiles have the URLs that clients give them. */
const bare = <T>(record: Readonly<Record<string, T>>): Record<string, T> => Object.assign(Object.create(null) as Record<string, T>, record);

/** Validates one resource as a write under VALIDATION=profile would be, and counts what is found. */
export function addResource(impact: Impact, resource: JsonObject, { profiles, structure, asked }: ImpactOptions): void {
  const [type, id] = [String(resource['resourceType']), String(resource['id'])];
  const own = asked.filter((url) => isOf(profiles, url, type));
  const faults = structure(resource, type);
  // What profiles ask is asked of what has the structure.
  const issues: readonly Issue[] = faults.some(isError) ? faults : profiles.validate(resource, own);
  const isRefused = issues.some(isError);
  const claimed = [...new Set([...own, ...claims(resource)])];
  for (const profile of claimed.length === 0 ? [`${type} without a profile`] : claimed) {
    const isLoaded = claimed.length === 0 || profiles.canUse(profile);
    const counts = lineOf(impact.profiles, isLoaded ? profile : `${profile} (not loaded)`, () => ({ resources: 0, refused: 0 }));
    counts.resources++;
    if (isRefused) counts.refused++;
  }
  impact.resources++;
  if (isRefused) impact.refused++;
  for (const { severity, code, diagnostics, expression } of issues) {
    const place = issues === faults ? elementOf(expression, type) : diagnostics.split(': ', 1)[0]!;
    lineOf(impact.findings[severityOf(severity)], `${code} ${place}`, () => ({ count: 0, example: `${type}/${id}`, diagnostics: cut(diagnostics) })).count++;
  }
}

/** A profile that is not known any more is not left out: the validator says so. */
function isOf({ structures }: Profiles, url: string, type: string): boolean {
  const of = structures.definition(withoutVersion(url))?.type;
  return of === undefined || of === type || of === 'Resource' || of === 'DomainResource';
}

function claims({ meta }: JsonObject): string[] {
  const profile = (meta as JsonObject | undefined)?.['profile'];
  return Array.isArray(profile) ? profile.filter((url) => typeof url === 'string') : [];
}

/** @returns the line of a name, or where there are too many that of all others */
function lineOf<T>(lines: Record<string, T>, name: string, make: () => T): T {
  const short = cut(name);
  const line = short in lines || Object.keys(lines).length < mostLines ? short : others;
  return lines[line] ??= make();
}

/** By characters: half of one cannot be stored. */
const cut = (text: string): string => (text.length <= mostCharacters ? text : `${[...text].slice(0, mostCharacters).join('')}…`);

/** Diagnostics of profiles name the element; those of the structure stand at one. */
const elementOf = (expression: readonly string[] | undefined, type: string): string => `${(expression?.[0] ?? type).replaceAll(/\[\d+\]/g, '')} (structure)`;

const severityOf = (severity: IssueSeverity): Severity => (severity === 'fatal' ? 'error' : severity);
const isError = ({ severity }: Issue): boolean => severityOf(severity) === 'error';

/** @returns profiles by how many resources they refuse, the most first */
export const profilesByCount = ({ profiles }: Impact): [profile: string, counts: Impact['profiles'][string]][] =>
  Object.entries(profiles).toSorted(([, a], [, b]) => b.refused - a.refused || b.resources - a.resources);

/** @returns what was found of a severity, the most frequent first */
export const findingsByCount = ({ findings }: Impact, severity: Severity): [rule: string, finding: Finding][] =>
  Object.entries(findings[severity]).toSorted(([, a], [, b]) => b.count - a.count);

/** @returns the count as Parameters. R4: parameters.html */
export function impactParameters(impact: Impact): object {
  const integer = (name: string, valueInteger: number): object => ({ name, valueInteger });
  const string = (name: string, valueString: string): object => ({ name, valueString });
  return { resourceType: 'Parameters', parameter: [
    integer('resources', impact.resources), integer('refused', impact.refused),
    ...profilesByCount(impact).map(([profile, { resources, refused }]) => ({ name: 'profile', part: [string('profile', profile), integer('resources', resources), integer('refused', refused)] })),
    ...severities.flatMap((severity) => findingsByCount(impact, severity).map(([rule, { count, example, diagnostics }]) => {
      const space = rule.indexOf(' ');
      return { name: 'finding', part: [
        { name: 'severity', valueCode: severity },
        // What stands for all others has no code and element of its own.
        ...(space === -1 ? [string('element', rule)] : [{ name: 'code', valueCode: rule.slice(0, space) }, string('element', rule.slice(space + 1))]),
        integer('count', count), { name: 'example', valueReference: { reference: example } }, string('diagnostics', diagnostics),
      ] };
    })),
  ] };
}
