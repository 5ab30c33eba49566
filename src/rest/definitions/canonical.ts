/** Names of the definitions that R4 itself brings. R4: references.html#canonical. */

/** @returns `http://hl7.org/fhir/SearchParameter/Patient-name` */
export const canonicalOf = (type: string, id: string): string => `http://hl7.org/fhir/${type}/${id}`;

/** What every definition begins with. */
export const firstDefinition = (resourceType: string, id: string): object => ({ resourceType, id, url: canonicalOf(resourceType, id), version: '4.0.1' });
