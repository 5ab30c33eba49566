/** Code systems that are a grammar and no list, by what a code of theirs looks like; what looks otherwise cannot be told. R4: terminologies-systems.html. None can backtrack. */
export const grammars: ReadonlyMap<string, RegExp> = new Map([
  // BCP 47, in its common form: language, script, region, variants and extensions.
  ['urn:ietf:bcp:47', /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/],
  // BCP 13: type/subtype, and parameters.
  ['urn:ietf:bcp:13', /^[A-Za-z0-9!#$&^_.+-]{1,127}\/[A-Za-z0-9!#$&^_.+-]{1,127}(?:\s*;.*)?$/],
]);
