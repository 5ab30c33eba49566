/** What a validation of what is stored has found, as lines of text: by profile, then by element. */
import { findingsByCount, profilesByCount, severities, type Finding, type Impact, type Severity } from '../../validation/impact.ts';

export function reportLines(impact: Impact): string[] {
  return [
    `${impact.resources} resources, ${impact.refused} of them would be refused`,
    '', 'refused  resources  profile', ...profilesByCount(impact).map(([profile, one]) => `${number(one.refused, 7)}  ${number(one.resources, 9)}  ${profile}`),
    ...severities.flatMap((severity) => section(headings[severity], findingsByCount(impact, severity))),
  ];
}

const headings: Readonly<Record<Severity, string>> = { error: 'refused for', warning: 'stored, with a warning', information: 'stored, since it cannot be told from what is loaded' };

function section(heading: string, byCount: readonly [rule: string, finding: Finding][]): string[] {
  return byCount.length === 0 ? [] : ['', `  count  ${heading}: code, profile and element; an example`,
    ...byCount.flatMap(([rule, { count, example, diagnostics }]) => [`${number(count, 7)}  ${rule}`, `         ${example}: ${diagnostics}`])];
}

const number = (value: number, width: number): string => String(value).padStart(width);
