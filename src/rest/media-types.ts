/** The media types of FHIR as JSON. R4: http.html#mime-type; the DSTU2 spelling is still sent by HAPI. */

/** What CapabilityStatement.format names besides `json`. */
export const acceptedJson = ['application/fhir+json', 'application/json'] as const;

export const fhirJson = 'application/fhir+json';

/** The media type of a form, which searches by POST have. */
export const formType = 'application/x-www-form-urlencoded';

/** Media type asked for → the one answered: generic types are answered as asked. */
export const jsonAnswers: ReadonlyMap<string, string> = new Map([
  ['application/fhir+json', fhirJson],
  ['application/json+fhir', fhirJson],
  ['application/json', 'application/json'],
  ['text/json', 'text/json'],
  ['application/*', fhirJson],
  ['text/*', 'text/json'],
  ['*/*', fhirJson],
]);

/** Media types that a body of a FHIR resource may have. */
export const jsonBodies: ReadonlySet<string> = new Set(['application/fhir+json', 'application/json+fhir', 'application/json', 'text/json']);

/** How a patch is written; `any` is told by its form. */
export type PatchLanguage = 'json-patch' | 'merge-patch' | 'fhirpath-patch' | 'any';

/** Media types that a PATCH may have (http.html#patch). On the generic ones clients send all three. */
export const patchBodies: ReadonlyMap<string, PatchLanguage> = new Map([
  ['application/json-patch+json', 'json-patch'],
  ['application/merge-patch+json', 'merge-patch'],
  ['application/fhir+json', 'fhirpath-patch'],
  ['application/json+fhir', 'fhirpath-patch'],
  ['application/json', 'any'],
  ['text/json', 'any'],
]);

/** What CapabilityStatement.patchFormat and Accept-Patch (RFC 5789 section 3.1) name. */
export const patchFormats = [...patchBodies].filter(([, language]) => language !== 'any').map(([type]) => type).filter((type) => type !== 'application/json+fhir');
