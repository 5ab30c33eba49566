/** What a validation of what is stored has found, as lines of text: by profile, then by element. */
import type { State } from './state.ts';

export function reportLines({ resources, refused, profiles, findings }: State): string[] {
  const byProfile = Object.entries(profiles).toSorted(([, a], [, b]) => b.refused - a.refused || b.resources - a.resources);
  const byElement = Object.entries(findings).toSorted(([, a], [, b]) => b.count - a.count);
  return [
    `${resources} resources, ${refused} of them would be refused`,
    '', 'refused  resources  profile', ...byProfile.map(([profile, one]) => `${number(one.refused, 7)}  ${number(one.resources, 9)}  ${profile}`),
    ...(byElement.length === 0 ? [] : ['', '  count  code, profile and element; an example']),
    ...byElement.flatMap(([rule, { count, example, diagnostics }]) => [`${number(count, 7)}  ${rule}`, `         ${example}: ${diagnostics}`]),
  ];
}

const number = (value: number, width: number): string => String(value).padStart(width);
