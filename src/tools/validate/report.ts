/** What a validation of what is stored has found, as lines of text: by profile, then by element. */
import { severities, type Finding, type Severity, type State } from './state.ts';

export function reportLines({ resources, refused, profiles, findings }: State): string[] {
  const byProfile = Object.entries(profiles).toSorted(([, a], [, b]) => b.refused - a.refused || b.resources - a.resources);
  return [
    `${resources} resources, ${refused} of them would be refused`,
    '', 'refused  resources  profile', ...byProfile.map(([profile, one]) => `${number(one.refused, 7)}  ${number(one.resources, 9)}  ${profile}`),
    ...severities.flatMap((severity) => section(headings[severity], findings[severity])),
  ];
}

const headings: Readonly<Record<Severity, string>> = { error: 'refused for', warning: 'stored, with a warning', information: 'stored, since it cannot be told from what is loaded' };

function section(heading: string, findings: Readonly<Record<string, Finding>>): string[] {
  const byCount = Object.entries(findings).toSorted(([, a], [, b]) => b.count - a.count);
  return byCount.length === 0 ? [] : ['', `  count  ${heading}: code, profile and element; an example`,
    ...byCount.flatMap(([rule, { count, example, diagnostics }]) => [`${number(count, 7)}  ${rule}`, `         ${example}: ${diagnostics}`])];
}

const number = (value: number, width: number): string => String(value).padStart(width);
