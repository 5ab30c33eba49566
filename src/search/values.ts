/** Splitting of parameter values: `,` is OR, `|` and `$` part a value, `\` escapes. R4: search.html#escaping. */
import { badValue } from '../fhir/outcome.ts';

/**
 * Splits at a separator that is not escaped; escapes stay as they are.
 * @param name the parameter, for outcomes
 * @throws FhirError 400 where a backslash stands before anything but `,` `|` `$` `\`
 */
export function splitValue(name: string, value: string, separator: ',' | '|' | '$'): string[] {
  if (!value.includes('\\')) return value.split(separator);
  const parts: string[] = [''];
  for (let at = 0; at < value.length; at++) {
    const character = value[at]!;
    if (character === '\\') {
      const escaped = value[at + 1];
      if (escaped === undefined || !',|$\\'.includes(escaped)) {
        throw badValue(`"${name}" is "${value}", where "\\" is not followed by one of , | $ \\`);
      }
      parts[parts.length - 1] += `\\${escaped}`;
      at++;
    } else if (character === separator) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

/** Takes the escapes out of a part that needs no more splitting. */
export const unescapeValue = (part: string): string => part.replace(/\\([,|$\\])/g, '$1');

export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

const prefixed = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[-+.\d])/;

/** @returns the prefix of an ordered value (`eq` where there is none) and the rest. R4: search.html#prefix */
export function splitPrefix(value: string): { prefix: Prefix; rest: string } {
  const match = prefixed.exec(value);
  return match === null ? { prefix: 'eq', rest: value } : { prefix: match[1] as Prefix, rest: value.slice(2) };
}
