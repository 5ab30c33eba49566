/** The Prefer header. R4: http.html#ops, search.html#3.1.1.3; RFC 7240: what is not known is ignored. */

export interface Preferences {
  readonly return?: 'minimal' | 'representation' | 'OperationOutcome';
  readonly handling?: 'strict' | 'lenient';
}

/** What is heeded, and its values. */
export const preferenceValues: Readonly<Record<keyof Preferences, readonly string[]>> = {
  return: ['minimal', 'representation', 'OperationOutcome'],
  handling: ['strict', 'lenient'],
};

/** @returns whether the client would rather ask for the result later (async.html) */
export const isAsynchronous = (header: string | undefined): boolean => header?.split(/[,;]/).some((part) => part.trim().toLowerCase() === 'respond-async') === true;

/** @param header all Prefer headers joined by commas; the first mention of a preference counts */
export function parsePreferences(header: string | undefined): Preferences {
  const found: Record<string, string> = {};
  for (const part of header?.split(/[,;]/) ?? []) {
    const [name = '', value = ''] = part.trim().split(/\s*=\s*/);
    const key = name.toLowerCase() as keyof Preferences;
    const match = preferenceValues[key]?.find((one) => one.toLowerCase() === value.replaceAll('"', '').toLowerCase());
    if (match !== undefined) found[key] ??= match;
  }
  return found as Preferences;
}
