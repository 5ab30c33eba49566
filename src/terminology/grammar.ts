/** Code systems that are not loaded as lists. R4: terminologies-systems.html. */

/** ISO 4217, as Unicode's data have it. */
const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

interface Grammar {
  /** Whether it is one of the system's codes; where not, it cannot be told. */
  readonly test: (code: string) => boolean;
}

/** By what a code of theirs looks like, or by the codes that Node knows. None can backtrack. */
export const grammars: ReadonlyMap<string, Grammar> = new Map<string, Grammar>([
  // BCP 47, in its common form: language, script, region, variants and extensions.
  ['urn:ietf:bcp:47', /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/],
  ['urn:iso:std:iso:4217', { test: (code) => currencies.has(code) }],
  // BCP 13: type/subtype, and parameters.
  ['urn:ietf:bcp:13', /^[A-Za-z0-9!#$&^_.+-]{1,127}\/[A-Za-z0-9!#$&^_.+-]{1,127}(?:\s*;.*)?$/],
]);
